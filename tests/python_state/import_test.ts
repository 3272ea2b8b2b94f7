import assert from "node:assert/strict";
import { Estimator } from "../../wasm/mod.ts";
import { labelsOf, POLICIES } from "../../src/bandit/policies.ts";
import type { Counter, Model } from "../../src/bandit/records.ts";
import { importPythonState, type ImportReport } from "../../src/python_state/import.ts";
import { openDenoKvStore, type Store } from "../../src/store/mod.ts";
import { folder, importInto, memory, policyFile, sanitize } from "./harness.ts";

const golden = new URL("../fixtures/golden/", import.meta.url);
const goldenState = new URL("python_state", golden).pathname;

interface ExpectedStats {
  readonly pulls: number;
  readonly reward_count: number;
  readonly cumulative_reward: number;
  readonly exploration_rate?: number;
  readonly theta: readonly number[];
  readonly last_updated: string | null;
}
interface ExpectedUser {
  readonly user_id: string;
  readonly files: readonly string[];
  readonly stats: Readonly<Record<string, ExpectedStats>>;
  readonly sync?: { readonly last_sync_ts: string; readonly task_count: number };
}
const expected: { readonly tolerance: number; readonly users: readonly ExpectedUser[] } = JSON
  .parse(await Deno.readTextFile(new URL("expected_stats.json", golden)));
const goldenUsers = expected.users.map((user) => user.user_id);

const usersOf = (list: ImportReport["imported"]) => list.map(({ user }) => user);

async function assertGolden(store: Store): Promise<void> {
  for (const { user_id, stats, sync } of expected.users) {
    const { user } = await store.load(user_id);
    assert.ok(user);
    for (const policy of POLICIES) {
      const want = stats[policy.name];
      assert.ok(want);
      const d = labelsOf(policy).length;
      const model: Model | undefined = user.models[policy.name];
      const counter: Counter | undefined = user.base[policy.name];
      using estimator = new Estimator(d);
      if (model) estimator.rebuild(model.A, model.b);
      const theta = estimator.theta();
      want.theta.forEach((value, i) => {
        assert.ok(Math.abs(value - (theta[i] ?? NaN)) <= expected.tolerance, `${user_id} ${i}`);
      });
      assert.equal(counter?.pulls ?? 0, want.pulls);
      assert.equal(model?.rewardCount ?? 0, want.reward_count);
      assert.equal(model?.cumulativeReward ?? 0, want.cumulative_reward);
      assert.equal(counter?.explored ?? 0, (want.exploration_rate ?? 0) * want.pulls);
      const last = Math.max(counter?.lastAt ?? 0, model?.lastUpdated ?? 0);
      assert.equal(last, want.last_updated === null ? 0 : Date.parse(want.last_updated));
    }
    assert.deepEqual(
      await store.getSync(user_id),
      sync && { lastSyncTs: sync.last_sync_ts, taskCount: sync.task_count },
    );
  }
}

Deno.test("the golden state is imported as the Python service answered it", sanitize, async () => {
  await using store = memory();
  const options = { directory: goldenState, users: goldenUsers, store };
  const report = await importPythonState(options);
  assert.deepEqual(usersOf(report.imported), goldenUsers);
  assert.deepEqual(
    Object.keys(report.digests).sort(),
    expected.users.flatMap((u) => u.files).sort(),
  );
  assert.deepEqual([report.skipped, report.kept, report.notClaimed], [[], [], []]);
  await assertGolden(store);

  const again = await importPythonState(options);
  assert.deepEqual(again.imported, []);
  assert.deepEqual(again.unchanged, report.imported);
  assert.deepEqual(again.digests, report.digests);
});

Deno.test("the golden state is there after the database was closed", sanitize, async () => {
  await using directory = await folder();
  const options = { directory: directory.path, decisionLogSize: 256 };
  {
    await using store = await openDenoKvStore(options);
    await importPythonState({ directory: goldenState, users: goldenUsers, store });
  }
  await using store = await openDenoKvStore(options);
  await assertGolden(store);
  const versions = () => Promise.all(goldenUsers.map(async (id) => (await store.load(id)).version));
  const before = await versions();
  const again = await importPythonState({ directory: goldenState, users: goldenUsers, store });
  assert.deepEqual(usersOf(again.unchanged), goldenUsers);
  assert.deepEqual(await versions(), before);
});

Deno.test("a dry run tells the same and changes nothing", sanitize, async () => {
  await using store = memory();
  const options = { directory: goldenState, users: goldenUsers, store };
  const dry = await importPythonState({ ...options, dryRun: true });
  for (const user of goldenUsers) {
    assert.deepEqual(await store.load(user), { version: 0, user: undefined, newest: undefined });
    assert.equal(await store.getSync(user), undefined);
  }
  assert.deepEqual(await importPythonState(options), dry);
});

