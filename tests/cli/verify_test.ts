import assert from "node:assert/strict";
import { encode } from "@msgpack/msgpack";
import { join } from "node:path";
import { emptyModel } from "../../src/bandit/model.ts";
import type { Decision, Model, UserRecord } from "../../src/bandit/records.ts";
import { NEW_USER } from "../../src/bandit/records.ts";
import { ringOf } from "../../src/bandit/rings.ts";
import { encodeDecision, encodeUser } from "../../src/store/codec.ts";
import { encodeDecisionRow, encodeJournalRow } from "../../src/store/deno_kv/rows.ts";
import { encodeUserRow, keys } from "../../src/store/deno_kv/layout.ts";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import { encodePromptCounts } from "../../src/store/prompt_codec.ts";
import { makeDecision } from "../support/make.ts";
import { fill, plainUser } from "../support/stored_users.ts";
import { cli, sanitize, tempFolder } from "./harness.ts";

/** A state with one user, "ada" with a quote in her name, which `damage` changes row by row. */
async function verifyAfter(
  damage: (kv: Deno.Kv) => Promise<unknown>,
  user = ada(40),
): Promise<{ readonly code: number; readonly problems: readonly string[] }> {
  await using folder = await tempFolder();
  const env = { STATE_DIR: join(folder.path, "state") };
  await fill(env.STATE_DIR, [user]);
  {
    using kv = await Deno.openKv(join(env.STATE_DIR, DATABASE));
    await damage(kv);
  }
  const { code, out } = await cli(["verify"], env);
  const lines = out.split("\n");
  assert.match(lines.at(-1)!, code === 0 ? /all is well$/ : /: \d+ problems$/);
  return { code, problems: lines.slice(0, -1) };
}

const ADA = 'a"da';
const ada = (decisions: number) => plainUser(ADA, decisions);
const linucb = emptyModel(5);

