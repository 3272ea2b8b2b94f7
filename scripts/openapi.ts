/**
 * Writes openapi.json, the document that GET /openapi.json answers.
 *
 *     deno run --allow-write=openapi.json scripts/openapi.ts
 *
 * @module
 */
import { openApiText } from "../src/http/openapi_text.ts";

if (import.meta.main) {
  await Deno.writeTextFile(new URL("../openapi.json", import.meta.url), await openApiText());
}
