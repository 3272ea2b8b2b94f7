import assert from "node:assert/strict";
import { Candidate, CandidateFeatures, Context, ScoreRequest } from "../../src/contract/mod.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };
const CANDIDATE = { id: "t", content: "", source: "" };

/** The fields of which a value is refused. */
function refused(schema: { safeParse: typeof Candidate["safeParse"] }, value: unknown): string[] {
  return schema.safeParse(value).error?.issues.map(({ path }) => path.join(".")) ?? [];
}

Deno.test("what is left out has the Python service's defaults", sanitize, () => {
  assert.deepEqual(ScoreRequest.parse({ user_id: "u", candidates: [CANDIDATE] }), {
    user_id: "u",
    candidates: [{
      ...CANDIDATE,
      features: { hour_of_day: 12, is_overdue: false, task_age_days: 0, priority: 1 },
    }],
    context: { hour_of_day: 12, day_of_week: 0 },
  });
});

Deno.test("the ends of each range are in it, and what lies beyond is not", sanitize, () => {
  const ranges = { hour_of_day: [0, 23], priority: [1, 4] } as const;
  for (const [field, [low, high]] of Object.entries(ranges)) {
    for (const value of [low, high]) {
      assert(CandidateFeatures.safeParse({ [field]: value }).success);
    }
    for (const value of [low - 1, high + 1, low + 0.5]) {
      assert(!CandidateFeatures.safeParse({ [field]: value }).success);
    }
  }
  assert(Context.safeParse({ hour_of_day: 23, day_of_week: 6 }).success);
  assert(!Context.safeParse({ hour_of_day: 24 }).success);
  assert(!Context.safeParse({ day_of_week: 7 }).success);
});

Deno.test("an age is any finite number: it is clipped where it is used", sanitize, () => {
  for (const task_age_days of [-5, 0, 0.5, 31, 1e300]) {
    assert.equal(CandidateFeatures.parse({ task_age_days }).task_age_days, task_age_days);
  }
  for (const task_age_days of [Infinity, NaN, "3", null, true]) {
    assert(!CandidateFeatures.safeParse({ task_age_days }).success);
  }
});

Deno.test("types are strict, but 12.0 is an integer", sanitize, () => {
  assert.equal(CandidateFeatures.parse(JSON.parse(`{"hour_of_day": 12.0}`)).hour_of_day, 12);
  const coercible = { hour_of_day: "12", is_overdue: 1, task_age_days: "1", priority: true };
  for (const [field, value] of Object.entries(coercible)) {
    assert.deepEqual(refused(Candidate, { ...CANDIDATE, features: { [field]: value } }), [
      `features.${field}`,
    ]);
  }
});

Deno.test("null stands only where it may", sanitize, () => {
  assert(Candidate.safeParse({ ...CANDIDATE, source_id: null }).success);
  for (const field of ["id", "content", "source", "features"]) {
    assert.deepEqual(refused(Candidate, { ...CANDIDATE, [field]: null }), [field]);
  }
  const request = { user_id: "u", candidates: [] };
  assert(ScoreRequest.safeParse({ ...request, profile_features: null }).success);
  assert(!ScoreRequest.safeParse({ ...request, context: null }).success);
});

Deno.test("there are at most 1,000 candidates; none at all is left to the route", sanitize, () => {
  const request = (n: number) => ({ user_id: "u", candidates: Array(n).fill(CANDIDATE) });
  assert(ScoreRequest.safeParse(request(0)).success);
  assert(ScoreRequest.safeParse(request(1000)).success);
  assert(!ScoreRequest.safeParse(request(1001)).success);
});

Deno.test("fields that are not in the contract are dropped", sanitize, () => {
  assert.deepEqual(Context.parse({ hour_of_day: 1, minute: 2 }), {
    hour_of_day: 1,
    day_of_week: 0,
  });
});
