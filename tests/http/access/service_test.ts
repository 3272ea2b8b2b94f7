import assert from "node:assert/strict";
import { inDirectory } from "../../support/directory.ts";
import { test } from "../../support/scorer.ts";
import { Service, spawnService } from "../../support/service.ts";
import { until } from "../../support/until.ts";
import { ADMIN, API, bearer } from "./harness.ts";

/** Runs a service with these settings. */
async function withService(env: Record<string, string>, run: (service: Service) => Promise<void>) {
  await inDirectory(async (directory) => {
    await using service = await Service.start({ STATE_DIR: directory, ...env });
    await run(service);
  });
}

/** What of the log is worse than news, without the doors and where the tests keep the state. */
const complaints = ({ lines }: Service) =>
  lines.filter(({ level, door, message }) =>
    door === undefined && level !== "info" && !message.startsWith("STATE_DIR ")
  );

test("the start warns of each open door, and of none that is closed", async () => {
  const doors = ({ lines }: Service) => lines.filter(({ door }) => door !== undefined);
  await withService({ LITELLM_MASTER_KEY: "" }, async (service) => {
    const found = doors(service);
    assert.deepEqual(found.map(({ level, logger }) => `${level} ${logger}`), [
      ...Array<string>(3).fill("warning scorer"),
    ]);
    assert.match(found.map(({ message }) => message).join(), /ADMIN_TOKEN.*reset.*LITELLM/);
    const response = await fetch(`${service.url}/reset/u`, { method: "POST" });
    assert.deepEqual(await response.json(), { ok: true });
  });
  const closed = { ENV: "production", API_TOKEN: API, ADMIN_TOKEN: ADMIN };
  await withService(closed, (service) => {
    assert.deepEqual(doors(service), []);
    return Promise.resolve();
  });
});

test("a token of both kinds ends the start with exit code 2", async () => {
  const env = { API_TOKEN: `${API},${ADMIN}`, ADMIN_TOKEN: ADMIN, STATE_DIR: "/nowhere" };
  const process = spawnService(env, [], "piped");
  const [said, { code }] = await Promise.all([
    new Response(process.stderr).text(),
    process.status,
    process.stdout.cancel(),
  ]);
  assert.equal(code, 2);
  assert.match(said, /ADMIN_TOKEN .*none of them API_TOKEN's/);
  assert.doesNotMatch(said, /token-0123/);
});

test("no token is in the process list, in the log, in an answer or in /docs", async () => {
  const env = {
    API_TOKEN: API,
    ADMIN_TOKEN: ADMIN,
    LOG_LEVEL: "trace",
    LITELLM_MASTER_KEY: "sk-pqr",
  };
  await withService(env, async (service) => {
    const paths = ["/docs", "/docs/start.js", "/openapi.json", "/health", "/stats/u", "/nothing"];
    const said: string[] = [];
    for (const token of [API, ADMIN, "wrong-token-0123456789", undefined]) {
      for (const path of paths) {
        const response = await fetch(service.url + path, { headers: token ? bearer(token) : {} });
        said.push(JSON.stringify([...response.headers]), await response.text());
      }
      const init = { method: "POST", headers: token ? bearer(token) : {}, body: "{" };
      for (const path of ["/reset/u", "/score"]) {
        said.push(await (await fetch(service.url + path, init)).text());
      }
    }
    const processes = await new Deno.Command("ps", { args: ["-eww", "-o", "args"] }).output();
    said.push(new TextDecoder().decode(processes.stdout));
    said.push(JSON.stringify(service.lines));
    assert.ok(said.some((text) => text.includes("src/main.ts")));
    assert.ok(service.lines.length > paths.length * 4);
    for (const text of said) assert.doesNotMatch(text, /token-0123|sk-pqr/);
  });
});

test("RATE_LIMIT_PER_S: a client that asks for more waits, and is let in again", async () => {
  await withService({ RATE_LIMIT_PER_S: "3" }, async (service) => {
    const ask = async () => {
      const response = await fetch(`${service.url}/stats/u`);
      await response.body?.cancel();
      return response.status;
    };
    const seen: number[] = [];
    await until("a refusal, and then none", async () => {
      const status = await ask();
      if (seen.at(-1) !== status) seen.push(status);
      return seen.length === 3;
    });
    assert.deepEqual(seen, [200, 429, 200]);
    assert.equal((await service.stop()).code, 0);
    assert.deepEqual(complaints(service), []);
  });
});
