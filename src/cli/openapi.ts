import { parseArgs } from "node:util";
import { type Command, UsageError } from "./command.ts";

/** Prints the description of the HTTP interface. */
export const openapi: Command = {
  name: "openapi",
  summary: "prints the OpenAPI document of the service",
  help: `Usage: deno task cli openapi [--out FILE] [--json]

Prints the document that GET /openapi.json answers, as JSON.

  --out FILE   writes it to FILE instead, in the place of what is there
  --json       changes nothing: it is JSON already

Exit code: 0 done, 2 FILE cannot be written.`,
  async run(args, terminal) {
    const options = { out: { type: "string" }, json: { type: "boolean" } } as const;
    const { values: { out } } = parseArgs({ args: [...args], options });
    // Here, so that no other command loads the routes.
    const { openApiText } = await import("../http/openapi_text.ts");
    const text = await openApiText();
    if (out === undefined) {
      await terminal.write(text);
      return 0;
    }
    try {
      await Deno.writeTextFile(out, text);
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      throw new UsageError(`--out ${out} cannot be written: ${cause.message}`, { cause });
    }
    return 0;
  },
};
