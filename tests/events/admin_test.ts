/**
 * Erasures and dead letters through the front door: the service as a process, a real nats-server.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  DeadLetterResponse,
  DeadLettersResponse,
  PurgeResponse,
  ReplayResponse,
} from "../../src/contract/mod.ts";
import { tempFolder } from "../cli/harness.ts";
import { client as scorerClient } from "../support/http.ts";
import { NatsClient, NatsServer, natsTest } from "../support/nats_server.ts";
import { rawRows, rowsWith } from "../support/raw_rows.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";
import { until } from "../support/until.ts";
import { bound, SIGNALS, synced } from "./harness.ts";

const TOKEN = "an-operator-of-the-tests";
const authorization = `Bearer ${TOKEN}`;

/** A call of an operator. */
async function call({ url }: Service, method: string, path: string) {
  const response = await fetch(url + path, { method, headers: { authorization } });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

/** The service over a server that runs, its consumers bound. */
async function started() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder());
  const server = stack.use(await NatsServer.start());
  const client = stack.use(await NatsClient.open(server));
  const stateDir = `${folder.path}/state`;
  const env = { STATE_DIR: stateDir, NATS_URL: server.url, ADMIN_TOKEN: TOKEN };
  const service = stack.use(await Service.start(env));
  await bound(client);
  return { server, client, service, stateDir, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

natsTest("dead letters are listed by pages, shown, replayed and removed over HTTP", async () => {
  await using run = await started();
  const { server, client, service } = run;
  const page = async (query = "") =>
    DeadLettersResponse.parse((await call(service, "GET", `/admin/dead-letters${query}`)).body);
  assert.deepEqual(await page(), { letters: [], next: null });

  const size = client.nc.info!.max_payload;
  const payloads = ["{", new Uint8Array([0xff, 1]), "x".repeat(size), "[]", "null"];
  for (const payload of payloads) await client.publish("signals.task.synced", payload);
  await client.settled("signals", SIGNALS);
  const all = await page();
  assert.equal(all.next, null);
  const names = all.letters.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [1, 2, 3, 4, 5].map((n) => `signals.${n}`));
  assert.equal(all.letters[0]!.subject, "signals.task.synced");

  // By pages, though what was shown is removed meanwhile.
  const paged: string[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const { letters, next }: DeadLettersResponse = await page(`?limit=2&after=${after}`);
    assert.ok(letters.length <= 2);
    paged.push(...letters.map(({ name }) => name));
    if (letters[0]?.name === names[0]) {
      await call(service, "DELETE", `/admin/dead-letters/${names[1]}`);
    }
    after = next;
  }
  assert.deepEqual(paged, names);
  assert.equal((await page("?limit=4")).next, null); // as many as there are

  const kept = names.filter((name) => name !== names[1]);
  for (const name of kept) {
    const { body } = await call(service, "GET", `/admin/dead-letters/${name}`);
    const [letter, ...more] = DeadLetterResponse.parse(body).letters;
    assert.deepEqual(more, []);
    const payload = payloads[Number(name.split(".")[1]) - 1]!;
    if (typeof payload === "string") assert.equal(letter?.payload, payload);
    else assert.equal(letter?.payload_base64, payload.toBase64());
  }

  const path = `/admin/dead-letters/${kept[0]}`;
  const replayed = await call(service, "POST", `${path}/replay`);
  assert.deepEqual(ReplayResponse.parse(replayed.body), { replayed: 1 });
  await client.settled("signals", SIGNALS);
  // It was not put right, so it came back as another.
  const now = (await page()).letters.map(({ name }) => name);
  assert.deepEqual(now, [...kept.slice(1), "signals.6"]);
  for (const [method, action] of [["GET", ""], ["DELETE", ""], ["POST", "/replay"]] as const) {
    const { status, body } = await call(service, method, path + action);
    assert.deepEqual([status, body], [404, { detail: `There is no dead letter ${kept[0]}` }]);
  }
  const purged = await call(service, "DELETE", "/admin/dead-letters/signals.6");
  assert.deepEqual(PurgeResponse.parse(purged.body), { purged: 1 });
  assert.equal((await page()).letters.length, 3);

  await server.kill();
  await until("the loss is told", async () => {
    const { status, body, headers } = await call(service, "GET", "/admin/dead-letters");
    if (status === 200) return false;
    assert.deepEqual([status, headers.get("retry-after")], [503, "1"]);
    assert.deepEqual(body, { detail: "NATS is not available; try again" });
    return true;
  });
  await server.start();
  await until(
    "NATS is back",
    async () => (await call(service, "GET", "/admin/dead-letters")).status === 200,
  );
  assert.equal((await page()).letters.length, 3);
  assert.equal((await service.stop()).code, 0);
});

