import { parseArgs } from "node:util";
import { parseConfig } from "../config.ts";
import { HealthResponse } from "../contract/service.ts";
import type { Command, Terminal } from "./command.ts";
import { UsageError } from "./command.ts";

const TIMEOUT_MS = 3000;

/** Where the service answers that HOST and PORT of this environment would start. */
function localUrl({ env }: Terminal): string {
  const { host, port } = parseConfig({ HOST: env("HOST"), PORT: env("PORT") });
  // Those mean every address when listened on, and none when called.
  const address = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${address.includes(":") ? `[${address}]` : address}:${port}/health`;
}

async function problemOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    if (response.status !== 200) return `answers ${response.status}`;
    return HealthResponse.safeParse(JSON.parse(body)).success ? undefined : "answers another shape";
  } catch (error) {
    if (error instanceof SyntaxError) return "answers no JSON";
    // fetch() tells what went wrong in the cause alone.
    return error instanceof Error && error.cause ? String(error.cause) : String(error);
  }
}

/** Asks a running service whether it is well: the HEALTHCHECK of its image, which has no curl. */
export const health: Command = {
  name: "health",
  summary: "asks the service that runs here whether it answers",
  help: `Usage: deno task cli health [--url URL]

Calls GET /health at HOST and PORT of the environment, and waits ${
    TIMEOUT_MS / 1000
  } seconds at most.

  --url URL   another address, with its path

Exit code: 0 it is well, 1 it is not, 2 the arguments are wrong.`,
  async run(args, terminal) {
    const { values } = parseArgs({ args: [...args], options: { url: { type: "string" } } });
    const url = values.url ?? localUrl(terminal);
    if (!URL.canParse(url)) throw new UsageError(`--url ${url} is not a URL`);
    const problem = await problemOf(url);
    if (problem === undefined) return 0;
    terminal.err(`${url}: ${problem}`);
    return 1;
  },
};
