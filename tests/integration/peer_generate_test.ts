/**
 * The same POST /generate to this service and to the Python service, over one gateway that answers
 * both alike. It runs where PEER_RUN names the script that starts the Python service; else it is
 * ignored, also where CI=true, as that service is no part of this project.
 */
import assert from "node:assert/strict";
import { TipGenerator, Tips } from "../../src/llm/mod.ts";
import { createApp } from "../../src/http/app.ts";
import { FakeServices, post } from "../http/fake_services.ts";
import { completion, makeGateway, status, type Step, Stub, TestLogger } from "../llm/stub.ts";
import { policyOf } from "../support/scorer.ts";

const PEER_RUN = Deno.env.get("PEER_RUN");
const BODY = {
  user_id: "ada",
  context: {
    tasks: [{ content: "Water the plants", priority: 2 }],
    hour_of_day: 9,
    day_of_week: 2,
  },
  n: 2,
};
const TIPS = JSON.stringify([{ id: "a", content: "One", rationale: "r" }, { content: "Two" }]);
const fenced = "```json\n" + TIPS + "\n```";

/** One request, what the gateway answers each service, and what the Python service makes of it. */
const CASES: { name: string; body?: object; steps: () => Step[]; crashes?: true }[] = [
  { name: "success", steps: () => [completion(TIPS)] },
  { name: "fences", steps: () => [completion(fenced)] },
  { name: "a version", body: { prompt_version: "v2-mentor" }, steps: () => [completion(TIPS)] },
  { name: "an unknown version", body: { prompt_version: "v9" }, steps: () => [] },
  { name: "malformed once", steps: () => [completion("no"), completion(TIPS)] },
  { name: "malformed thrice", steps: () => [1, 2, 3].map(() => completion("no")) },
  { name: "status 400", steps: () => [status(400)] },
  { name: "no choices", steps: () => [completion("", { choices: [] })], crashes: true },
  { name: "no content", steps: () => [completion(null)], crashes: true },
  { name: "an item that is no object", steps: () => [completion("[1]")], crashes: true },
];

async function startPeer(run: string, gateway: string) {
  const directory = await Deno.makeTempDir();
  using free = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = free.addr;
  free.close();
  const process = new Deno.Command(run, {
    cwd: run.slice(0, run.lastIndexOf("/")),
    env: { PORT: String(port), STATE_DIR: directory, LITELLM_URL: gateway },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  const up = () => fetch(`${url}/health`).then((r) => r.body?.cancel(), () => "no");
  while (await up() === "no") await new Promise((resolve) => setTimeout(resolve, 100));
  return {
    url,
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

function ourApp(gateway: string) {
  const services = new FakeServices();
  const logger = new TestLogger();
  const tips = new Tips({
    generator: new TipGenerator({ gateway: makeGateway(gateway), logger }),
    scorer: { scoreAll: () => Promise.reject(new Error("not asked for")) },
    getSync: () => Promise.resolve(undefined),
    activePolicy: policyOf("egreedy-v2"),
    defaultPromptVersion: "v1",
    now: Date.now,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  return createApp(Object.assign(services, { tips }));
}

/** The names of the fields, also of the candidates. */
function fieldsOf(answer: Record<string, unknown>): string[] {
  const inner = Array.isArray(answer["candidates"]) ? Object.keys(answer["candidates"][0]) : [];
  return [...Object.keys(answer), ...inner.map((name) => `candidates[].${name}`)];
}

Deno.test({
  name: "POST /generate answers as the Python service does, where that one does not crash",
  ignore: PEER_RUN === undefined,
  fn: async (t) => {
    const script: Step[] = [];
    await using gateway = new Stub(
      ...Array.from(
        { length: 100 },
        (): Step => (request, stub) => (script.shift() ?? status(418))(request, stub),
      ),
    );
    await using peer = await startPeer(PEER_RUN!, gateway.url);
    const app = ourApp(gateway.url);
    for (const { name, body, steps, crashes } of CASES) {
      await t.step(name, async () => {
        const request = post({ ...BODY, ...body });
        script.splice(0, Infinity, ...steps());
        const theirs = await fetch(`${peer.url}/generate`, request);
        const text = await theirs.text();
        script.splice(0, Infinity, ...steps());
        const ours = await app.request("/generate", request);
        const answer = await ours.json();
        if (crashes) {
          assert.equal(theirs.status, 500);
          assert.equal(ours.status, 502);
          return;
        }
        assert.equal(ours.status, theirs.status);
        const their = JSON.parse(text);
        for (const field of fieldsOf(their)) assert(fieldsOf(answer).includes(field), field);
        if (ours.status === 200) {
          for (const field of ["model", "prompt_version", "prompt_tokens", "completion_tokens"]) {
            assert.equal(answer[field], their[field], field);
          }
          their.candidates.forEach((candidate: Record<string, unknown>, i: number) => {
            for (const [key, value] of Object.entries(candidate)) {
              assert.equal(answer.candidates[i][key], value, key);
            }
          });
        } else {
          const prefix = /^(Unknown prompt_version: \S+|[^:]+:)/.exec(their.detail)![0];
          assert(answer.detail.startsWith(prefix), `${answer.detail} ${prefix}`);
        }
      });
    }
  },
});
