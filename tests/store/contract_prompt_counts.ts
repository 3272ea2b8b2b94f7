import assert from "node:assert/strict";
import { MAX_MODELS, MAX_VERSIONS, OTHER } from "../../src/bandit/prompt_counts.ts";
import { ConflictError } from "../../src/store/mod.ts";
import { makeDecision, makeOrigin } from "../support/make.ts";
import { type ContractTest, record } from "./contract_support.ts";

/** Origins of decisions, and what becomes of the tips of each prompt version. */
export function promptCountContract(test: ContractTest): void {
  test("an origin comes back, whatever of it is known", async (store) => {
    const origins = [
      { generationId: "g-1", promptVersion: "v1", model: "東京/model" },
      { generationId: null, promptVersion: "v1", model: null },
      { generationId: "g-2", promptVersion: null, model: null },
      null,
    ];
    let version = 0;
    for (const [i, origin] of origins.entries()) {
      version = await store.commit("ada", version, { decision: makeDecision(i + 1, { origin }) });
    }
    const kept = await store.decisions("ada", 10);
    assert.deepEqual(kept.map(({ origin }) => origin), origins.toReversed());
  });

  test("what becomes of a prompt version's tips is counted with the change", async (store) => {
    assert.deepEqual([...await store.promptCounts()], []);
    let version = await store.commit("ada", 0, { decision: makeDecision(1) });
    const show = async (number: number, ...of: Parameters<typeof makeOrigin>) => {
      const decision = makeDecision(number, { origin: makeOrigin(...of) });
      version = await store.commit("ada", version, { decision });
    };
    await show(2, "v1", "a");
    await show(3, "v1", null);
    await show(4, "__proto__", "__proto__"); // a valid name of a version
    await show(5, "v1", "constructor");
    await show(6, null);
    const rewards = [1, 0.5, 0, -0, -0.5, -1, 0.25];
    for (const reward of rewards) {
      const reacted = { promptVersion: "v1", reward };
      version = await store.commit("ada", version, { user: record(), reacted });
    }
    version = await store.commit("ada", version, { user: record() });
    const stale = { user: record(), reacted: { promptVersion: "v1", reward: 1 } };
    await assert.rejects(store.commit("ada", version - 1, stale), ConflictError);
    const late = { decision: makeDecision(7, { origin: makeOrigin("v1") }) };
    await assert.rejects(store.commit("ada", version - 1, late), ConflictError);
    const reactions = { done: 0, helpful: 0, snooze: 0, not_helpful: 0, dismiss: 0, other: 0 };
    assert.deepEqual(
      await store.promptCounts(),
      new Map([
        ["v1", {
          shown: 3,
          rewarded: 7,
          rewardSum: 0.25,
          reactions: { done: 1, helpful: 1, snooze: 2, not_helpful: 1, dismiss: 1, other: 1 },
          models: { a: 1, constructor: 1 },
        }],
        ["__proto__", {
          shown: 1,
          rewarded: 0,
          rewardSum: 0,
          reactions,
          models: Object.fromEntries([["__proto__", 1]]),
        }],
      ]),
    );
  });

  test("no more versions and models are told apart than so many", async (store) => {
    const show = (user: string, origin: ReturnType<typeof makeOrigin>) =>
      store.commit(user, 0, { decision: makeDecision(1, { origin }) });
    await Promise.all(
      Array.from({ length: MAX_VERSIONS + 20 }, (_, i) => show(`a-${i}`, makeOrigin(`v${i}`))),
    );
    await Promise.all(
      Array.from(
        { length: MAX_MODELS + 7 },
        (_, i) => show(`b-${i}`, makeOrigin("v0", `m${i}`)),
      ),
    );
    await show("c", makeOrigin("v0", "m0"));
    await show("d", makeOrigin(`v${MAX_VERSIONS + 5}`, "m"));
    await store.commit("a-0", 1, {
      user: record(),
      reacted: { promptVersion: `v${MAX_VERSIONS + 5}`, reward: 1 },
    });
    const counts = await store.promptCounts();
    assert.equal(counts.size, MAX_VERSIONS + 1);
    assert.deepEqual([counts.get(OTHER)?.shown, counts.get(OTHER)?.rewarded], [21, 1]);
    const { shown, models } = counts.get("v0")!;
    assert.equal(shown, 1 + MAX_MODELS + 8);
    assert.equal(Object.keys(models).length, MAX_MODELS + 1);
    assert.deepEqual([models["m0"], models[OTHER]], [2, 7]);
  });
}
