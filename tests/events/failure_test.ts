import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { natsTest } from "../support/nats_server.ts";
import { until } from "../support/until.ts";
import { MAX_DELIVER, SIGNALS, started, synced } from "./harness.ts";

const SUBJECT = "signals.task.synced";

natsTest("an invalid event is tried NATS_MAX_DELIVER times, then a dead letter", async () => {
  await using run = await started();
  const { client, store, events } = run;
  const invalid: [subject: string, payload: unknown, reason: RegExp][] = [
    [SUBJECT, "{", /not JSON/],
    [SUBJECT, new Uint8Array([0xff, 0xfe]), /not JSON/],
    [SUBJECT, "", /not JSON/],
    [SUBJECT, { user_id: "u", task_count: "3" }, /task_count: .*number/],
    [SUBJECT, { user_id: 1, task_count: 3 }, /user_id/],
    [SUBJECT, [], /event: /],
    [SUBJECT, { specversion: "1.0", type: "t", data: { user_id: "u" } }, /task_count/],
    [SUBJECT, { specversion: "0.3", type: "t", data: synced("u", 1) }, /specversion/],
    ["signals.tip.feedback", { user_id: "u", tip_id: "t", action: "liked" }, /action/],
  ];
  const seqs: number[] = [];
  for (const [subject, payload] of invalid) seqs.push(await client.publish(subject, payload));
  await client.publish(SUBJECT, synced("valid", 1));
  await client.settled("signals", SIGNALS);

  assert.deepEqual(store.writes, [{ user: "valid", count: 1 }]);
  const letters = await client.messages("dead-letters");
  letters.sort((a, b) => Number(a.subject.split(".")[2]) - Number(b.subject.split(".")[2]));
  assert.deepEqual(
    letters.map((each) => each.subject),
    seqs.map((n) => `dead-letters.signals.${n}`),
  );
  for (const [i, letter] of letters.entries()) {
    const [subject, payload, reason] = invalid[i]!;
    const header = (name: string) => letter.header.get(`Dead-Letter-${name}`);
    assert.equal(header("Subject"), subject);
    assert.match(header("Reason"), reason);
    assert.equal(header("Deliveries"), String(MAX_DELIVER));
    assert.ok(Date.parse(header("First-Time")) <= Date.parse(header("Last-Time")));
    const sent = payload instanceof Uint8Array
      ? payload
      : new TextEncoder().encode(typeof payload === "string" ? payload : JSON.stringify(payload));
    assert.deepEqual(new Uint8Array(letter.data), sent);
  }
  assert.equal(events.signals.dead_lettered, invalid.length);
  assert.equal(events.signals.errors, invalid.length * MAX_DELIVER);
  assert.equal(events.signals.redelivered, invalid.length * (MAX_DELIVER - 1));
});

natsTest("payloads of 1 MB are handled, and kept whole as dead letters", async () => {
  await using run = await started();
  const { client, store } = run;
  const size = client.nc.info!.max_payload;
  const event = JSON.stringify({ ...synced("big", 1), extra: "" });
  await client.publish(SUBJECT, event.replace('""', `"${"x".repeat(size - event.length)}"`));
  const invalid = crypto.getRandomValues(new Uint8Array(65_536));
  const payload = new Uint8Array(size).map((_, i) => invalid[i % invalid.length]!);
  const seq = await client.publish(SUBJECT, payload);
  await client.settled("signals", SIGNALS);
  assert.deepEqual(store.writes, [{ user: "big", count: 1 }]);
  const letters = await client.messages("dead-letters");
  const subject = `dead-letters.signals.${seq}`;
  assert.deepEqual(letters.map((each) => each.subject), [`${subject}.rest`, subject]);
  const [rest, head] = letters;
  assert.equal(Number(head!.header.get("Dead-Letter-Rest-Bytes")), rest!.data.length);
  assert.equal(head!.data.length + rest!.data.length, size);
  assert.deepEqual(new Uint8Array(Buffer.concat([head!.data, rest!.data])), payload);
});

natsTest(
  "a valid event is tried until the store takes it, and is never a dead letter",
  async () => {
    await using run = await started();
    const { client, store, events } = run;
    store.failing = true;
    await client.publish(SUBJECT, synced("ada", 1));
    // More often than an invalid one would be.
    await until("it failed often", () => events.signals.errors > MAX_DELIVER, 30);
    store.failing = false;
    await client.settled("signals", SIGNALS);
    assert.equal((await store.getSync("ada"))?.taskCount, 1);
    assert.equal((await client.messages("dead-letters")).length, 0);
    assert.equal(events.signals.dead_lettered, 0);
  },
);

natsTest("a dead letter that is there already is not written again", async () => {
  await using run = await started();
  const { client } = run;
  const jsm = await client.jsm();
  const seq = await client.publish(SUBJECT, "{");
  await client.settled("signals", SIGNALS);
  // As after a death between the letter and the end of the message.
  await jsm.consumers.delete("signals", SIGNALS);
  await until("it was given up again", () => run.events.signals.errors === 2 * MAX_DELIVER);
  await client.settled("signals", SIGNALS);
  const subject = `dead-letters.signals.${seq}`;
  assert.deepEqual((await client.messages("dead-letters")).map((each) => each.subject), [subject]);
  assert.equal(run.events.signals.dead_lettered, 1);
});

natsTest(
  "a stream that was made anew counts from 1 again, and its letters are kept too",
  async () => {
    await using run = await started();
    const { client } = run;
    const jsm = await client.jsm();
    await client.publish(SUBJECT, "first");
    await client.settled("signals", SIGNALS);
    await jsm.streams.delete("signals");
    await until("the consumer is there again", async () => {
      try {
        return (await client.consumer("signals", SIGNALS)).push_bound === true;
      } catch {
        return false;
      }
    });
    assert.equal(await client.publish(SUBJECT, "second"), 1);
    await client.settled("signals", SIGNALS);
    const letters = await client.messages("dead-letters");
    assert.deepEqual(letters.map((each) => each.string()), ["first", "second"]);
    assert.equal(letters[1]!.subject, "dead-letters.signals.1");
  },
);

natsTest("without its dead letter an invalid event is not given up", async () => {
  await using run = await started();
  const { client, events } = run;
  const jsm = await client.jsm();
  const { config } = await jsm.streams.info("dead-letters");
  await client.publish("dead-letters.full", "x");
  await jsm.streams.update("dead-letters", { ...config, max_msgs: 1 });
  await client.publish(SUBJECT, "{");
  await until("it could not be given up", () => events.signals.errors > MAX_DELIVER, 30);
  assert.ok(events.logged.some(({ message }) => message === "A dead letter could not be kept"));
  assert.equal((await client.consumer("signals", SIGNALS)).num_ack_pending, 1);
  await jsm.streams.update("dead-letters", config);
  await client.settled("signals", SIGNALS);
  assert.equal((await client.messages("dead-letters")).length, 2);
});
