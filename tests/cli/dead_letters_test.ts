import assert from "node:assert/strict";
import { natsTest } from "../support/nats_server.ts";
import { SIGNALS, started, synced } from "../events/harness.ts";
import { test } from "../support/scorer.ts";
import { cli, cliProcess } from "./harness.ts";

const lines = (out: string) => out.split("\n").filter(Boolean).map((line) => JSON.parse(line));

natsTest("dead letters are listed, shown, replayed and purged", async () => {
  await using run = await started();
  const { server, client } = run;
  const env = { NATS_URL: server.url };
  const command = (...args: string[]) => cli(["dead-letters", ...args], env);
  assert.deepEqual(await command("list"), { code: 0, out: "", err: "" });

  const size = client.nc.info!.max_payload;
  await client.publish("signals.task.synced", "{");
  await client.publish("signals.task.synced", new Uint8Array([0xff, 1]));
  await client.publish("signals.task.synced", "x".repeat(size));
  await client.settled("signals", SIGNALS);

  const all = lines((await command("list", "--json")).out);
  assert.deepEqual(all.map(({ name }) => name).sort(), ["signals.1", "signals.2", "signals.3"]);
  assert.equal(all[0].subject, "signals.task.synced");
  assert.equal(all[0].deliveries, 3);
  assert.match(
    (await command("list", "signals.1")).out,
    /^signals\.1 {2}signals\.task\.synced {2}/,
  );
  const show = async (name: string) => lines((await command("show", name, "--json")).out)[0];
  assert.equal((await show("signals.1")).payload, "{");
  assert.equal((await show("signals.2")).payload_base64, "/wE=");
  assert.equal((await show("signals.3")).payload, "x".repeat(size));
  assert.match((await command("show", "signals.1")).out, /^reason: .*\n[^]*^payload: \{$/m);

  // Nothing was put right, so they come back as other messages.
  assert.deepEqual(await command("replay", "--all"), { code: 0, out: "replayed 3", err: "" });
  await client.settled("signals", SIGNALS);
  const again = lines((await command("list", "--json")).out).map(({ name }) => name).sort();
  assert.deepEqual(again, ["signals.4", "signals.5", "signals.6"]);

  const purged = await command("purge", "signals.4", "signals.1", "--json");
  assert.deepEqual(purged, {
    code: 1,
    out: '{"purged":1,"missing":["signals.1"]}',
    err: "There is no dead letter signals.1",
  });
  assert.equal((await command("purge", "--all")).out, "purged 2");
  assert.deepEqual(await client.messages("dead-letters"), []);
  assert.equal((await command("show", "signals.4")).code, 1);
});

natsTest("a replayed event that is valid by now is handled", async () => {
  await using run = await started();
  const { server, client, store } = run;
  const { HEADERS, subjectOf } = await import("../../src/events/dead_letters.ts");
  const { headers } = await import("@nats-io/nats-core");
  const header = headers();
  header.set(HEADERS.subject, "signals.task.synced");
  const js = (await client.jsm()).jetstream();
  const payload = JSON.stringify(synced("ada", 3));
  await js.publish(subjectOf("signals", 9), payload, { headers: header });
  const env = { NATS_URL: server.url };
  assert.equal((await cli(["dead-letters", "replay", "signals.9"], env)).code, 0);
  await client.settled("signals", SIGNALS);
  assert.equal((await store.getSync("ada"))?.taskCount, 3);
});

test("calls that cannot begin say why", async () => {
  const calls: [args: string[], env: Record<string, string>, why: RegExp][] = [
    [[], {}, /none of list, show, replay, purge/],
    [["toString"], {}, /none of list/],
    [["list"], {}, /NATS_URL is not set/],
    [["show"], {}, /Give names/],
    [["purge", "--all", "signals.1"], {}, /Give names/],
    [["purge", "*.*"], {}, /not like signals\.17/],
    [["list"], { NATS_URL: "nats://127.0.0.1:1" }, /NATS cannot be used/],
  ];
  for (const [args, env, why] of calls) {
    const { code, out, err } = await cli(["dead-letters", ...args], env);
    assert.deepEqual([code, out], [2, ""], args.join(" "));
    assert.match(err, why);
  }
});

natsTest("the task's permissions are enough", async () => {
  await using run = await started();
  const project = new URL("../../deno.json", import.meta.url);
  const { tasks } = JSON.parse(await Deno.readTextFile(project));
  const permissions = tasks.cli.command.split(" ").filter((word: string) => /^--allow/.test(word));
  const env = { NATS_URL: run.server.url };
  const { code, err } = await cliProcess(permissions, ["dead-letters", "list"], env);
  assert.deepEqual([code, err], [0, ""]);
});