Deno.test("the dimension tells whose file it is", sanitize, async () => {
  const users = ["alice", "alice_egreedy"];
  for (const [d, user, kind] of [[5, "alice_egreedy", "linucb-v1"], [7, "alice", "egreedy-v1"]]) {
    await using store = memory();
    const report = await importInto(store, { "alice_egreedy.json": policyFile(Number(d)) }, users);
    assert.deepEqual(report.imported, [{ user, parts: [kind] }]);
    assert.deepEqual(report.withoutFiles, users.filter((other) => other !== user));
    assert.deepEqual(report.notClaimed, []);
  }
});

Deno.test(
  "a sync file and the model of a user with such a name are told apart",
  sanitize,
  async () => {
    await using store = memory();
    const sync = { last_sync_ts: "2026-04-25T09:59:30Z", task_count: 2 };
    const users = ["bob", "bob_sync"];
    const asSync = await importInto(store, { "bob_sync.json": sync }, users);
    assert.deepEqual(asSync.imported, [{ user: "bob", parts: ["sync"] }]);
    const asModel = await importInto(store, { "bob_sync.json": policyFile(5) }, users);
    assert.deepEqual(asModel.imported, [{ user: "bob_sync", parts: ["linucb-v1"] }]);
  },
);

Deno.test("another's file is left to nobody where its user is not listed", sanitize, async () => {
  await using store = memory();
  const files = { "alice_egreedy.json": policyFile(5), "zoe.json": policyFile(5) };
  const report = await importInto(store, files, ["alice"]);
  assert.deepEqual(report.withoutFiles, ["alice"]);
  assert.deepEqual(report.notClaimed, ["alice_egreedy.json", "zoe.json"]);
});

Deno.test("two users of one file are both skipped, wholly", sanitize, async () => {
  await using store = memory();
  const files = {
    "a_b.json": policyFile(5),
    "a_b_egreedy.json": policyFile(7),
    "c.json": policyFile(5),
  };
  const report = await importInto(store, files, ["a+b", "c", "a-b"]);
  assert.deepEqual(usersOf(report.imported), ["c"]);
  assert.deepEqual(report.skipped.map(({ user }) => user), ["a+b", "a-b"]);
  assert.match(report.skipped[0]!.reasons.join(), /a_b\.json: is "a-b"'s file as well/);
  assert.equal((await store.load("a+b")).user, undefined);
  assert.deepEqual(Object.keys(report.digests), ["c.json"]);
});

Deno.test("one damaged file keeps its whole user out, and nobody else", sanitize, async () => {
  const broken = policyFile(7);
  broken.A[0]![0] = -1;
  const files = {
    "alice.json": policyFile(5),
    "alice_egreedy.json": broken,
    "alice_sync.json": { last_sync_ts: "t", task_count: 1 },
    "bob.json": policyFile(5),
  };
  await using store = memory();
  const report = await importInto(store, files, ["alice", "bob"]);
  assert.deepEqual(usersOf(report.imported), ["bob"]);
  assert.equal(report.skipped.length, 1);
  assert.match(
    report.skipped[0]!.reasons.join(),
    /alice_egreedy\.json: A is not positive definite/,
  );
  assert.equal((await store.load("alice")).user, undefined);
  assert.equal(await store.getSync("alice"), undefined);
});

Deno.test("a dimension that the file's name cannot have is damage", sanitize, async () => {
  await using store = memory();
  const report = await importInto(store, { "alice.json": policyFile(7) }, ["alice"]);
  assert.deepEqual(report.skipped, [{
    user: "alice",
    reasons: ["alice.json: holds egreedy-v1 where linucb-v1 belongs"],
  }]);
});

Deno.test(
  "names that a Mac decomposed are found, unless they are exactly another's",
  sanitize,
  async () => {
    const decomposed = "zoë.json".normalize("NFD");
    await using store = memory();
    const found = await importInto(store, { [decomposed]: policyFile(5) }, ["zo\u00eb"]);
    assert.deepEqual(found.imported, [{ user: "zo\u00eb", parts: ["linucb-v1"] }]);
    // The decomposed id has a mark, which Python replaced.
    const files = { ["zoë.json".normalize("NFC")]: policyFile(5), "zoe_.json": policyFile(5, 1) };
    await using other = memory();
    const both = await importInto(other, files, ["zo\u00eb", "zoe\u0308"]);
    assert.equal(both.imported.length, 2);
    assert.equal((await other.load("zoe\u0308")).user?.models["linucb-v1"]?.cumulativeReward, 1);
  },
);
