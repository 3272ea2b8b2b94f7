/**
 * Scores, rewards, syncs and erases users in the store in the folder it is given, and prints what
 * was begun and what was answered: the part of the erasures' kill test that is killed.
 *
 * A life is what a user has between two erasures; every tip of it is named after it.
 *
 * @module
 */
import { openDenoKvStore } from "../../src/store/mod.ts";
import { makeScoreRequest } from "../support/make.ts";
import { makeScorer, policyOf } from "../support/scorer.ts";

const [directory, run] = Deno.args;
await using store = await openDenoKvStore({
  directory: directory!,
  decisionLogSize: 200,
  journalBytes: 100_000, // so that a life lies in many rows, and an erasure takes many writes
});
using scorer = makeScorer({ store, decisionLogSize: 200 });
const greedy = policyOf("egreedy-v1");

async function score(user: string, life: string): Promise<string> {
  const request = makeScoreRequest(user);
  const candidates = request.candidates.map((each, i) => ({ ...each, id: `${life}tip-${i}` }));
  return (await scorer.score(greedy, { ...request, candidates })).decision_id;
}

/** One life after the other, of one user or each of a user of its own. */
async function live(worker: number): Promise<void> {
  for (let n = 0;; n++) {
    const life = `<${worker}-${run}-${n}>`;
    const user = worker % 2 ? `user-${worker}` : `user-${life}`;
    // What the run before has left of the user is another life.
    if (n === 0 && worker % 2) await scorer.erase(user);
    console.log(`lives ${user} ${life}`);
    for (let i = 1; i <= 150; i++) {
      const decision_id = await score(user, life);
      console.log(`scored ${life} ${i}`);
      if (i % 10 > 0) continue;
      await scorer.reward(greedy, { user_id: user, decision_id, reward: 1 }, undefined);
      await store.putSync(user, { lastSyncTs: life, taskCount: i });
    }
    console.log(`erasing ${life}`);
    await scorer.erase(user);
    console.log(`erased ${life}`);
  }
}

/** A user who is never erased. */
async function stay(): Promise<void> {
  for (let n = Number((await scorer.stats(greedy, "stays")).pulls) + 1;; n++) {
    await score("stays", "<stays>");
    console.log(`stays ${n}`);
  }
}

await Promise.all([stay(), ...[0, 1, 2, 3, 4, 5].map(live)]);
