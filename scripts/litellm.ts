/**
 * The LiteLLM proxy with a model that answers by itself: no LLM, no account, and no network once
 * it is installed, which is done under .tools/ where it is not there. Needs Python with pip.
 *
 *     deno task litellm --port 4000
 *
 * LITELLM names another installation's `litellm` to run instead.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installPackage } from "./python.ts";

const PACKAGE = "litellm[proxy]==1.106.2";
const FOLDER = fileURLToPath(new URL("../.tools/litellm/", import.meta.url));

/** The configuration of the model that answers by itself. */
export const CONFIG = fileURLToPath(new URL("../tests/fixtures/litellm.yaml", import.meta.url));

/** Where `litellm` is, installed first if it must be. */
export async function litellmBinary(): Promise<string> {
  const given = Deno.env.get("LITELLM");
  if (given) return given;
  await installPackage(PACKAGE, FOLDER, "it takes a minute, and 750 MB");
  return `${FOLDER}bin/litellm`;
}

/** What a proxy is started with. */
export interface LitellmOptions {
  readonly port: number;
  readonly masterKey: string;
  readonly config?: string;
  /** In a process group of its own, to be killed as one. */
  readonly detached?: boolean;
  readonly output?: "inherit" | "null";
}

/** Starts a proxy on the loopback address; it is ready when GET /health/liveliness is a 200. */
export function spawnLitellm(binary: string, options: LitellmOptions): Deno.ChildProcess {
  const { port, masterKey, config = CONFIG, detached = false, output = "inherit" } = options;
  return new Deno.Command(binary, {
    args: ["--config", config, "--host", "127.0.0.1", "--port", String(port)],
    clearEnv: true, // a database or a provider's key of this shell is none of its business
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      LITELLM_MASTER_KEY: masterKey,
      LITELLM_LOCAL_MODEL_COST_MAP: "True", // else it downloads the prices of all models
      LITELLM_MODE: "PRODUCTION", // else it reads the first .env that it finds
    },
    detached,
    stdin: "null",
    stdout: output,
    stderr: output,
  }).spawn();
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: "string", default: "4000" } } });
  const child = spawnLitellm(await litellmBinary(), {
    port: Number(values.port),
    masterKey: Deno.env.get("LITELLM_MASTER_KEY") ?? "sk-oo-dev",
  });
  // Not what a terminal's Ctrl+C sends: the child has that one too.
  Deno.addSignalListener("SIGINT", () => {});
  Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  Deno.exit((await child.status).code);
}
