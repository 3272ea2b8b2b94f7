/**
 * What the disk can do: fill up, turn read-only, and hold a write back until it is safe.
 *
 * @module
 */
import assert from "node:assert/strict";
import { client, post } from "../support/http.ts";
import { planted } from "../support/planted.ts";
import { testWith } from "../support/skip.ts";
import { Service, spawnService } from "../support/service.ts";

const NAMESPACES = {
  command: "unshare",
  args: ["-rm", "true"],
  why: "unshare -rm is not allowed here, so that no small disk can be made",
};
const STRACE = {
  command: "strace",
  args: ["-o", "/dev/null", "true"],
  why: "strace is not installed or not allowed (Debian: apt-get install strace)",
};

const score = (user: string) => ({
  user_id: user,
  candidates: Array.from({ length: 200 }, (_, i) => ({
    id: `tip-${i}`,
    content: planted("content"),
    source: "s",
  })),
});

/** The service with its state on a disk of 4 MB of its own, of which a ballast takes a half. */
async function onSmallDisk(
  run: (service: Service, disk: string) => Promise<void>,
): Promise<void> {
  const mountPoint = await Deno.makeTempDir({ prefix: "scorer-" });
  try {
    const script =
      'mount -t tmpfs -o size=4m none "$0" && head -c 2000000 /dev/zero > "$0/ballast"' +
      ' && exec "$@"';
    await using service = await Service.start({ STATE_DIR: `${mountPoint}/state` }, [], [
      "unshare",
      "-rm",
      "sh",
      "-c",
      script,
      mountPoint,
    ]);
    await run(service, `/proc/${service.pid}/root${mountPoint}`);
  } finally {
    await Deno.remove(mountPoint, { recursive: true });
  }
}

testWith(NAMESPACES, "a full disk: 503, nothing lost, and it recovers by itself", async () => {
  await onSmallDisk(async (service, disk) => {
    const api = client(service.url);
    const answered = new Map<string, { pulls: number; rewards: number }>();
    const statuses = new Set<number>();
    const call = async (n: number, what: "pulls" | "rewards") => {
      const user = `user-${n % 20}`;
      const known = answered.get(user) ?? { pulls: 0, rewards: 0 };
      const { status, body } = what === "pulls"
        ? await post(`${service.url}/score/egreedy`, score(user))
        : await post(`${service.url}/reward/egreedy`, {
          user_id: user,
          tip_id: "t",
          reward: 1,
          features: {},
        });
      statuses.add(status);
      if (status === 200) answered.set(user, { ...known, [what]: known[what] + 1 });
      else assert.match(JSON.stringify(body), /^{"detail":"/);
      return status;
    };
    let n = 0;
    while (await call(n++, "pulls") === 200) assert.ok(n < 5000, "the disk never filled up");
    for (let more = 0; more < 40; more++) await call(n++, more % 2 ? "pulls" : "rewards");
    assert.deepEqual([...statuses].toSorted(), [200, 503]);

    const check = async (extra: number) => {
      for (const [user, { pulls, rewards }] of answered) {
        const stats = await api.stats(user);
        assert.deepEqual([stats.pulls, stats.reward_count], [pulls + extra, rewards]);
      }
    };
    await check(0);
    await Deno.remove(`${disk}/ballast`);
    for (const user of answered.keys()) await api.score(score(user));
    await check(1);
  });
});

testWith(NAMESPACES, "a folder on a read-only disk is named, and the exit code is 2", async () => {
  const mountPoint = await Deno.makeTempDir({ prefix: "scorer-" });
  try {
    const script = 'mount -t tmpfs -o ro none "$0" && exec "$@"';
    const wrapper = ["unshare", "-rm", "sh", "-c", script, mountPoint];
    const process = spawnService({ STATE_DIR: `${mountPoint}/state` }, [], "piped", wrapper);
    const [said, { code }] = await Promise.all([
      new Response(process.stderr).text(),
      process.status,
      process.stdout.cancel(),
    ]);
    assert.equal(code, 2);
    assert.match(said, /STATE_DIR .* cannot be made: Read-only file system/);
  } finally {
    await Deno.remove(mountPoint, { recursive: true });
  }
});

testWith(STRACE, "every answer to a write comes after an fsync that came after it", async () => {
  const directory = await Deno.makeTempDir({ prefix: "scorer-" });
  const trace = `${directory}/trace`;
  try {
    await using service = await Service.start({ STATE_DIR: `${directory}/state` }, [], [
      "strace",
      "-D", // so that signals go to the service itself
      "-f",
      "-qq",
      "-e",
      "trace=fsync,fdatasync,recvfrom,read,sendto,write,writev,sendmsg",
      "-s",
      "40",
      "-o",
      trace,
    ]);
    const api = client(service.url);
    const { decision_id } = await api.score(score("ada"));
    await api.reward({ user_id: "ada", decision_id, reward: 1 });
    await api.score(score("bob"));
    await api.reward({ user_id: "bob", tip_id: "t", reward: 1, features: {} }, "key");
    await service.stop("SIGTERM");
    const lines = (await Deno.readTextFile(trace)).split("\n");
    let synced = false;
    let answers = 0;
    for (const line of lines) {
      if (/"POST \/(score|reward)/.test(line)) synced = false;
      if (/f(data)?sync.*= 0/.test(line)) synced = true;
      if (/"HTTP\/1\.1 200/.test(line)) {
        answers++;
        assert.ok(synced, `an answer without an fsync before it: ${line}`);
      }
    }
    assert.equal(answers, 4, "the trace does not show the four answers");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
