/**
 * The disk stalls under a running service: what may wait waits, the rest is refused at once, and
 * all is well again when the disk is.
 *
 * @module
 */
import assert from "node:assert/strict";
import { inDirectory } from "../support/directory.ts";
import { client } from "../support/http.ts";
import { Service } from "../support/service.ts";
import { testWith } from "../support/skip.ts";
import { until } from "../support/until.ts";

const MAX_WAITING = 40;
const CALLS = 400;
const USERS = 7;

const body = (user: number) => ({
  user_id: `user-${user}`,
  candidates: [{ id: "t", content: "c", source: "s" }],
});

/** A disk on which nothing that is flushed arrives, for as long as it is held. */
function stallDisk(pid: number): AsyncDisposable & { readonly stalled: Promise<void> } {
  const process = new Deno.Command("strace", {
    args: ["-f", "-p", `${pid}`, "-e", "trace=fsync,fdatasync", "-o", "/dev/null"].concat(
      ["-e", "inject=fsync,fdatasync:delay_enter=600000000"],
    ),
    stderr: "piped",
  }).spawn();
  const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  return {
    stalled: reader.read().then(({ value }) => assert.match(value ?? "", /attached/)),
    async [Symbol.asyncDispose]() {
      process.kill("SIGINT");
      await reader.cancel();
      await process.status;
    },
  };
}

const STRACE = {
  command: "strace",
  args: ["-qq", "-o", "/dev/null", "true"],
  why: "strace is not installed or not allowed (Debian: apt-get install strace)",
};

testWith(STRACE, "a disk that stalls: the bound holds, /ready tells, and it recovers", async () => {
  await inDirectory(async (stateDir) => {
    const env = { STATE_DIR: stateDir, MAX_WAITING: `${MAX_WAITING}` };
    await using service = await Service.start(env);
    const api = client(service.url);
    for (let user = 0; user < USERS; user++) await api.score(body(user));
    const ready = async () => {
      const response = await fetch(`${service.url}/ready`);
      await response.body?.cancel();
      return response.status;
    };
    const score = async (user: number) => {
      const response = await fetch(`${service.url}/score/egreedy`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body(user)),
      });
      return { response, body: await response.json() };
    };

    let refused = 0;
    let waiting: Promise<number[]>;
    {
      await using disk = stallDisk(service.pid);
      await disk.stalled;
      const calls = Array.from({ length: CALLS }, async (_, i) => {
        const { response, body } = await score(i % USERS);
        if (response.status === 503) {
          refused++;
          assert.equal(response.headers.get("retry-after"), "1");
          assert.deepEqual(body, { detail: "Too many calls wait for the store; try again" });
        }
        return response.status;
      });
      waiting = Promise.all(calls);
      await until(() => `${refused} were refused`, () => refused === CALLS - MAX_WAITING);
      assert.equal(await ready(), 503);
      // What needs no write is served all the same.
      assert.equal((await fetch(`${service.url}/health`).then((r) => r.json())).ok, true);
    }
    const statuses = await waiting;
    assert.equal(statuses.filter((status) => status === 200).length, MAX_WAITING);
    assert.equal(await ready(), 200);
    assert.equal((await score(0)).response.status, 200);
    const stats = await Promise.all(
      Array.from({ length: USERS }, (_, user) => api.stats(`user-${user}`)),
    );
    const pulls = stats.reduce((sum, each) => sum + each.pulls, 0);
    assert.equal(pulls, USERS + MAX_WAITING + 1);
  });
});
