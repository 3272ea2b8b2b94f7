/**
 * The service, as a process, under requests that Schemathesis makes from /openapi.json.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { schemathesisBinary } from "../../scripts/schemathesis.ts";
import { tempFolder } from "../cli/harness.ts";
import { completion, Stub } from "../llm/stub.ts";
import { NatsServer } from "../support/nats_server.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";

/** What is run: every check there is, always the same requests. */
const OPTIONS = [
  ...["--checks", "all"],
  ...["--seed", "1", "--max-examples", "100", "--generation-database", "none"],
  ...["--workers", "1", "--request-timeout", "20", "--no-color"],
];

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const TIPS = JSON.stringify([
  { content: "Write the first line.", rationale: "It is overdue." },
  { content: "Take a walk.", rationale: null },
  { content: "Call the dentist.", rationale: "It is short." },
]);

test("the service is what its OpenAPI document says, by every check of Schemathesis", async () => {
  const binary = await schemathesisBinary();
  await using folder = await tempFolder();
  await using gateway = new Stub();
  gateway.otherwise = completion(TIPS);
  await using nats = await NatsServer.start();
  await using service = await Service.start({
    NATS_URL: nats.url,
    STATE_DIR: `${folder.path}/state`,
    LITELLM_URL: gateway.url,
    LITELLM_MASTER_KEY: "sk-schemathesis",
    LOG_LEVEL: "info",
  }, ["--unstable-no-legacy-abort"]);
  const { code } = await new Deno.Command(binary, {
    args: ["--config-file", here("schemathesis.toml"), "run", `${service.url}/openapi.json`]
      .concat(OPTIONS),
    cwd: folder.path, // what it caches goes with the test
    env: { SCHEMATHESIS_HOOKS: here("hooks.py") },
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  assert.equal(code, 0);
});
