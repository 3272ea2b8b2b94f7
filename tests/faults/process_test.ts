/**
 * The process as an operator meets it: bad settings, a second one, signals, and what the disk
 * can do to it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { client, post } from "../support/http.ts";
import { planted } from "../support/planted.ts";
import { test } from "../support/scorer.ts";
import { Service, spawnService } from "../support/service.ts";
import { until } from "../support/until.ts";
import { DATABASE } from "../../src/store/deno_kv/open.ts";

const body = (user: string, n = 2) => ({
  user_id: user,
  candidates: Array.from(
    { length: n },
    (_, i) => ({ id: `${i}`, content: planted("content"), source: "s" }),
  ),
});

async function withState(run: (stateDir: string) => Promise<void>): Promise<void> {
  const stateDir = await Deno.makeTempDir({ prefix: "scorer-" });
  try {
    await run(stateDir);
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}

/** Runs the service where it must refuse to start; gives the exit code and what it said. */
async function refused(env: Record<string, string>): Promise<{ code: number; said: string }> {
  const process = spawnService(env, [], "piped");
  const [said, { code }] = await Promise.all([
    new Response(process.stderr).text(),
    process.status,
    process.stdout.cancel(),
  ]);
  return { code, said };
}

test("a bad setting is named, with what would be right, and the exit code is 2", async () => {
  const { code, said } = await refused({ PORT: "eighty", EPSILON: "2", STATE_DIR: "/nowhere" });
  assert.equal(code, 2);
  assert.match(said, /PORT is "eighty"; it must be a whole number from 0 to 65535/);
  assert.match(said, /EPSILON is "2"; it must be a number from 0 to 1/);
});

test("a second process on the same state is refused, and the first goes on", async () => {
  await withState(async (stateDir) => {
    await using service = await Service.start({ STATE_DIR: stateDir });
    const { code, said } = await refused({ STATE_DIR: stateDir });
    assert.equal(code, 2);
    assert.match(said, /in use by another process/);
    await client(service.url).score(body("ada"));
  });
});

test("a port in use is named", async () => {
  await withState(async (stateDir) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const { code, said } = await refused({ STATE_DIR: stateDir, PORT: `${port}` });
    assert.equal(code, 2);
    assert.match(said, /in use/);
  });
});

test("an address that is no one of this machine is named", async () => {
  await withState(async (stateDir) => {
    const { code, said } = await refused({ STATE_DIR: stateDir, HOST: "192.0.2.1" });
    assert.equal(code, 2);
    assert.match(said, /^HOST and PORT name an address that cannot be listened on: [^\n]+\n$/);
  });
});

test("a damaged database is named, and left as it is", async () => {
  await withState(async (stateDir) => {
    const damaged = "no database ".repeat(1000);
    await Deno.writeTextFile(`${stateDir}/${DATABASE}`, damaged);
    const { code, said } = await refused({ STATE_DIR: stateDir });
    assert.equal(code, 2);
    assert.match(said, /damaged/);
    assert.equal(await Deno.readTextFile(`${stateDir}/${DATABASE}`), damaged);
  });
});

test("SIGTERM: what is in flight is answered, new calls are refused, the exit code is 0", async () => {
  await withState(async (stateDir) => {
    await using service = await Service.start({ STATE_DIR: stateDir });
    const { score, stats } = client(service.url);
    await score(body("ada"));
    const inFlight = Array.from({ length: 100 }, (_, i) => score(body(`user-${i % 10}`, 1000)));
    const answered = Promise.allSettled(inFlight);
    await inFlight[0];
    const { code } = await service.stop("SIGTERM");
    assert.equal(code, 0);
    const done = (await answered).filter(({ status }) => status === "fulfilled").length;
    await assert.rejects(stats("ada"));
    assert.ok(service.lines.some(({ message }) => message === "Stopped"));
    assert.ok(!service.lines.some(({ level }) => level === "error"));

    await using again = await Service.start({ STATE_DIR: stateDir });
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, i) => client(again.url).stats(`user-${i}`)),
    );
    const pulls = all.reduce((sum, each) => sum + each.pulls, 0);
    assert.ok(pulls >= done, `${pulls} decisions kept of ${done} answered`);
  });
});

test("SHUTDOWN_DELAY_S: not ready, but serving, until a second signal", async () => {
  await withState(async (stateDir) => {
    await using service = await Service.start({ STATE_DIR: stateDir, SHUTDOWN_DELAY_S: "600" });
    const ready = async () => {
      const response = await fetch(`${service.url}/ready`);
      return { status: response.status, body: await response.json() };
    };
    assert.deepEqual(await ready(), { status: 200, body: { ready: true } });
    Deno.kill(service.pid, "SIGTERM");
    await until("not ready", async () => (await ready()).status === 503);
    assert.deepEqual((await ready()).body, { detail: "The service is shutting down" });
    await client(service.url).score(body("ada"));
    const { code } = await service.stop("SIGTERM");
    assert.equal(code, 0);
  });
});

test("a folder that cannot be written to is named", async () => {
  // Not even root can write there.
  const { code, said } = await refused({ STATE_DIR: "/proc/sys" });
  assert.equal(code, 2);
  assert.match(said, /STATE_DIR \/proc\/sys/);
});

test("an answer to a malformed body shows no stack and no path", async () => {
  await withState(async (stateDir) => {
    await using service = await Service.start({ STATE_DIR: stateDir });
    const { status, body: answer } = await post(`${service.url}/score`, { user_id: 1 });
    assert.equal(status, 422);
    assert.doesNotMatch(JSON.stringify(answer), /\/|at |\.ts/);
  });
});
