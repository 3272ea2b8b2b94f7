/**
 * The service as a process, and what a Sentry receives of it over HTTP.
 *
 * @module
 */
import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { MOST_OF_A_KIND } from "../../src/observability/novelty.ts";
import { decodeUser, encodeUser } from "../../src/store/codec.ts";
import { decodeUserRow, encodeUserRow, keys } from "../../src/store/deno_kv/layout.ts";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import { tempFolder } from "../cli/harness.ts";
import { bound } from "../events/harness.ts";
import { client } from "../support/http.ts";
import { NatsClient, NatsServer, natsTest } from "../support/nats_server.ts";
import { test } from "../support/scorer.ts";
import { type Event, SentryStub } from "../support/sentry.ts";
import { Service, spawnService } from "../support/service.ts";
import { trap } from "../support/trap.ts";
import { until } from "../support/until.ts";

const USER = "user-planted-7f3a";
const TIP = "tip-planted-7f3a";
const CONTENT = "content planted 7f3a";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

const score = {
  user_id: USER,
  candidates: [{ id: TIP, content: CONTENT, source: "source-planted-7f3a" }],
};
const headers = {
  "content-type": "application/json",
  traceparent: `00-${TRACE}-${SPAN}-01`,
  cookie: "cookie-planted-7f3a=1",
  "user-agent": "agent-planted-7f3a",
};

