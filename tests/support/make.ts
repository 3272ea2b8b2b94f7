import type { ScoreRequest } from "../../src/contract/mod.ts";
import { ScoreRequest as ScoreSchema } from "../../src/contract/mod.ts";
import { planted } from "./planted.ts";
import type { Decision, Origin } from "../../src/bandit/records.ts";

/** A decision with a number, small unless told otherwise. */
export function makeDecision(number: number, over: Partial<Decision> = {}): Decision {
  return {
    number,
    nonce: crypto.getRandomValues(new Uint8Array(8)),
    at: 1_770_000_000_000 + number,
    policy: "egreedy-v1",
    exploring: false,
    propensity: 0.95,
    score: 0.25,
    position: 0,
    tipId: "tip-1",
    source: "llm",
    sourceId: null,
    origin: null,
    inputs: { hour: 9, day: 2, profile: null },
    tasks: [
      { is_overdue: true, task_age_days: 2.5, priority: 3 },
      { is_overdue: false, task_age_days: 0, priority: 1 },
    ],
    candidateIds: ["tip-1", "tip-2"],
    counters: { "egreedy-v1": { pulls: number, explored: 0, lastAt: 1_770_000_000_000 + number } },
    ...over,
  };
}

/** Of a tip that a model wrote by a version of the prompt. */
export function makeOrigin(promptVersion: string | null, model: string | null = null): Origin {
  return { generationId: "0123456789abcdef-bQ", promptVersion, model };
}

/** A score request as it is after the schema, with n candidates that differ. */
export function makeScoreRequest(user: string, n = 3): ScoreRequest {
  return ScoreSchema.parse({
    user_id: user,
    context: { hour_of_day: 9, day_of_week: 2 },
    candidates: Array.from({ length: n }, (_, i) => ({
      id: `tip-${i}`,
      content: planted(`tip-${i}`),
      source: "task",
      source_id: `task-${i}`,
      features: { is_overdue: i % 2 === 0, task_age_days: i, priority: 1 + i % 4 },
    })),
  });
}
