/**
 * Bytes of STATE_DIR by users, decisions and candidates: what docs/operating/sizing.md counts
 * with.
 *
 *     deno task bench:disk [--users 10000] [--decisions 256] [--candidates 10]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { POLICIES } from "../../src/bandit/policies.ts";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import { openDenoKvStore } from "../../src/store/mod.ts";
import { makeScorer } from "../support/scorer.ts";
import { makeScoreRequest } from "../support/make.ts";

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "10000" },
    decisions: { type: "string", default: "256" },
    candidates: { type: "string", default: "10" },
  },
});
const users = Number(values.users);
const decisions = Number(values.decisions);
const candidates = Number(values.candidates);
const DECISION_LOG_SIZE = 256;
/** One decision in this many is rewarded. */
const REWARDED = 4;
const CALLERS = 256;

const directory = await Deno.makeTempDir({ prefix: "bench-" });
const sizes = () =>
  ["", "-wal"].map((suffix) => Deno.statSync(`${directory}/${DATABASE}${suffix}`).size);

try {
  const started = performance.now();
  {
    await using store = await openDenoKvStore({ directory, decisionLogSize: DECISION_LOG_SIZE });
    using scorer = makeScorer({
      store,
      decisionLogSize: DECISION_LOG_SIZE,
      idempotencyWindow: 256,
      cacheUsers: users,
      epsilon: 0.1,
    });
    const policy = POLICIES.find(({ name }) => name === "egreedy-v2")!;
    // Users take turns, as they do in life: the journal's rows hold decisions of many.
    let next = 0;
    const caller = async () => {
      while (next < users * decisions) {
        const n = next++;
        const user = `user-${n % users}-0123456789abcdef`;
        const { decision_id } = await scorer.score(policy, makeScoreRequest(user, candidates));
        if (Math.floor(n / users) % REWARDED === 0) {
          await scorer.reward(policy, { user_id: user, decision_id, reward: 1 }, undefined);
        }
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const [file, wal] = sizes();
    console.log(`while open: ${file} bytes, and ${wal} of write-ahead log`);
  }
  const { size } = Deno.statSync(`${directory}/${DATABASE}`);
  const seconds = (performance.now() - started) / 1000;
  console.log(`${users} users with ${decisions} decisions of ${candidates} candidates each:`);
  console.log(
    `${size} bytes, ${Math.round(size / users)} a user, ` +
      `${Math.round(size / users / Math.min(decisions, DECISION_LOG_SIZE))} a decision kept ` +
      `(${seconds.toFixed(0)} s)`,
  );
} finally {
  await Deno.remove(directory, { recursive: true });
}
