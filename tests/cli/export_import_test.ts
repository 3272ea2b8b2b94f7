import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { PromptCounts } from "../../src/bandit/prompt_counts.ts";
import { openBulkStore } from "../../src/store/deno_kv/bulk.ts";
import { openDenoKvStore } from "../../src/store/mod.ts";
import type { StoredUser } from "../../src/store/stored_user.ts";
import { makeDecision } from "../support/make.ts";
import { fill, plainUser, storedUsers } from "../support/stored_users.ts";
import { cli, sanitize, tempFolder } from "./harness.ts";

const decisionLogSize = 256;

/** Folders for the state of two instances, and a file between them. */
async function scene() {
  const folder = await tempFolder();
  const [a, b] = ["a", "b"].map((name) => ({ STATE_DIR: join(folder.path, name) }));
  return { ...folder, a: a!, b: b!, file: join(folder.path, "users.jsonl") };
}

const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");
const exportOf = async (env: Record<string, string>) => {
  const { code, out, err } = await cli(["export"], env);
  assert.equal(code, 0, err);
  return linesOf(out).slice(1); // the header tells the time
};
const loadAll = async (directory: string, users: readonly StoredUser[]) => {
  await using store = await openBulkStore({ directory, decisionLogSize });
  return await Promise.all(users.map(({ user }) => store.load(user)));
};

const PROMPTS: PromptCounts = {
  shown: 3,
  rewarded: 2,
  rewardSum: 0.1 + 0.2,
  reactions: { done: 1, helpful: 0, snooze: 0, not_helpful: 0, dismiss: 0, other: 1 },
  models: Object.fromEntries([["__proto__", 1], ["gpt", 2]]),
};

Deno.test(
  "any users come back exactly, and a second import changes nothing",
  sanitize,
  async () => {
    await fc.assert(
      fc.asyncProperty(storedUsers, async (users) => {
        await using it = await scene();
        await fill(it.a.STATE_DIR, users);
        const { code, err } = await cli(["export", "--out", it.file], it.a);
        assert.deepEqual([code, err], [0, ""]);
        for (const outcome of ["imported", "unchanged"]) {
          const { out } = await cli(["import", "--from", it.file, "--json"], it.b);
          assert.equal(JSON.parse(out).users[outcome], users.length);
        }
        assert.deepEqual(await loadAll(it.b.STATE_DIR, users), users);
        assert.deepEqual(await exportOf(it.b), await exportOf(it.a));
      }),
      { numRuns: 15 },
    );
  },
);

Deno.test("counts by prompt version, syncs and the journal come along", sanitize, async () => {
  await using it = await scene();
  {
    await using store = await openBulkStore({ directory: it.a.STATE_DIR, decisionLogSize });
    await store.replacePromptCounts("v1", PROMPTS);
    await store.replacePromptCounts("(other)", PROMPTS);
  }
  {
    await using store = await openDenoKvStore({ directory: it.a.STATE_DIR, decisionLogSize });
    for (let number = 1; number <= 5; number++) {
      await store.commit("journaled", number - 1, { decision: makeDecision(number) });
    }
    await store.putSync("synced", { lastSyncTs: "t", taskCount: 1 });
  }
  await Deno.writeTextFile(it.file, (await cli(["export"], it.a)).out);
  const { code, out } = await cli(["import", "--from", it.file], it.b);
  assert.equal(code, 0);
  assert.match(out, /^Users: 2 imported, .*\nPrompt versions: 2 imported, /);
  assert.deepEqual(await exportOf(it.b), await exportOf(it.a));
  await using store = await openDenoKvStore({ directory: it.b.STATE_DIR, decisionLogSize });
  assert.equal((await store.load("journaled")).newest?.number, 5);
  assert.deepEqual((await store.promptCounts()).get("v1"), PROMPTS);
});

Deno.test("a user who is here is kept, and replaced by --force", sanitize, async () => {
  await using it = await scene();
  const theirs = [plainUser("ada", 4), plainUser("bob", 1)];
  const ours = [plainUser("ada", 9)];
  await fill(it.a.STATE_DIR, theirs);
  await fill(it.b.STATE_DIR, ours);
  await cli(["export", "--out", it.file], it.a);
  const dry = await cli(["import", "--from", it.file, "--force", "--dry-run"], it.b);
  assert.match(dry.out, /^Users: 2 would be imported/);
  assert.deepEqual(await loadAll(it.b.STATE_DIR, theirs), [ours[0], undefined]);
  const kept = await cli(["import", "--from", it.file], it.b);
  assert.match(kept.out, /^Users: 1 imported, 0 unchanged, 1 kept/);
  assert.deepEqual(await loadAll(it.b.STATE_DIR, theirs), [ours[0], theirs[1]]);
  const forced = await cli(["import", "--from", it.file, "--force"], it.b);
  assert.match(forced.out, /^Users: 1 imported, 1 unchanged, 0 kept/);
  assert.deepEqual(await loadAll(it.b.STATE_DIR, theirs), theirs);
});

