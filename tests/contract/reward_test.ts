import assert from "node:assert/strict";
import {
  REACTIONS,
  RewardOfDecision,
  RewardOfFeatures,
  RewardRequest,
  RewardRequestV2,
} from "../../src/contract/mod.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };
const OF_FEATURES = { user_id: "u", tip_id: "t", reward: 0, features: {} };
const OF_DECISION = { user_id: "u", decision_id: "d", reward: 0 };

Deno.test("each reaction is a valid reward, and so is what lies between", sanitize, () => {
  assert.deepEqual(REACTIONS, { done: 1, helpful: 0.5, snooze: 0, not_helpful: -0.5, dismiss: -1 });
  for (const reward of [...Object.values(REACTIONS), 0.3, -0]) {
    assert(RewardRequest.safeParse({ ...OF_FEATURES, reward }).success);
    assert(RewardRequest.safeParse({ ...OF_DECISION, reward }).success);
  }
  for (const reward of [1.0001, -1.0001, Infinity, NaN, "1", null, true]) {
    assert(!RewardRequest.safeParse({ ...OF_FEATURES, reward }).success);
    assert(!RewardRequest.safeParse({ ...OF_DECISION, reward }).success);
  }
});

Deno.test("a reward names a decision, or features", sanitize, () => {
  assert.deepEqual(RewardRequest.parse({ ...OF_DECISION, features: 5, tip_id: null }), {
    ...OF_DECISION,
    tip_id: null,
  });
  assert.deepEqual(RewardRequest.parse({ ...OF_FEATURES, decision_id: null }), {
    ...OF_FEATURES,
    decision_id: null,
    day_of_week: 0,
    features: { hour_of_day: 12, is_overdue: false, task_age_days: 0, priority: 1 },
  });
  assert(!RewardRequest.safeParse({ user_id: "u", reward: 1 }).success);
});

Deno.test("a reward of features must say which tip and which features", sanitize, () => {
  for (const field of ["user_id", "tip_id", "reward", "features"]) {
    const { error } = RewardOfFeatures.safeParse({ ...OF_FEATURES, [field]: undefined });
    assert.deepEqual(error?.issues.map(({ path }) => path), [[field]]);
  }
  for (const field of ["user_id", "decision_id", "reward"]) {
    const { error } = RewardOfDecision.safeParse({ ...OF_DECISION, [field]: undefined });
    assert.deepEqual(error?.issues.map(({ path }) => path), [[field]]);
  }
});

Deno.test("only v2 reads the profile of a reward", sanitize, () => {
  const profile_features = { preferred_hour: 7.5, shoe_size: 42 };
  const reward = { ...OF_FEATURES, profile_features };
  assert.equal("profile_features" in RewardRequest.parse(reward), false);
  const parsed = RewardRequestV2.parse(reward);
  assert("profile_features" in parsed);
  assert.deepEqual(parsed.profile_features, profile_features);
  for (const bad of [5, [], "x", { preferred_hour: "7" }, { tip_volume_30d: Infinity }]) {
    assert(!RewardRequestV2.safeParse({ ...OF_FEATURES, profile_features: bad }).success);
  }
  assert(RewardRequestV2.safeParse({ ...OF_FEATURES, profile_features: null }).success);
});
