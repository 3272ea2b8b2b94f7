import { batch } from "../../wasm/mod.ts";
import {
  type Candidate,
  PROFILE_FEATURES,
  type ProfileFeatures,
  type ScoreRequest,
} from "../contract/mod.ts";
import type { CachedUser } from "./cached_user.ts";
import { encode, type Inputs } from "./features.ts";
import { modelOf } from "./generation_id.ts";
import type { BanditObserver } from "./observer.ts";
import type { PickSettings, Policy } from "./policies.ts";
import type { Counters, Decision, Origin } from "./records.ts";

/** What decisions are made with. */
export interface DecideSettings extends PickSettings {
  readonly observer?: Pick<BanditObserver, "ranked">;
}

/** The ids of the candidates are kept while they fit in so many bytes of UTF-8. */
const MAX_ID_BYTES = 16 * 1024;

/** The profile as a decision keeps it: raw, in the order of PROFILE_FEATURES. */
export function rawProfile(given: ProfileFeatures | null | undefined): Inputs["profile"] {
  return given ? PROFILE_FEATURES.map(({ name }) => given[name] ?? null) : null;
}

/**
 * The user's next decision: the policy's pick among the request's candidates, of which there
 * must be one at least. Changes nothing.
 *
 * @param nonce 8 random bytes
 * @param at ms since the epoch
 */
export function decide(
  policy: Policy,
  request: ScoreRequest,
  user: CachedUser,
  settings: DecideSettings,
  nonce: Uint8Array,
  at: number,
): Decision {
  const { candidates, context } = request;
  const inputs: Inputs = {
    hour: context.hour_of_day,
    day: context.day_of_week,
    profile: rawProfile(request.profile_features),
  };
  const tasks = candidates.map(({ features }) => features);
  const started = performance.now();
  const model = user.estimator(policy);
  encode(policy.features, inputs, tasks, batch(tasks.length, model.d));
  const pick = policy.pick(model, tasks.length, settings);
  settings.observer?.ranked(performance.now() - started);
  const chosen = candidates[pick.position]!;
  return {
    ...pick,
    number: user.newest + 1,
    nonce,
    at,
    policy: policy.name,
    tipId: chosen.id,
    source: chosen.source,
    sourceId: chosen.source_id ?? null,
    origin: originOf(chosen),
    inputs,
    tasks,
    candidateIds: idsThatFit(candidates),
    counters: count(user.counters, policy, pick.exploring, at),
  };
}

function originOf({ generation_id, prompt_version }: Candidate): Origin | null {
  const generationId = generation_id ?? null;
  const promptVersion = prompt_version ?? null;
  if (generationId === null && promptVersion === null) return null;
  return {
    generationId,
    promptVersion,
    model: generationId === null ? null : modelOf(generationId),
  };
}

function idsThatFit(candidates: ScoreRequest["candidates"]): readonly string[] | null {
  const ids = candidates.map(({ id }) => id);
  // Three bytes a UTF-16 unit at most; counted exactly only where that bound is passed.
  const bound = ids.reduce((sum, id) => sum + id.length * 3, 0);
  if (bound <= MAX_ID_BYTES) return ids;
  const encoder = new TextEncoder();
  const bytes = ids.reduce((sum, id) => sum + encoder.encode(id).length, 0);
  return bytes <= MAX_ID_BYTES ? ids : null;
}

function count(counters: Counters, { name }: Policy, exploring: boolean, at: number): Counters {
  const { pulls, explored } = counters[name] ?? { pulls: 0, explored: 0 };
  return {
    ...counters,
    [name]: { pulls: pulls + 1, explored: explored + (exploring ? 1 : 0), lastAt: at },
  };
}
