/**
 * The service as a process, and what a Sentry receives of it over HTTP.
 *
 * @module
 */
import assert from "node:assert/strict";
import { keys } from "../../src/store/deno_kv/layout.ts";
import { tempFolder } from "../cli/harness.ts";
import { bound } from "../events/harness.ts";
import { NatsClient, NatsServer, natsTest } from "../support/nats_server.ts";
import { test } from "../support/scorer.ts";
import { SentryStub } from "../support/sentry.ts";
import { Service } from "../support/service.ts";
import { until } from "../support/until.ts";
import {
  assertNoData,
  breakModels,
  damage,
  env,
  failures,
  garble,
  only,
  post,
  score,
  TRACE,
  USER,
} from "./sentry_harness.ts";

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
