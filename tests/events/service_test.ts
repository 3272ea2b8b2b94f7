import assert from "node:assert/strict";
import { HealthResponse } from "../../src/contract/mod.ts";
import { tempFolder } from "../cli/harness.ts";
import { NatsClient, NatsServer, natsTest } from "../support/nats_server.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";
import { trap } from "../support/trap.ts";
import { until } from "../support/until.ts";
import { bound, SIGNALS, synced } from "./harness.ts";

async function health({ url }: Service): Promise<HealthResponse> {
  return HealthResponse.parse(await (await fetch(`${url}/health`)).json());
}

async function ready({ url }: Service): Promise<number> {
  const response = await fetch(`${url}/ready`);
  await response.body?.cancel();
  return response.status;
}

test("without NATS_URL nothing of NATS is loaded", async () => {
  await using folder = await tempFolder();
  const flags = ["--no-lock", "--import-map", await trap("@nats-io/", folder.path)];
  {
    await using service = await Service.start({ STATE_DIR: `${folder.path}/state` }, flags);
    const { ok, nats } = await health(service);
    assert.deepEqual([ok, nats.enabled, nats.connected], [true, false, false]);
    assert.equal((await service.stop()).code, 0);
  }
  // With it the trap closes, so the test above has shown something.
  const env = { STATE_DIR: `${folder.path}/state`, NATS_URL: "nats://127.0.0.1:1" };
  const main = new URL("../../src/main.ts", import.meta.url).pathname;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-A", ...flags, main],
    env: { PORT: "0", ...env },
    stdout: "null",
    stderr: "null",
  }).output();
  assert.ok(!success);
});

natsTest("HTTP serves while NATS is away, and events are taken when it is there", async () => {
  await using folder = await tempFolder();
  await using server = await NatsServer.make();
  const env = { STATE_DIR: `${folder.path}/state`, NATS_URL: server.url };
  await using service = await Service.start(env);
  const { ok, nats } = await health(service);
  assert.deepEqual([ok, nats.enabled, nats.connected], [true, true, false]);
  assert.equal(await ready(service), 200);

  await server.start();
  await using client = await NatsClient.open(server);
  await bound(client);
  await client.publish("signals.task.synced", synced("zoë/1", 7, "2026-11-21T10:00:00Z"));
  await client.settled("signals", SIGNALS);
  const record = await fetch(`${service.url}/sync/${encodeURIComponent("zoë/1")}`);
  assert.deepEqual(await record.json(), {
    user_id: "zoë/1",
    last_sync_ts: "2026-11-21T10:00:00Z",
    task_count: 7,
  });
  assert.equal((await health(service)).nats.consumers.signals.processed, 1);

  await server.kill();
  await until("the loss is told", async () => !(await health(service)).nats.connected);
  assert.equal((await health(service)).ok, true);
  assert.equal(await ready(service), 200);
  assert.equal((await service.stop()).code, 0);
});

natsTest("SIGTERM amid events ends without an error", async () => {
  await using folder = await tempFolder();
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  const env = { STATE_DIR: `${folder.path}/state`, NATS_URL: server.url };
  await using service = await Service.start(env);
  await bound(client);
  for (let i = 0; i < 2_000; i++) {
    client.nc.publish("signals.task.synced", JSON.stringify(synced(`u${i}`, 1)));
  }
  await client.nc.flush();
  assert.equal((await service.stop()).code, 0);
  assert.ok(!service.lines.some(({ level }) => level === "error"), JSON.stringify(service.lines));
});
