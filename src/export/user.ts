import { Buffer } from "node:buffer";
import type { Counters, Decision, Model, UserRecord } from "../bandit/records.ts";
import { rewardsIn, ringOf } from "../bandit/rings.ts";
import type { ExportedUser } from "../contract/mod.ts";
import type { StoredUser } from "../store/stored_user.ts";

type ExportedRecord = NonNullable<ExportedUser["record"]>;
type ExportedDecision = ExportedUser["decisions"][number];
type ExportedCounters = ExportedRecord["base"];

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

function mapValues<V, W>(
  record: Readonly<Record<string, V>>,
  map: (value: V) => W,
): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** All that the service holds of a user, as data that JSON can hold. */
export function exportUser({ user, record, decisions, sync }: StoredUser): ExportedUser {
  return {
    user_id: user,
    record: record ? exportRecord(record) : null,
    decisions: decisions.map(exportDecision),
    sync: sync ? { last_sync_ts: sync.lastSyncTs, task_count: sync.taskCount } : null,
  };
}

/** The user that {@linkcode exportUser} made this of. */
export function importUser({ user_id, record, decisions, sync }: ExportedUser): StoredUser {
  return {
    user: user_id,
    record: record ? importRecord(record) : undefined,
    decisions: decisions.map(importDecision),
    sync: sync ? { lastSyncTs: sync.last_sync_ts, taskCount: sync.task_count } : undefined,
  };
}

function exportRecord({ floor, base, models, rewards, applied }: UserRecord): ExportedRecord {
  return {
    floor,
    base: exportCounters(base),
    models: mapValues(models, ({ A, b, rewardCount, cumulativeReward, lastUpdated }) => ({
      A: [...A],
      b: [...b],
      reward_count: rewardCount,
      cumulative_reward: cumulativeReward,
      last_updated: lastUpdated,
    })),
    rewards: rewardsIn(rewards),
    applied: base64(applied),
  };
}

function importRecord({ floor, base, models, rewards, applied }: ExportedRecord): UserRecord {
  return {
    floor,
    base: importCounters(base),
    models: mapValues(models, (model): Model => ({
      A: Float64Array.from(model.A),
      b: Float64Array.from(model.b),
      rewardCount: model.reward_count,
      cumulativeReward: model.cumulative_reward,
      lastUpdated: model.last_updated,
    })),
    rewards: ringOf(rewards),
    applied: bytesOf(applied),
  };
}

function exportCounters(counters: Counters): ExportedCounters {
  return mapValues(counters, ({ pulls, explored, lastAt }) => ({
    pulls,
    explored,
    last_at: lastAt,
  }));
}

function importCounters(counters: ExportedCounters): Counters {
  return mapValues(counters, ({ pulls, explored, last_at }) => ({
    pulls,
    explored,
    lastAt: last_at,
  }));
}

function exportDecision(decision: Decision): ExportedDecision {
  const { number, nonce, at, policy, exploring, propensity, score, position } = decision;
  const { tipId, source, sourceId, origin, inputs, tasks, candidateIds, counters } = decision;
  return {
    number,
    nonce: base64(nonce),
    at,
    policy,
    exploring,
    propensity,
    score,
    position,
    tip_id: tipId,
    source,
    source_id: sourceId,
    origin: origin && {
      generation_id: origin.generationId,
      prompt_version: origin.promptVersion,
      model: origin.model,
    },
    hour_of_day: inputs.hour,
    day_of_week: inputs.day,
    profile: inputs.profile && [...inputs.profile],
    tasks: [...tasks],
    candidate_ids: candidateIds && [...candidateIds],
    counters: exportCounters(counters),
  };
}

function importDecision(exported: ExportedDecision): Decision {
  const { number, nonce, at, policy, exploring, propensity, score, position } = exported;
  const { tip_id, source, source_id, origin, hour_of_day, day_of_week } = exported;
  const { profile, tasks, candidate_ids, counters } = exported;
  return {
    number,
    nonce: bytesOf(nonce),
    at,
    policy,
    exploring,
    propensity,
    score,
    position,
    tipId: tip_id,
    source,
    sourceId: source_id,
    origin: origin && {
      generationId: origin.generation_id,
      promptVersion: origin.prompt_version,
      model: origin.model,
    },
    inputs: { hour: hour_of_day, day: day_of_week, profile },
    tasks,
    candidateIds: candidate_ids,
    counters: importCounters(counters),
  };
}