natsTest("a stream made anew gives two letters one name; both are shown and removed", async () => {
  await using run = await started();
  const { client, service } = run;
  const { HEADERS, subjectOf } = await import("../../src/events/dead_letters.ts");
  const { headers } = await import("@nats-io/nats-core");
  const js = (await client.jsm()).jetstream();
  for (const time of ["2026-01-01", "2026-02-02"]) {
    const header = headers();
    header.set(HEADERS.subject, "signals.task.synced");
    header.set(HEADERS.firstTime, time);
    await js.publish(subjectOf("signals", 9), time, { headers: header });
  }
  const { body } = await call(service, "GET", "/admin/dead-letters/signals.9");
  const { letters } = DeadLetterResponse.parse(body);
  assert.deepEqual(letters.map(({ payload }) => payload), ["2026-01-01", "2026-02-02"]);
  const purged = await call(service, "DELETE", "/admin/dead-letters/signals.9");
  assert.deepEqual(purged.body, { purged: 2 });
});

natsTest("an erased user is gone, and an older sync is kept again", async () => {
  await using run = await started();
  const { client, service, stateDir } = run;
  const api = scorerClient(service.url);
  const candidates = [{ id: "planted-tip", content: "c", source: "s" }];
  const publish = async (user: string, count: number, ts: string) => {
    await client.publish("signals.task.synced", synced(user, count, ts));
    await client.settled("signals", SIGNALS);
  };
  const sync = async (user: string) => await (await fetch(`${service.url}/sync/${user}`)).json();
  for (const user of ["gone-user", "stays"]) {
    const { decision_id } = await api.score({ user_id: user, candidates });
    await api.reward({ user_id: user, decision_id, reward: 1 });
    await publish(user, 7, "2026-11-21T10:00:00Z");
    assert.equal((await sync(user)).task_count, 7);
  }
  for (let i = 0; i < 2; i++) { // it may come again
    const { status, body } = await call(service, "DELETE", "/admin/users/gone-user");
    assert.deepEqual([status, body], [200, { ok: true }]);
  }
  const { pulls, reward_count } = await api.stats("gone-user");
  assert.deepEqual([pulls, reward_count, await api.history("gone-user")], [0, 0, []]);
  assert.deepEqual(await sync("gone-user"), { detail: "No sync of this user" });
  const rows = await rawRows(stateDir);
  assert.deepEqual(rowsWith(rows, "gone-user"), []);
  assert.equal(rowsWith(rows, "planted-tip").length, 1);
  assert.equal((await api.stats("stays")).reward_count, 1);
  assert.equal((await sync("stays")).task_count, 7);

  await publish("gone-user", 3, "2026-11-20T10:00:00Z");
  await publish("stays", 3, "2026-11-20T10:00:00Z");
  assert.deepEqual([(await sync("gone-user")).task_count, (await sync("stays")).task_count], [
    3,
    7,
  ]);
  assert.equal((await service.stop()).code, 0);
});

test("without NATS_URL dead letters are a 503 that says so, and users can be erased", async () => {
  await using folder = await tempFolder();
  const env = { STATE_DIR: `${folder.path}/state`, ADMIN_TOKEN: TOKEN };
  await using service = await Service.start(env);
  const { status, body } = await call(service, "GET", "/admin/dead-letters");
  assert.deepEqual([status, body], [503, { detail: "NATS_URL is not set: there are no events" }]);
  assert.equal((await call(service, "DELETE", "/admin/users/nobody")).status, 200);
});
