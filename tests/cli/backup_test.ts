import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import { openDenoKvStore } from "../../src/store/mod.ts";
import { client } from "../support/http.ts";
import { makeDecision, makeScoreRequest } from "../support/make.ts";
import { Service } from "../support/service.ts";
import { testWith } from "../support/skip.ts";
import { fill, plainUser } from "../support/stored_users.ts";
import { until } from "../support/until.ts";
import { cli, cliProcess, sanitize, tempFolder } from "./harness.ts";

const decisionLogSize = 256;

async function scene() {
  const folder = await tempFolder();
  const stateDir = join(folder.path, "state");
  return {
    ...folder,
    stateDir,
    database: join(stateDir, DATABASE),
    env: { STATE_DIR: stateDir },
    out: join(folder.path, "backup.sqlite3"),
  };
}

const names = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

/** The permissions that the task of the commands has. */
async function taskPermissions(): Promise<string[]> {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  return tasks.cli.command.split(" ").filter((word: string) => word.startsWith("--allow-"));
}

/** Scores and rewards several users until it is stopped; tells what was answered. */
function load(url: string) {
  const api = client(url);
  const answered = new Map<string, { pulls: number; rewards: number }>();
  let running = true;
  const clients = Array.from({ length: 6 }, async (_, i) => {
    const user = `user ${i % 4}`;
    while (running) {
      const { decision_id } = await api.score(makeScoreRequest(user));
      const known = answered.get(user) ?? { pulls: 0, rewards: 0 };
      known.pulls++;
      answered.set(user, known);
      await api.reward({ user_id: user, decision_id, reward: 1 });
      known.rewards++;
    }
  });
  return {
    now: () => structuredClone(answered),
    stop: async () => {
      running = false;
      await Promise.all(clients);
    },
  };
}

Deno.test(
  "under load, with the permissions of the task: what was answered before is in the copy",
  sanitize,
  async () => {
    await using it = await scene();
    const permissions = await taskPermissions();
    await using service = await Service.start({ STATE_DIR: it.stateDir });
    const traffic = load(service.url);
    await until("every user was scored", () => traffic.now().size === 4);
    const file = join(it.path, "users.jsonl");
    const copies: [string[], Map<string, { pulls: number; rewards: number }>][] = [];
    const run = async (...args: string[]) => {
      const before = traffic.now();
      const { code, err } = await cliProcess(["--frozen", ...permissions], args, it.env);
      assert.equal(code, 0, `${args}: ${err}`);
      return before;
    };
    copies.push([["restore", "--from", it.out], await run("backup", "--out", it.out)]);
    copies.push([["import", "--from", file], await run("export", "--out", file)]);
    await run("verify");
    assert.deepEqual(names(it.stateDir).filter((name) => name.startsWith(".")), []);
    for (const command of [["restore", "--from", it.out, "--force"], ["import", "--from", file]]) {
      const { code, err } = await cli(command, it.env);
      assert.equal(code, 2);
      assert.match(err, /in use by another process/);
    }
    await traffic.stop();
    for (const [command, before] of copies) {
      const env = { STATE_DIR: join(it.path, command[0]!) };
      assert.equal((await cli(command, env)).code, 0);
      assert.equal((await cli(["verify"], env)).code, 0);
      await using restored = await Service.start(env);
      for (const [user, { pulls, rewards }] of before) {
        const stats = await client(restored.url).stats(user);
        assert.ok(stats.pulls >= pulls && stats.reward_count >= rewards, `${command}: ${user}`);
      }
    }
  },
);

Deno.test("after kill -9 under load all is well, and can be backed up", sanitize, async () => {
  await using it = await scene();
  for (let round = 0; round < 3; round++) {
    await using service = await Service.start({ STATE_DIR: it.stateDir });
    const traffic = load(service.url);
    const enough = 100 * (round + 1);
    await until(
      "there is something to lose",
      () => [...traffic.now().values()].some(({ pulls }) => pulls > enough / 4),
    );
    const stopped = traffic.stop().catch(() => {}); // its connections break
    await service.stop("SIGKILL");
    await stopped;
    const { code, out } = await cli(["verify"], it.env);
    assert.equal(code, 0, out);
    assert.match(out, /^4 users, \d+ decisions, 0 prompt versions: all is well$/);
  }
  assert.equal((await cli(["backup", "--out", it.out], it.env)).code, 0);
  assert.equal((await cli(["verify", "--from", it.out], it.env)).code, 0);
});

