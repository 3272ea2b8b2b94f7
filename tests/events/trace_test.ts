import assert from "node:assert/strict";
import { headers } from "@nats-io/nats-core";
import { cli, tempFolder } from "../cli/harness.ts";
import { NatsClient, NatsServer, natsTest } from "../support/nats_server.ts";
import { Service } from "../support/service.ts";
import { bound, MAX_DELIVER, SIGNALS, started, synced } from "./harness.ts";

const SUBJECT = "signals.task.synced";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

/** Publishes with these headers, and waits until the stream has it. */
async function publish(client: NatsClient, payload: string, fields: Record<string, string>) {
  const header = headers();
  for (const [name, value] of Object.entries(fields)) header.set(name, value);
  await (await client.jsm()).jetstream().publish(SUBJECT, payload, { headers: header });
}

const traceparent = `00-${TRACE}-${SPAN}-00`;

natsTest(
  "each try of an event is a span of its trace; its dead letter and a replay too",
  async () => {
    await using run = await started();
    const { client, events, server } = run;
    await publish(client, "{", { traceparent, tracestate: "a=1" });
    await client.settled("signals", SIGNALS);

    assert.equal(events.ids.length, MAX_DELIVER);
    for (const { trace_id } of events.ids) assert.equal(trace_id, TRACE);
    const spans = new Set(events.ids.map(({ span_id }) => span_id));
    assert.equal(spans.size, MAX_DELIVER);
    assert.ok(!spans.has(SPAN));

    const last = events.ids.at(-1)!.span_id;
    const [letter] = await client.messages("dead-letters");
    assert.equal(letter!.header.get("traceparent"), `00-${TRACE}-${last}-00`);
    assert.equal(letter!.header.get("tracestate"), "a=1");

    const env = { NATS_URL: server.url };
    const shown = JSON.parse((await cli(["dead-letters", "show", "signals.1", "--json"], env)).out);
    assert.equal(shown.trace_id, TRACE);
    assert.equal((await cli(["dead-letters", "replay", "signals.1"], env)).out, "replayed 1");
    await client.settled("signals", SIGNALS);
    const message = await (await client.jsm()).streams.getMessage("signals", { seq: 2 });
    assert.equal(message!.header.get("traceparent"), `00-${TRACE}-${last}-00`);
    assert.equal(message!.header.get("tracestate"), "a=1");
    assert.deepEqual(
      events.ids.slice(MAX_DELIVER).map((each) => each.trace_id),
      Array(3).fill(TRACE),
    );
  },
);

natsTest(
  "an event without a valid traceparent starts a trace, and loses its tracestate",
  async () => {
    await using run = await started();
    const { client, events } = run;
    await client.publish(SUBJECT, synced("ada", 1));
    await publish(client, JSON.stringify(synced("ada", 2)), {
      traceparent: `${traceparent}-more`,
      tracestate: "a=1",
    });
    await client.settled("signals", SIGNALS);
    const [first, second] = events.ids;
    assert.match(first!.trace_id, /^[\da-f]{32}$/);
    assert.ok(second!.trace_id !== TRACE && second!.trace_id !== first!.trace_id);
    assert.ok(!("tracestate" in second!));
  },
);

natsTest("what the service logs of an event has the ids of its trace", async () => {
  await using folder = await tempFolder();
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  const env = { STATE_DIR: `${folder.path}/state`, NATS_URL: server.url, LOG_LEVEL: "debug" };
  await using service = await Service.start(env);
  await bound(client);
  await publish(client, JSON.stringify(synced("ada", 1)), { traceparent });
  await client.settled("signals", SIGNALS);
  assert.equal((await service.stop()).code, 0);
  const line = service.lines.find(({ message }) => message === "Task sync");
  assert.equal(line?.["trace_id"], TRACE);
  assert.match(String(line?.["span_id"]), /^[\da-f]{16}$/);
  assert.notEqual(line?.["span_id"], SPAN);
});
