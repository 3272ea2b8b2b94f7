/**
 * The service's end, of an error or not, and a Sentry that is of no use or not asked for.
 *
 * @module
 */
import assert from "node:assert/strict";
import { MOST_OF_A_KIND } from "../../src/observability/novelty.ts";
import { tempFolder } from "../cli/harness.ts";
import { test } from "../support/scorer.ts";
import { SentryStub } from "../support/sentry.ts";
import { Service, spawnService } from "../support/service.ts";
import { trap } from "../support/trap.ts";
import { assertNoData, breakModels, damage, env, only, post, score } from "./sentry_harness.ts";

/** A module that makes the service die of an error, in each way, when it is told to. */
const DYING = `data:text/javascript,${
  encodeURIComponent(`
    const die = () => { throw new TypeError("planted 7f3a"); };
    Deno.addSignalListener("SIGHUP", () => setTimeout(die, 0));
    Deno.addSignalListener("SIGUSR2", async () => await die());
  `)
}`;

/** Starts the service, lets it die, and tells how it did. */
async function death(env: Record<string, string>, signal: Deno.Signal) {
  const process = spawnService({ ...env, NO_COLOR: "1" }, ["--preload", DYING], "piped");
  const stderr = new Response(process.stderr).text();
  for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
    if (text.includes("Listening on ")) process.kill(signal);
  }
  return { code: (await process.status).code, stderr: await stderr };
}

for (const signal of ["SIGHUP", "SIGUSR2"] as const) {
  test(`what the process dies of is one event, and it dies as without (${signal})`, async () => {
    await using folder = await tempFolder();
    await using sentry = new SentryStub();
    const died = await death(env(folder, sentry), signal);
    const { SENTRY_DSN: _, ...without } = env(folder, sentry);
    assert.deepEqual(died, await death(without, signal));
    assert.equal(died.code, 1);
    const event = only(sentry);
    assert.equal(event.level, "fatal");
    assert.equal(event.exception.values.at(-1)!.type, "TypeError");
    assertNoData(sentry);
  });
}

/** Ways of a Sentry to be of no use. */
const USELESS: Record<string, () => Response | Promise<Response>> = {
  "fails": () => new Response("no", { status: 500 }),
  "has enough": () => new Response("no", { status: 429, headers: { "retry-after": "600" } }),
  "never answers": () => new Promise<Response>(() => {}),
};

for (const [way, answer] of Object.entries(USELESS)) {
  test(`a Sentry that ${way} costs neither answers nor the end`, async () => {
    await using folder = await tempFolder();
    await damage(folder.path, breakModels);
    await using sentry = new SentryStub(answer);
    await using service = await Service.start(env(folder, sentry));
    await Promise.all(Array.from({ length: 100 }, () => post(service.url, score)));
    assert.equal(await post(service.url, { ...score, user_id: "ada" }), 200);
    // It ends although that Sentry has not answered, and kept little for it.
    assert.equal((await service.stop()).code, 0);
    assert.ok(
      sentry.requests > 0 && sentry.requests <= MOST_OF_A_KIND,
      `${sentry.requests} requests`,
    );
    assert.ok(service.lines.some(({ message }) => message === "Stopped"));
    assert.ok(!service.lines.some(({ logger }) => logger === "logtape.meta"));
  });
}

test("a Sentry that is away costs neither answers nor the end", async () => {
  await using folder = await tempFolder();
  await damage(folder.path, breakModels);
  await using service = await Service.start({
    STATE_DIR: folder.path,
    SENTRY_DSN: "http://5ecretkey@127.0.0.1:1/42",
  });
  for (let i = 0; i < 30; i++) assert.equal(await post(service.url, score), 500);
  assert.equal(await post(service.url, { ...score, user_id: "ada" }), 200);
  assert.equal((await service.stop()).code, 0);
  assert.doesNotMatch(JSON.stringify(service.lines), /5ecretkey/);
});

test("without SENTRY_DSN nothing of Sentry is loaded", async () => {
  await using folder = await tempFolder();
  const flags = ["--no-lock", "--import-map", await trap("@sentry/", folder.path)];
  const STATE_DIR = `${folder.path}/state`;
  {
    await using service = await Service.start({ STATE_DIR }, flags);
    assert.equal(await post(service.url, score), 200);
    assert.equal((await service.stop()).code, 0);
  }
  // With it the trap closes, so the test above has shown something.
  const env = { STATE_DIR, SENTRY_DSN: "http://5ecretkey@127.0.0.1:1/42" };
  const process = spawnService(env, flags, "piped");
  const [said, { success }] = await Promise.all([
    new Response(process.stderr).text(),
    process.status,
    process.stdout.cancel(),
  ]);
  assert.ok(!success);
  assert.match(said, /@sentry\/deno/);
  assert.doesNotMatch(said, /5ecretkey/);
});
