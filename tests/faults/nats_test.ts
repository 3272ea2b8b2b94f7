/**
 * Events under kill -9 and failing stores. At the end of each: every valid event has had its
 * effect, once, and every invalid one is a dead letter, once.
 *
 * @module
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { ensureStream } from "../../src/events/streams.ts";
import { tempFolder } from "../cli/harness.ts";
import { bound, CountingStore, SIGNALS, synced, TestEvents } from "../events/harness.ts";
import { NatsClient, NatsServer, natsTest } from "../support/nats_server.ts";
import { Service } from "../support/service.ts";
import { until } from "../support/until.ts";

const EVENTS = 5_000;
const IN_FLIGHT = 250;
const ACK_WAIT = 2_000;
const SUBJECT = "signals.task.synced";
const TS = "2026-11-21T10:00:00Z";

const isValid = (i: number) => i % 50 !== 0;
const VALID = [...Array(EVENTS).keys()].filter(isValid);
const INVALID = [...Array(EVENTS).keys()].filter((i) => !isValid(i));

/** Fills the stream: an event for each user, one in fifty with a wrong type. */
async function publishAll(client: NatsClient): Promise<void> {
  const jsm = await client.jsm();
  await ensureStream(jsm, "signals", ["signals.>"]);
  const js = jsm.jetstream();
  for (let from = 0; from < EVENTS; from += IN_FLIGHT) {
    await Promise.all(
      [...Array(IN_FLIGHT).keys()].map((n) => {
        const i = from + n;
        const event = synced(`u${i}`, i, TS);
        return js.publish(SUBJECT, JSON.stringify(isValid(i) ? event : { ...event, ts: i }));
      }),
    );
  }
}

/** Every invalid event is a dead letter, once. */
async function assertLetters(client: NatsClient): Promise<void> {
  const letters = await client.messages("dead-letters");
  const counts = letters.map((letter) => z.object({ task_count: z.int() }).parse(letter.json()));
  assert.deepEqual(counts.map((each) => each.task_count).sort((a, b) => a - b), INVALID);
}

/** Every valid event was written, once. */
function assertWrites({ writes }: CountingStore): void {
  const sorted = writes.toSorted((a, b) => a.count - b.count);
  assert.deepEqual(sorted, VALID.map((i) => ({ user: `u${i}`, count: i })));
}

/** The sync records that services have, all together, of those that were published. */
async function recordsOf(services: readonly Service[]): Promise<number[]> {
  const found = new Set<number>();
  for (const { url } of services) {
    for (let from = 0; from < EVENTS; from += IN_FLIGHT) {
      await Promise.all([...Array(IN_FLIGHT).keys()].map(async (n) => {
        const i = from + n;
        const body = await (await fetch(`${url}/sync/u${i}`)).json();
        if ("detail" in body) return;
        assert.deepEqual(body, { user_id: `u${i}`, last_sync_ts: TS, task_count: i });
        found.add(i);
      }));
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** How many of its messages a durable has done with. */
async function floor(client: NatsClient): Promise<number> {
  return (await client.consumer("signals", SIGNALS)).ack_floor.stream_seq;
}

natsTest("nats-server killed twice under 5,000 events loses none", async () => {
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  await publishAll(client);
  const store = new CountingStore();
  store.delay = 100;
  await using events = new TestEvents(server, store, ACK_WAIT);
  for (const written of [500, 2_000]) {
    await until("some are written", () => store.writes.length > written);
    assert.ok(store.writes.length < VALID.length, "killed too late");
    await server.kill();
    await server.start();
  }
  await client.settled("signals", SIGNALS, 60);
  assertWrites(store);
  await assertLetters(client);
  assert.ok(events.signals.redelivered > 0);
});

natsTest("a store that fails for a while delays events, and loses none", async () => {
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  await publishAll(client);
  const store = new CountingStore();
  store.delay = 20;
  await using events = new TestEvents(server, store, ACK_WAIT);
  await until("some are written", () => store.writes.length > 500);
  store.failing = true;
  await until("many have failed", () => events.signals.errors > 1_000);
  store.failing = false;
  await client.settled("signals", SIGNALS, 60);
  assertWrites(store);
  await assertLetters(client);
});

natsTest("the service killed amid the events goes on where it was", async () => {
  await using folder = await tempFolder();
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  await publishAll(client);
  const env = { STATE_DIR: `${folder.path}/a`, NATS_URL: server.url };
  {
    await using first = await Service.start(env);
    await until("some are done", async () => await floor(client).catch(() => 0) > 10);
    await first.stop("SIGKILL");
  }
  assert.ok(await floor(client) < EVENTS, "killed too late");
  await using second = await Service.start(env);
  await client.settled("signals", SIGNALS, 90);
  assert.deepEqual(await recordsOf([second]), VALID);
  await assertLetters(client);
});

natsTest("of two instances one is killed, and the other does its work", async () => {
  await using folder = await tempFolder();
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  const env = (name: string) => ({
    STATE_DIR: `${folder.path}/${name}`,
    NATS_URL: server.url,
  });
  await using lost = await Service.start(env("lost"));
  await bound(client);
  await using kept = await Service.start(env("kept"));
  const connected = async () => (await (await fetch(`${kept.url}/health`)).json()).nats.connected;
  await until("both are connected", connected);
  const publishing = publishAll(client);
  await until("some are done", async () => await floor(client) > 500);
  await lost.stop("SIGKILL");
  await publishing;
  await client.settled("signals", SIGNALS, 90);
  const { NATS_URL: _, ...offline } = env("lost");
  await using back = await Service.start(offline);
  const [theirs, ours] = [await recordsOf([back]), await recordsOf([kept])];
  assert.ok(theirs.length > 0 && ours.length > 0, "one of them has done everything");
  assert.deepEqual([...new Set([...theirs, ...ours])].sort((a, b) => a - b), VALID);
  await assertLetters(client);
});
