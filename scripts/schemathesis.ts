/**
 * Schemathesis, which makes requests from an OpenAPI document; installed under .tools/ where it is
 * not there. Needs Python with pip.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { installPackage } from "./python.ts";

const PACKAGE = "schemathesis==4.32.5";
const FOLDER = fileURLToPath(new URL("../.tools/schemathesis/", import.meta.url));

/** Where `schemathesis` is, installed first if it must be. */
export async function schemathesisBinary(): Promise<string> {
  await installPackage(PACKAGE, FOLDER, "it takes a minute, and 70 MB");
  return `${FOLDER}bin/schemathesis`;
}