Deno.test("a backup is one file, closed to others, and replaces nothing", sanitize, async () => {
  await using it = await scene();
  await fill(it.stateDir, [plainUser("ada", 3)]);
  const { code, out } = await cli(["backup", "--out", it.out, "--json"], it.env);
  const { size, mode } = await Deno.stat(it.out);
  assert.deepEqual([code, JSON.parse(out)], [0, { out: it.out, bytes: size }]);
  assert.equal(mode! & 0o777, 0o600);
  assert.deepEqual(names(it.path), ["backup.sqlite3", "state"]);
  const again = await cli(["backup", "--out", it.out], it.env);
  assert.deepEqual([again.code, again.out], [2, ""]);
  assert.match(again.err, /exists/);
  assert.equal((await cli(["backup", "--out", "/no/such/file"], it.env)).code, 2);
  assert.equal((await cli(["backup"], it.env)).code, 2);
  assert.equal((await cli(["backup", "--out", `${it.out}2`], { STATE_DIR: "/no/such" })).code, 2);
  // It can be read where nothing can be written.
  await Deno.chmod(it.out, 0o400);
  using database = new DatabaseSync(it.out, { readOnly: true });
  assert.equal(database.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "delete");
});

Deno.test("what a killed command left behind goes with the next one", sanitize, async () => {
  await using it = await scene();
  await fill(it.stateDir, [plainUser("ada", 1)]);
  const left = join(it.stateDir, ".tip-scorer-left");
  await Deno.mkdir(left);
  await Deno.writeTextFile(join(left, "lock"), "");
  const inUse = join(it.stateDir, ".tip-scorer-used");
  await Deno.mkdir(inUse);
  using lock = await Deno.open(join(inUse, "lock"), { create: true, write: true });
  await lock.lock(true);
  assert.equal((await cli(["verify"], it.env)).code, 0);
  assert.deepEqual(names(it.stateDir).filter((name) => name.startsWith(".")), [".tip-scorer-used"]);
});

Deno.test("a signal takes the copy with it", sanitize, async () => {
  await using it = await scene();
  await fill(it.stateDir, Array.from({ length: 300 }, (_, i) => plainUser(`user-${i}`, 256)));
  const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...await taskPermissions(), main, "export"],
    env: it.env,
    stdout: "piped", // and not read, so that it does not end
    stderr: "null",
  }).spawn();
  const temporary = () => names(it.stateDir).filter((name) => name.startsWith(".tip-scorer-"));
  const reader = process.stdout.getReader();
  await reader.read(); // the header: the copy is open
  assert.equal(temporary().length, 1);
  process.kill("SIGINT");
  await until("the copy is gone", () => temporary().length === 0);
  await reader.cancel();
  assert.equal((await process.status).code, 130);
});

Deno.test(
  "a restore keeps the old database, and nothing of it gets into the new",
  sanitize,
  async () => {
    await using it = await scene();
    await fill(it.stateDir, [plainUser("ada", 3), plainUser("bob", 2)]);
    await cli(["backup", "--out", it.out], it.env);
    // As a killed service leaves it: the last writes are in the log alone.
    await using service = await Service.start({ STATE_DIR: it.stateDir });
    await client(service.url).score(makeScoreRequest("eve"));
    await client(service.url).score(makeScoreRequest("ada"));
    await service.stop("SIGKILL");
    assert.ok((await Deno.stat(`${it.database}-wal`)).size > 0);

    const refused = await cli(["restore", "--from", it.out], it.env);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /exists; --force keeps it/);
    const { code, out } = await cli(["restore", "--from", it.out, "--force", "--json"], it.env);
    assert.equal(code, 0);
    const { old } = JSON.parse(out);
    assert.match(old, /scorer\.sqlite3\.\d{8}T\d{6}Z\.bak$/);
    const users = async (env: Record<string, string>, ...from: string[]) => {
      const verified = await cli(["verify", ...from, "--json"], env);
      assert.equal(verified.code, 0, verified.out);
      const { users, decisions } = JSON.parse(verified.out);
      return [users, decisions];
    };
    assert.deepEqual(await users(it.env), [2, 5]);
    assert.deepEqual(await users(it.env, "--from", old), [3, 7]);
  },
);

