import assert from "node:assert/strict";
import { natsTest } from "../support/nats_server.ts";
import { SIGNALS, started, synced } from "./harness.ts";

const AT = (second: number) => `2026-11-21T10:00:0${second}Z`;

natsTest("a sync event writes the user's record, and a newer one replaces it", async () => {
  await using run = await started();
  const { client, store } = run;
  await client.publish("signals.task.synced", synced("ada", 3, AT(1)));
  await client.settled("signals", SIGNALS);
  assert.deepEqual(await store.getSync("ada"), { lastSyncTs: AT(1), taskCount: 3 });
  await client.publish("signals.task.synced", synced("ada", 4, AT(2)));
  await client.settled("signals", SIGNALS);
  assert.deepEqual(await store.getSync("ada"), { lastSyncTs: AT(2), taskCount: 4 });
});

natsTest("equal and older events change nothing, compared as instants", async () => {
  await using run = await started();
  const { client, store } = run;
  const user = "zoë/東京 *.>";
  for (
    const [count, ts] of [
      [1, "2026-11-21T10:00:00.000002Z"],
      [2, "2026-11-21T10:00:00.000001Z"], // older by less than Date can tell
      [3, "2026-11-21T12:00:00.000002+02:00"], // the same instant
      [4, "2026-11-21T11:30:00+02:00"], // older, though its text is greater
      [5, "2026-11-21T10:00:00.000002"], // no offset: UTC, so the same
    ] as const
  ) {
    await client.publish("signals.task.synced", synced(user, count, ts));
  }
  await client.settled("signals", SIGNALS);
  assert.equal((await store.getSync(user))?.taskCount, 1);
  assert.equal(store.writes.length, 1);
  assert.equal(run.events.signals.processed, 5);
});

natsTest("without ts the envelope's time counts, else the stream's", async () => {
  await using run = await started();
  const { client, store } = run;
  const envelope = (data: unknown, more = {}) => ({
    ...{ specversion: "1.0", type: "oo.events.v1.task.synced", id: "e-1", source: "/sync" },
    ...more,
    data,
  });
  await client.publish("signals.task.synced", envelope(synced("a", 1), { time: AT(3) }));
  await client.publish("signals.task.synced", envelope(synced("b", 1, AT(1)), { time: AT(3) }));
  const seq = await client.publish("signals.task.synced", synced("c", 1));
  await client.publish("signals.task.synced", envelope(synced("d", 1)));
  await client.settled("signals", SIGNALS);
  assert.equal((await store.getSync("a"))?.lastSyncTs, AT(3));
  assert.equal((await store.getSync("b"))?.lastSyncTs, AT(1));
  const stored = await (await client.jsm()).streams.getMessage("signals", { seq });
  const kept = (await store.getSync("c"))!.lastSyncTs;
  assert.equal(Date.parse(kept), stored!.time.getTime());
  assert.notEqual(await store.getSync("d"), undefined);
  const logged = run.events.logged.filter(({ properties }) => properties["event_id"] === "e-1");
  assert.equal(logged.length, 3);
});

natsTest("feedback is logged and changes nothing", async () => {
  await using run = await started();
  const { client, store, events } = run;
  const feedback = { user_id: "ada", tip_id: "t", action: "done" };
  await client.publish("signals.tip.feedback", feedback);
  await client.settled("signals", SIGNALS);
  assert.deepEqual(store.writes, []);
  const line = events.logged.find(({ message }) => message === "Tip feedback");
  assert.deepEqual(line?.properties, { ...feedback, event_id: undefined });
});

natsTest("unknown subjects are acknowledged and counted, and told of once each", async () => {
  await using run = await started();
  const { client, events } = run;
  for (let i = 0; i < 5; i++) {
    await client.publish("signals.weather", "no JSON");
    await client.publish("feedback.anything", "{}");
  }
  await client.settled("signals", SIGNALS);
  await client.settled("feedback", "feature-pipeline-feedback");
  const { signals, feedback } = events.events.health().consumers;
  assert.deepEqual([signals.unknown, signals.processed, signals.errors], [5, 5, 0]);
  assert.deepEqual([feedback.unknown, feedback.processed], [5, 5]);
  assert.match(signals.last_msg_ts!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const told = events.logged.filter(({ message }) => message.startsWith("No handler"));
  assert.equal(told.length, 2);
});

natsTest("a replay of the whole stream changes nothing", async () => {
  await using run = await started();
  const { client, store } = run;
  for (let i = 0; i < 50; i++) {
    await client.publish("signals.task.synced", synced(`u${i % 10}`, i, AT(i % 7)));
  }
  await client.settled("signals", SIGNALS);
  const before = await Promise.all([...Array(10).keys()].map((i) => store.getSync(`u${i}`)));
  const { writes } = store;
  const count = writes.length;
  const jsm = await client.jsm();
  // Whoever replays deletes the durable; it is made anew, from the start of the stream.
  await jsm.consumers.delete("signals", SIGNALS);
  const { processed } = run.events.signals;
  while (run.events.signals.processed < processed + 50) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await client.settled("signals", SIGNALS);
  const after = await Promise.all([...Array(10).keys()].map((i) => store.getSync(`u${i}`)));
  assert.deepEqual(after, before);
  assert.equal(writes.length, count);
});