/** What is said of a record of ada's. */
async function saidOfRecord(record: Partial<UserRecord>): Promise<readonly string[]> {
  const bytes = encodeUser({ ...NEW_USER, ...record });
  const { problems } = await verifyAfter((kv) =>
    kv.set(keys.user(ADA), encodeUserRow({ revision: 1, bytes }))
  );
  return problems.map((line) => line.replace(/^user "a\\"da": /, ""));
}

/** What is said where some of ada's decisions are these. */
async function saidOfDecisions(
  rows: Readonly<Record<number, readonly Decision[]>>,
): Promise<readonly string[]> {
  const { problems } = await verifyAfter(async (kv) => {
    for (const [first, decisions] of Object.entries(rows)) {
      const entries = decisions.map((decision) => ({
        user: ADA,
        number: decision.number,
        bytes: encodeDecision(decision),
      }));
      const key = keys.decisionRow(ADA, Number(first));
      await (entries.length > 0 ? kv.set(key, encodeDecisionRow(entries)) : kv.delete(key));
    }
  });
  return problems.map((line) => line.replace(/^user "a\\"da": /, ""));
}

const decisions = (from: number, to: number, over: (n: number) => Partial<Decision> = () => ({})) =>
  Array.from({ length: to - from + 1 }, (_, i) => makeDecision(from + i, over(from + i)));

Deno.test("nothing is wrong with what is well", sanitize, async () => {
  assert.deepEqual(await verifyAfter(() => Promise.resolve()), { code: 0, problems: [] });
  assert.deepEqual(await saidOfDecisions({ 1: decisions(1, 40) }), []);
  // A log that was trimmed, and a reset.
  const trimmed = { ...plainUser(ADA, 400), decisions: decisions(101, 400) };
  assert.equal((await verifyAfter(() => Promise.resolve(), trimmed)).code, 0);
  const counters = { "egreedy-v1": { pulls: 1, explored: 0, lastAt: 1_770_000_000_041 } };
  const reset = {
    ...plainUser(ADA, 40),
    record: { ...NEW_USER, floor: 40 },
    decisions: [...decisions(1, 40), makeDecision(41, { counters })],
  };
  assert.equal((await verifyAfter(() => Promise.resolve(), reset)).code, 0);
});

Deno.test("a model that nothing can be computed with is found", sanitize, async () => {
  const said = (model: Partial<Model>) =>
    saidOfRecord({ models: { "linucb-v1": { ...linucb, ...model } } });
  assert.deepEqual(await said({}), []);
  const A = linucb.A.slice();
  A[1] = 2;
  assert.deepEqual(await said({ A }), ["linucb-v1: A is not positive definite"]);
  assert.deepEqual(await said({ A: linucb.A.map(() => NaN) }), [
    "linucb-v1: a number of A or b is not finite",
  ]);
  assert.deepEqual(await said({ b: Float64Array.of(0, 0, 0, 0, 1 / 0) }), [
    "linucb-v1: a number of A or b is not finite",
  ]);
  assert.deepEqual(await said({ A: linucb.A.map((value) => value * 1e-10), b: b(1e300) }), [
    "linucb-v1: theta is not finite",
  ]);
  assert.deepEqual(await said({ A: new Float64Array(14), b: new Float64Array(6) }), [
    "linucb-v1: A has 14 numbers, not 15",
    "linucb-v1: b has 6 numbers, not 5",
  ]);
  assert.deepEqual(await said({ rewardCount: -1 }), ["linucb-v1: it counts -1 rewards"]);
});

const b = (value: number) => new Float64Array(5).fill(value);

Deno.test("a record that contradicts the log is found", sanitize, async () => {
  const reward = (number: number) => ({ number, reward: 1, at: 1 });
  const models = { "egreedy-v1": { ...emptyModel(7), rewardCount: 1 } };
  const rewards = (...numbers: number[]) => ringOf(numbers.map(reward));
  assert.deepEqual(await saidOfRecord({ models, rewards: rewards(3) }), []);
  assert.deepEqual(await saidOfRecord({ models, rewards: rewards(3, 4) }), [
    "egreedy-v1 has 2 rewarded decisions, and counts 1",
  ]);
  assert.deepEqual(await saidOfRecord({ models, rewards: rewards(41, 41) }), [
    "decision 41 has a reward, and is not there",
    "decision 41 has two rewards",
    "decision 41 has a reward, and is not there",
  ]);
  assert.deepEqual(await saidOfRecord({ rewards: new Float64Array(4) }), [
    "the rewards are cut off",
  ]);
  assert.deepEqual(await saidOfRecord({ applied: new Uint8Array(48) }), [
    "a reward was applied twice",
  ]);
  assert.deepEqual(await saidOfRecord({ applied: new Uint8Array(25) }), [
    "the applied identities are cut off",
  ]);
  const [problem] = await saidOfRecord({ floor: 5 });
  assert.match(problem!, /^the counters of decision 6 are not those before it and one decision$/);
  const counter = { pulls: 1, explored: 2, lastAt: null };
  assert.deepEqual(await saidOfRecord({ base: { "egreedy-v1": counter } }), [
    "base: egreedy-v1 has explored 2 times in 1 decisions",
  ]);
});

Deno.test(
  "decisions that are missing, kept twice or out of place are found",
  sanitize,
  async () => {
    assert.deepEqual(await saidOfDecisions({ 1: decisions(1, 9), 12: decisions(12, 40) }), [
      "decisions 10 to 11 are missing",
    ]);
    assert.deepEqual(await saidOfDecisions({ 1: [], 2: decisions(2, 40) }), [
      "decisions 1 to 1 are missing",
    ]);
    assert.deepEqual(await saidOfDecisions({ 1: [], 3: decisions(1, 40) }), [
      "row 3 of decisions begins with decision 1",
    ]);
    const explored = (n: number) => (n === 20 ? { exploring: true } : {});
    assert.deepEqual(await saidOfDecisions({ 1: decisions(1, 40, explored) }), [
      "the counters of decision 20 are not those before it and one decision",
    ]);
    const chosen = (n: number) => (n === 7 ? { position: 1 } : {});
    assert.deepEqual(await saidOfDecisions({ 1: decisions(1, 40, chosen) }), [
      "decision 7: the tip is not the candidate that it chose",
    ]);
    const odd = (n: number) =>
      n === 7 ? { nonce: new Uint8Array(3), propensity: 0, position: 9, candidateIds: null } : {};
    assert.deepEqual(await saidOfDecisions({ 1: decisions(1, 40, odd) }), [
      "decision 7: its nonce has 3 bytes",
      "decision 7: its propensity is 0",
      "decision 7: it chose candidate 9 of 2",
    ]);
  },
);

Deno.test("rows that are damaged, foreign or unknown are found", sanitize, async () => {
  const said = async (damage: (kv: Deno.Kv) => Promise<unknown>) => {
    const { code, problems } = await verifyAfter(damage);
    assert.equal(code, 1);
    return problems.join("\n");
  };
  const user = 'user "a\\"da": ';
  assert.equal(
    await said((kv) => kv.set(keys.user(ADA), Uint8Array.of(1, 2, 3))),
    `${user}A user's row cannot be read: it is damaged`,
  );
  assert.equal(
    await said((kv) => kv.set(keys.user(ADA), encode([1, encode([9])]))),
    `${user}A user's record has format 9; this version reads formats up to 1`,
  );
  assert.equal(
    await said((kv) => kv.set(keys.sync(ADA), Uint8Array.of(0xc1))),
    `${user}A sync record cannot be read: it is damaged`,
  );
  assert.equal(
    await said((kv) => kv.set(keys.decisionRow(ADA, 41), Uint8Array.of(0xc1))),
    `${user}A row of decisions is damaged`,
  );
  const bytes = encodeDecision(makeDecision(41));
  assert.match(
    await said((kv) =>
      kv.set(keys.decisionRow(ADA, 41), encodeDecisionRow([{ user: "bob", number: 41, bytes }]))
    ),
    /row 41 of decisions has a decision of "bob"/,
  );
  assert.match(
    await said((kv) =>
      kv.set(keys.journalRow(1), encodeJournalRow([{ user: ADA, number: 42, bytes }]))
    ),
    /decision 41 is kept as decision 42/,
  );
  assert.equal(
    await said((kv) => kv.set(keys.journalRow(1), 7)),
    "database: row 1 of the journal is damaged",
  );
  assert.equal(
    await said((kv) => kv.set(["user", 7], 7)),
    'database: a row has the key ["user",7]',
  );
  for (const key of [["a"], ["future", 1], ["zoo", "x"], [7]]) {
    assert.equal(
      await said((kv) => kv.set(key, 7)),
      `database: a row has the key ${JSON.stringify(key)}`,
    );
  }
});

Deno.test("counts by prompt version that do not add up are found", sanitize, async () => {
  const reactions = { done: 2, helpful: 0, snooze: 0, not_helpful: 0, dismiss: 0, other: 0 };
  const counts = { shown: 1, rewarded: 1, rewardSum: 1, reactions, models: { m: 2 } };
  const { problems } = await verifyAfter((kv) =>
    kv.set(keys.promptRow("v1"), encodePromptCounts(counts))
  );
  assert.deepEqual(problems, [
    'prompt version "v1": 1 were rewarded, and 2 reactions',
    'prompt version "v1": 1 were shown, and 2 of some model',
  ]);
  const damaged = await verifyAfter((kv) => kv.set(keys.promptRow("v1"), Uint8Array.of(0xc1)));
  assert.deepEqual(damaged.problems, [
    "database: A prompt version's counts cannot be read: it is damaged",
  ]);
});

Deno.test("bytes that were flipped in the file are found", sanitize, async () => {
  await using folder = await tempFolder();
  const env = { STATE_DIR: join(folder.path, "state") };
  await fill(env.STATE_DIR, Array.from({ length: 60 }, (_, i) => plainUser(`user-${i}`, 100)));
  const path = join(folder.path, "backup");
  await cli(["backup", "--out", path], env);
  const good = await Deno.readFile(path);
  const PAGE = 4096;
  for (const [page, from, to] of [[0, 0, 16], [3, 0, 60], [40, 0, 8], [12, 8, 4000]] as const) {
    const damaged = good.slice();
    for (let i = from; i < to; i++) damaged[page * PAGE + i]! ^= 0xff;
    await Deno.writeFile(path, damaged);
    const { code, out } = await cli(["verify", "--from", path, "--json"], env);
    assert.equal(code, 1, `page ${page}`);
    const lines = out.split("\n").map((line) => JSON.parse(line));
    assert.ok(lines.at(-1).problems > 0);
    assert.equal(typeof lines[0].problem, "string");
  }
  await Deno.writeFile(path, good);
  assert.equal((await cli(["verify", "--from", path], env)).code, 0);
});

Deno.test("there must be something to verify", sanitize, async () => {
  await using folder = await tempFolder();
  const env = { STATE_DIR: join(folder.path, "none") };
  for (const args of [[], ["--from", join(folder.path, "none")], ["--from", folder.path]]) {
    const { code, out } = await cli(["verify", ...args], env);
    assert.deepEqual([code, out], [2, ""]);
  }
});
