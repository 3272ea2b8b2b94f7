import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import { ignoreStrayErrors } from "../../src/events/stray_errors.ts";
import { connectionOptions } from "../../src/events/connection.ts";
import { inDirectory } from "../support/directory.ts";
import { freePort, NatsServer, natsTest } from "../support/nats_server.ts";
import { Service } from "../support/service.ts";
import { until } from "../support/until.ts";
import { tempFolder } from "../cli/harness.ts";
import { read } from "./files.ts";

const TOKEN = "ofTheTest";

natsTest("deploy/nats.conf: JetStream on disk, for those who have the token", async () => {
  // The folder of the container becomes the test's; a flag beside it would be refused.
  await using folder = await tempFolder();
  const text = read("nats.conf");
  assert.match(text, /^ {2}store_dir: \/data$/m);
  await Deno.writeTextFile(`${folder.path}/nats.conf`, text.replace("store_dir: /data", ""));
  await using server = await NatsServer.make();
  const monitoring = freePort();
  const flags = ["--config", `${folder.path}/nats.conf`, "--http_port", String(monitoring)];
  await server.start(flags, { NATS_TOKEN: TOKEN });
  const health = await fetch(`http://127.0.0.1:${monitoring}/healthz`);
  assert.deepEqual([health.status, await health.json()], [200, { status: "ok" }]);
  ignoreStrayErrors(); // this process is a client, too
  await assert.rejects(connect({ servers: server.url, timeout: 2000 }), /uthorization/);
  const url = server.url.replace("//", `//${TOKEN}@`);
  const { isWebSocket: _, ...options } = connectionOptions(url);
  const nc = await connect({ ...options, timeout: 2000 });
  await nc.close();
  await inDirectory(async (stateDir) => {
    await using service = await Service.start({ STATE_DIR: stateDir, NATS_URL: url });
    await until("the consumers are there", async () => {
      const { nats } = await (await fetch(`${service.url}/health`)).json();
      return nats.connected;
    });
    assert.equal((await service.stop("SIGTERM")).code, 0);
  });
});
