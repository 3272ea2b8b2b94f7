import assert from "node:assert/strict";
import { tempFolder } from "../cli/harness.ts";
import { Exposition } from "../support/exposition.ts";
import { NatsClient, NatsServer, natsTest } from "../support/nats_server.ts";
import { Service } from "../support/service.ts";
import { until } from "../support/until.ts";
import { bound, PREFIX, SIGNALS, synced } from "./harness.ts";

natsTest("/metrics tells what became of every delivery", async () => {
  await using folder = await tempFolder();
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  await using service = await Service.start({
    STATE_DIR: `${folder.path}/state`,
    NATS_URL: server.url,
    NATS_MAX_DELIVER: "2",
  });
  await bound(client);
  for (const user of ["ada", "bob"]) {
    await client.publish("signals.task.synced", synced(user, 1));
  }
  await client.publish("signals.nobody.knows", {});
  await client.publish("signals.task.synced", "not JSON");
  await client.publish("feedback.any", {});
  await client.settled("signals", SIGNALS);
  await client.settled("feedback", `${PREFIX}-feedback`);

  const found = await Exposition.of(service.url);
  assert.deepEqual(found.all("events_total"), {
    "signals handled": 2,
    "signals unknown": 1,
    "signals naked": 1,
    "signals dead_lettered": 1,
    "feedback unknown": 1,
  });
  assert.deepEqual(found.all("events_redelivered_total"), { signals: 1 });
  assert.deepEqual(found.all("events_pending"), {});
  assert.ok(found.value("events_lag_seconds", { stream: "signals" }) < 60);
  assert.equal(found.value("events_enabled"), 1);
  assert.equal(found.value("events_connected"), 1);

  await server.kill();
  await until("the loss is told", async () => {
    return (await Exposition.of(service.url)).value("events_connected") === 0;
  });
});