Deno.test("a log that lies there without its database is not applied", sanitize, async () => {
  await using it = await scene();
  await fill(it.stateDir, [plainUser("ada", 3)]);
  await cli(["backup", "--out", it.out], it.env);
  await using service = await Service.start({ STATE_DIR: it.stateDir });
  await client(service.url).score(makeScoreRequest("eve"));
  await service.stop("SIGKILL");
  await Deno.remove(it.database);
  assert.deepEqual(
    names(it.stateDir).filter((name) => name.endsWith("-wal")),
    [`${DATABASE}-wal`],
  );
  assert.equal((await cli(["restore", "--from", it.out], it.env)).code, 0);
  await using store = await openDenoKvStore({ directory: it.stateDir, decisionLogSize });
  assert.deepEqual([(await store.load("ada")).version, (await store.load("eve")).version], [4, 0]);
});

Deno.test(
  "a damaged, foreign or newer backup is refused, and the state stays",
  sanitize,
  async () => {
    await using it = await scene();
    await fill(it.stateDir, [plainUser("ada", 3)]);
    await cli(["backup", "--out", it.out], it.env);
    const good = await Deno.readFile(it.out);
    const before = await Deno.readFile(it.database);
    const files = names(it.stateDir);
    const refused = async (content: Uint8Array, reason: RegExp) => {
      await Deno.writeFile(it.out, content);
      const { code, out, err } = await cli(["restore", "--from", it.out, "--force"], it.env);
      assert.notEqual(code, 0);
      assert.equal(out, "");
      assert.match(err, reason);
      assert.deepEqual(await Deno.readFile(it.database), before);
      assert.deepEqual(names(it.stateDir), files);
    };
    await refused(new TextEncoder().encode("no database ".repeat(999)), /not a database/);
    await refused(new Uint8Array(), /holds no state of this service/);
    await refused(good.slice(0, good.length - 4096), /malformed|damaged/);
    const damaged = good.slice();
    damaged.fill(0xff, 4096 * 2, 4096 * 2 + 200);
    await refused(damaged, /malformed|damaged/);
    await Deno.writeFile(it.out, good);
    {
      using kv = await Deno.openKv(it.out);
      await kv.set(["format"], 2);
    }
    await refused(await Deno.readFile(it.out), /has format 2/);
  },
);

testWith(
  {
    command: "unshare",
    args: ["-rm", "true"],
    why: "unshare -rm is not allowed here, so that no small disk can be made",
  },
  "a full disk: no backup, no leftovers, and the service goes on",
  async () => {
    await using it = await scene();
    await fill(it.stateDir, Array.from({ length: 60 }, (_, i) => plainUser(`user-${i}`, 256)));
    const disk = join(it.path, "disk");
    await Deno.mkdir(disk);
    const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
    const script = 'mount -t tmpfs -o size=256k none "$0" && "$@"; code=$?; ls -A "$0"; exit $code';
    for (const command of ["backup", "export"]) {
      const { code, stdout, stderr } = await new Deno.Command("unshare", {
        args: [
          ...["-rm", "sh", "-c", script, disk, Deno.execPath(), "run", "--quiet"],
          ...await taskPermissions(),
          ...[main, command, "--out", join(disk, "out"), "--state-dir", it.stateDir],
        ],
        stdout: "piped",
        stderr: "piped",
      }).output();
      const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert.deepEqual([code, out], [1, ""], err);
      assert.match(err!, /full|No space left/);
      assert.doesNotMatch(err!, /\bat .*\.ts/);
    }
    await using store = await openDenoKvStore({ directory: it.stateDir, decisionLogSize });
    await store.commit("user-0", 257, { decision: makeDecision(257) });
  },
);
