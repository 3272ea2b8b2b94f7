import assert from "node:assert/strict";
import { AckPolicy } from "@nats-io/jetstream";
import { connectionOptions } from "../../src/events/connection.ts";
import { NatsClient, NatsServer, natsTest } from "../support/nats_server.ts";
import { test } from "../support/scorer.ts";
import { until } from "../support/until.ts";
import { bound, SIGNALS, started, synced, TestEvents } from "./harness.ts";

const SUBJECT = "signals.task.synced";

natsTest("a durable of the Python service is taken over where it stands", async () => {
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  const jsm = await client.jsm();
  await jsm.streams.add({ name: "signals", subjects: ["signals.>"], max_msgs: 1_000 });
  const before = await jsm.streams.info("signals");
  await jsm.consumers.add("signals", {
    durable_name: SIGNALS,
    deliver_subject: "_INBOX.of-the-python-service",
    ack_policy: AckPolicy.Explicit,
    filter_subject: "signals.>",
    max_deliver: 5,
  });
  const python = client.nc.subscribe("_INBOX.of-the-python-service", {
    max: 3,
    callback: (_error, msg) => {
      msg.respond("+ACK");
    },
  });
  for (let i = 0; i < 3; i++) await client.publish(SUBJECT, synced(`old${i}`, 1));
  await python.closed;
  await client.settled("signals", SIGNALS);
  for (let i = 0; i < 3; i++) await client.publish(SUBJECT, synced(`new${i}`, 1));

  await using events = new TestEvents(server);
  await bound(client);
  await client.settled("signals", SIGNALS);
  assert.deepEqual(events.store.writes.map(({ user }) => user).sort(), ["new0", "new1", "new2"]);
  const { config } = await client.consumer("signals", SIGNALS);
  assert.equal(config.max_deliver, -1);
  assert.equal(config.deliver_group, SIGNALS);
  // A stream that was there is used as it is.
  assert.deepEqual((await jsm.streams.info("signals")).config, before.config);
});

natsTest("a durable that cannot be used is named, and left alone", async () => {
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  const jsm = await client.jsm();
  await jsm.streams.add({ name: "signals", subjects: ["signals.>"] });
  await jsm.consumers.add("signals", { durable_name: SIGNALS, ack_policy: AckPolicy.Explicit });
  await using events = new TestEvents(server);
  await until(
    "it is told",
    () =>
      events.logged.some(({ properties: { error } }) =>
        error instanceof Error && error.message.includes("NATS_DURABLE_PREFIX")
      ),
  );
  assert.equal((await client.consumer("signals", SIGNALS)).config.deliver_subject, undefined);
});

natsTest("a server that is not there at start is found when it comes", async () => {
  await using server = await NatsServer.make();
  await using events = new TestEvents(server);
  await until("it has tried", () => events.logged.some(({ message }) => /reached/.test(message)));
  assert.equal(events.events.health().connected, false);
  await server.start();
  await using client = await NatsClient.open(server);
  await bound(client);
  await client.publish(SUBJECT, synced("ada", 1));
  await client.settled("signals", SIGNALS);
  assert.equal(events.store.writes.length, 1);
  assert.equal(events.events.health().connected, true);
});

natsTest("a server that went away is found again, and health tells", async () => {
  await using run = await started();
  const { server, client, events } = run;
  await server.kill();
  await until("the loss is seen", () => !events.events.health().connected);
  await server.start();
  await until("it is back", () => events.events.health().connected);
  await client.nc.flush();
  await client.publish(SUBJECT, synced("ada", 1));
  await client.settled("signals", SIGNALS);
  assert.equal((await events.store.getSync("ada"))?.taskCount, 1);
});

natsTest("stopping answers what has come, and takes no more", async () => {
  await using run = await started();
  const { client, events, store } = run;
  for (let i = 0; i < 500; i++) client.nc.publish(SUBJECT, JSON.stringify(synced(`u${i}`, 1)));
  await client.nc.flush();
  await events.events.stop(5_000);
  // What the server sent when the subscription had ended is not ours, and comes again.
  await until("every event that came is answered", async () => {
    const { delivered, num_ack_pending } = await client.consumer("signals", SIGNALS);
    return delivered.consumer_seq - num_ack_pending === store.writes.length;
  });
  assert.equal(events.events.health().connected, false);
});

natsTest("stopping does not wait for a server that is away", async () => {
  await using server = await NatsServer.make();
  const events = new TestEvents(server);
  await events.events.stop(60_000);
  await server.start();
  const lost = new TestEvents(server);
  await until("it is connected", () => lost.events.health().connected);
  await server.kill();
  await until("the loss is seen", () => !lost.events.health().connected);
  await lost.events.stop(60_000);
});

test("NATS_URL may have several servers, credentials and TLS", () => {
  assert.deepEqual(connectionOptions("nats://a:4222, b:4333"), {
    isWebSocket: false,
    servers: ["a:4222", "b:4333"],
  });
  assert.deepEqual(connectionOptions("tls://me:p%40ss@a:4222"), {
    isWebSocket: false,
    servers: ["a:4222"],
    tls: {},
    user: "me",
    pass: "p@ss",
  });
  assert.deepEqual(connectionOptions("nats://secret@a"), {
    isWebSocket: false,
    servers: ["a"],
    token: "secret",
  });
  assert.deepEqual(connectionOptions("wss://a/nats").servers, ["wss://a/nats"]);
});

natsTest("a server that refuses, however often, does not end the process", async () => {
  await using server = await NatsServer.make();
  await server.start(["--auth", "of-the-server"]);
  const child = new URL("refused_child.ts", import.meta.url).pathname;
  const url = server.url.replace("//", "//another@");
  const times = "60";
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-net=127.0.0.1", "--allow-env", child, url, times],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  assert.deepEqual([code, decoder.decode(stdout).trim(), decoder.decode(stderr)], [0, times, ""]);
});