async function post(url: string, body: unknown): Promise<number> {
  const response = await fetch(`${url}/score/egreedy?query=planted-7f3a`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}

/** Changes the state of a service that does not run. */
async function damage(stateDir: string, change: (kv: Deno.Kv) => Promise<unknown>): Promise<void> {
  {
    // A service makes the database, with a model of the user.
    await using service = await Service.start({ STATE_DIR: stateDir });
    await client(service.url).reward({ user_id: USER, tip_id: TIP, reward: 1, features: {} });
    assert.equal((await service.stop()).code, 0);
  }
  using kv = await Deno.openKv(`${stateDir}/${DATABASE}`);
  await change(kv);
}

/** Gives the user a model of another dimension, which nothing expects: the kernel refuses it. */
async function breakModels(kv: Deno.Kv): Promise<void> {
  const { revision, bytes } = decodeUserRow((await kv.get(keys.user(USER))).value);
  const user = decodeUser(bytes);
  const models = Object.fromEntries(
    Object.entries(user.models).map(([name, model]) => [
      name,
      { ...model, A: new Float64Array(4), b: new Float64Array(2) },
    ]),
  );
  await kv.set(
    keys.user(USER),
    encodeUserRow({ revision, bytes: encodeUser({ ...user, models }) }),
  );
}

const garble = (key: Deno.KvKey) => (kv: Deno.Kv) => kv.set(key, new Uint8Array([0xc1, 0xff]));

/** What holds of everything that is sent. */
function assertNoData({ text }: SentryStub): void {
  for (const planted of ["planted", "7f3a", "cookie", "authorization", Deno.hostname()]) {
    assert.ok(!text.includes(planted), `${planted} is in ${text}`);
  }
}

/** The only event that came. */
function only({ events }: SentryStub): Event {
  assert.equal(events.length, 1, JSON.stringify(events));
  const [event] = events;
  assert.equal(event!.environment, "staging");
  assert.equal(event!.release, `tip-scorer@${project.version}`);
  return event!;
}

const env = (folder: { path: string }, { dsn }: SentryStub) => ({
  STATE_DIR: folder.path,
  SENTRY_DSN: dsn,
  ENV: "staging",
});

/** What the log says of the failures, with the ids of their requests. */
const failures = ({ lines }: Service) =>
  lines.filter(({ message }) => message === "Request failed");

test("an error that nothing handles is one event, of its request and without data", async () => {
  await using folder = await tempFolder();
  await damage(folder.path, breakModels);
  await using sentry = new SentryStub();
  // It may read the host's name, and still does not tell it.
  await using service = await Service.start(env(folder, sentry), ["--allow-sys=hostname"]);
  assert.equal(await post(service.url, score), 500);
  assert.equal((await service.stop()).code, 0);

  const event = only(sentry);
  const [line] = failures(service);
  assert.equal(event.level, "error");
  assert.deepEqual(event.contexts.trace, { trace_id: TRACE, span_id: line!["span_id"] });
  const { request_id, ...tags } = event.tags;
  assert.equal(request_id, line!["request_id"]);
  assert.deepEqual(tags, { method: "POST", route: "/score/egreedy" });
  const [exception] = event.exception.values;
  assert.equal(exception!.value, "Request failed");
  const ours = exception!.stacktrace!.frames.filter((frame) => frame.in_app);
  assert.ok(ours.some(({ filename }) => filename === "app:///src/bandit/scorer.ts"));
  assertNoData(sentry);
  assert.doesNotMatch(JSON.stringify(service.lines), /5ecretkey/);
});

test("with SENTRY_SEND_IDS an event has what the error says", async () => {
  await using folder = await tempFolder();
  await damage(folder.path, breakModels);
  await using sentry = new SentryStub();
  await using service = await Service.start({ ...env(folder, sentry), SENTRY_SEND_IDS: "true" });
  assert.equal(await post(service.url, score), 500);
  await service.stop();
  const { message } = failures(service)[0]!["error"] as Error;
  assert.equal(only(sentry).exception.values.at(-1)!.value, message);
});

test("a store that is not available is one event, however many calls it refuses", async () => {
  await using folder = await tempFolder();
  await damage(folder.path, garble(keys.user(USER)));
  await using sentry = new SentryStub();
  await using service = await Service.start(env(folder, sentry));
  for (let i = 0; i < 20; i++) assert.equal(await post(service.url, score), 503);
  await service.stop();
  const event = only(sentry);
  assert.equal(event.level, "warning");
  assert.deepEqual(
    event.exception.values.map(({ type }) => type).at(-1),
    "StoreUnavailableError",
  );
  assert.match(event.exception.values.at(-1)!.value!, /damaged/);
  assertNoData(sentry);
});

natsTest("an event that fails at every delivery is one event, as a dead letter is", async () => {
  await using folder = await tempFolder();
  await damage(folder.path, garble(keys.sync(USER)));
  await using sentry = new SentryStub();
  await using server = await NatsServer.start();
  await using nats = await NatsClient.open(server);
  const more = { NATS_URL: server.url, NATS_MAX_DELIVER: "3" };
  await using service = await Service.start({ ...env(folder, sentry), ...more });
  await bound(nats);
  const subject = "signals.task.synced";
  const failing = await nats.publish(subject, { user_id: USER, task_count: 1 });
  const invalid = await nats.publish(subject, { user_id: USER, task_count: "planted" });
  const invalidToo = await nats.publish(subject, `{"planted`);
  const count = (message: string) =>
    service.lines.filter((line) => line.message === message && line["seq"] === failing).length;
  await until("it failed often", () => count("An event could not be handled") > 2);
  const letters = "An event was given up, and is a dead letter";
  await until(
    "the others are dead letters",
    () => service.lines.filter(({ message }) => message === letters).length === 2,
  );
  await service.stop();

  const shown = sentry.events.map(({ level, tags, exception: { values } }) => [
    ...[tags["seq"], tags["stream"], tags["subject"], level],
    values.at(-1)!.type,
  ]);
  const which = ["signals", subject, "error"];
  assert.deepEqual(shown.sort(([a], [b]) => Number(a) - Number(b)), [
    [failing, ...which, "StoreUnavailableError"],
    [invalid, ...which, "InvalidEventError"],
    [invalidToo, ...which, "InvalidEventError"],
  ]);
  assertNoData(sentry);
});

natsTest("an event whose dead letter cannot be kept for some time is one event", async () => {
  await using folder = await tempFolder();
  await using sentry = new SentryStub();
  await using server = await NatsServer.start();
  await using nats = await NatsClient.open(server);
  const more = { NATS_URL: server.url, NATS_MAX_DELIVER: "1" };
  await using service = await Service.start({ ...env(folder, sentry), ...more });
  await bound(nats);
  const { streams } = await nats.jsm();
  const { config } = await streams.info("dead-letters");
  await nats.publish("dead-letters.full", "x");
  await streams.update("dead-letters", { ...config, max_msgs: 1 });
  const seq = await nats.publish("signals.task.synced", "planted");
  const count = (message: string) =>
    service.lines.filter((line) => line.message === message && line["seq"] === seq).length;
  await until("it failed often", () => count("A dead letter could not be kept") > 2);
  await streams.update("dead-letters", config);
  await until("it was given up", () => count("An event was given up, and is a dead letter") === 1);
  await service.stop();
  assert.equal(only(sentry).tags["seq"], seq);
  assertNoData(sentry);
});

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