Deno.test("a dry run where nothing is leaves no trace", sanitize, async () => {
  await using it = await scene();
  await fill(it.a.STATE_DIR, [plainUser("ada", 1)]);
  await cli(["export", "--out", it.file], it.a);
  const { code, out } = await cli(["import", "--from", it.file, "--dry-run"], it.b);
  assert.equal(code, 0);
  assert.match(out, /^Users: 1 would be imported/);
  await assert.rejects(Deno.lstat(it.b.STATE_DIR), Deno.errors.NotFound);
});

Deno.test(
  "a damaged line is told by its number, and the others are imported",
  sanitize,
  async () => {
    await using it = await scene();
    await fill(it.a.STATE_DIR, ["a", "b", "c", "d", "e", "f"].map((id) => plainUser(id, 1)));
    const lines = linesOf((await cli(["export"], it.a)).out);
    const model = { A: Array(15).fill(1), b: Array(5).fill(0), reward_count: 1 };
    const { record } = JSON.parse(lines[3]!);
    const singular = { ...model, cumulative_reward: 0, last_updated: null };
    record.models = { "linucb-v1": singular };
    lines[1] = lines[1]!.slice(0, -9);
    lines[2] = lines[2]!.replace('"exploring":false', '"exploring":"no"');
    lines[3] = JSON.stringify({ ...JSON.parse(lines[3]!), record });
    lines[4] = lines[4]!.replace('"d"', '".."');
    await Deno.writeTextFile(it.file, lines.slice(0, -1).join("\n"));
    const { code, out, err } = await cli(["import", "--from", it.file, "--json"], it.b);
    assert.equal(code, 1);
    assert.deepEqual(linesOf(err).map((line) => line.slice(0, 40)), [
      "line 2: it is not JSON, perhaps cut off",
      "line 3: decisions.0.exploring: Invalid input: expected boolean, received string".slice(
        0,
        40,
      ),
      'line 4: user "c": linucb-v1: A is not positive definite'.slice(0, 40),
      'line 5: user "..": the user id is none: '.slice(0, 40),
    ]);
    const report = JSON.parse(out);
    assert.deepEqual([report.users.imported, report.skipped, report.missing], [1, 4, 1]);
  },
);

Deno.test("what is no export, or of a newer version, is refused", sanitize, async () => {
  await using it = await scene();
  const refused = async (text: string, reason: RegExp) => {
    await Deno.writeTextFile(it.file, text);
    const { code, out, err } = await cli(["import", "--from", it.file], it.b);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, reason);
  };
  await refused("", /does not begin with the header/);
  await refused('{"user_id":"ada"}\n', /does not begin with the header/);
  await refused('{"tip_scorer_export":2,"more":1}\n', /has format 2; this version reads .* 1/);
  await refused('{"tip_scorer_export":1}\n', /header is damaged: service_version/);
  await refused('{"tip_scorer_export":0}\n', /header is damaged/);
  await assert.rejects(Deno.lstat(it.b.STATE_DIR), Deno.errors.NotFound);
});

Deno.test("some users alone can be exported; who is not there is told of", sanitize, async () => {
  await using it = await scene();
  await fill(it.a.STATE_DIR, ["ada", "bob", "eve"].map((id) => plainUser(id, 1)));
  const list = join(it.path, "list");
  await Deno.writeTextFile(list, JSON.stringify(["eve", "nobody", "..", "ada"]));
  const { code, err } = await cli(["export", "--users", list, "--out", it.file], it.a);
  assert.equal(code, 1);
  assert.match(err, /^user "\.\." is left out: not a user id/);
  assert.match(err, /\nuser "nobody" is left out: there is no such user/);
  const lines = linesOf(await Deno.readTextFile(it.file)).map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((line) => line.user_id ?? line.users), [2, "eve", "ada"]);
  assert.equal((await Deno.stat(it.file)).mode! & 0o777, 0o600);
});

Deno.test("an export replaces no file, and leaves nothing but itself", sanitize, async () => {
  await using it = await scene();
  await fill(it.a.STATE_DIR, [plainUser("ada", 1)]);
  const ran = await cli(["export", "--out", it.file, "--tmp", it.path], it.a);
  assert.deepEqual([ran.code, ran.out], [0, "1 users exported, 0 left out"]);
  const again = await cli(["export", "--out", it.file], it.a);
  assert.deepEqual([again.code, again.out], [2, ""]);
  assert.match(again.err, /exists/);
  const names = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  assert.deepEqual(names(it.path), ["a", "users.jsonl"]);
  assert.deepEqual(names(it.a.STATE_DIR).filter((name) => name.startsWith(".")), []);
  for (const args of [["--format", "csv"], ["--format", "python"], ["--out", "/no/such/file"]]) {
    assert.equal((await cli(["export", ...args], it.a)).code, 2);
  }
  assert.equal((await cli(["export"], it.b)).code, 2);
});
