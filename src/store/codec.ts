/**
 * How records become bytes: msgpack tuples whose first entry is the format, so that a newer
 * one is refused and not guessed at. Numbers of models and rings are float64, little-endian.
 *
 * @module
 */
import { decode, Encoder } from "@msgpack/msgpack";
import { z } from "zod";
import { POLICIES } from "../bandit/policies.ts";
import type { Counter, Counters, Decision, Model, Origin, UserRecord } from "../bandit/records.ts";
import type { Task } from "../bandit/features.ts";
import { NewerRecordError, StoreUnavailableError } from "./errors.ts";

// One for all: each has a buffer, which would otherwise be made and thrown away for every record.
const encoder = new Encoder();

/** The format that this version writes, and the highest that it reads. */
export const RECORD_FORMAT = 1;

const CODES = new Map<string, number>(POLICIES.map(({ name, code }) => [name, code]));
const NAMES = new Map<number, string>(POLICIES.map(({ name, code }) => [code, name]));

function nameOf(code: number): string {
  const name = NAMES.get(code);
  if (name === undefined) throw new NewerRecordError("A policy", code, NAMES.size);
  return name;
}

const Bytes = z.instanceof(Uint8Array);
const CounterTuples = z.array(z.tuple([z.int(), z.int(), z.int(), z.number().nullable()]));
const UserTuple = z.tuple([
  z.literal(RECORD_FORMAT),
  z.int(),
  CounterTuples,
  z.array(z.tuple([z.int(), Bytes, Bytes, z.int(), z.number(), z.number().nullable()])),
  Bytes,
  Bytes,
]);
const OriginTuple = z.tuple([
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
]);
const DecisionTuple = z.tuple([
  z.literal(RECORD_FORMAT),
  z.int(),
  Bytes,
  z.number(),
  z.int(),
  z.boolean(),
  z.number(),
  z.number(),
  z.int(),
  z.string(),
  z.string(),
  z.string().nullable(),
  OriginTuple.nullable(),
  z.int(),
  z.int(),
  z.array(z.number().nullable()).nullable(),
  z.array(z.number()),
  z.array(z.string()).nullable(),
  CounterTuples,
]);

/**
 * A record of the format that this version reads, from its bytes.
 *
 * @param kind what errors call it
 * @throws {NewerRecordError} a newer version wrote it
 * @throws {StoreUnavailableError} it is damaged
 */
export function parse<T>(kind: string, schema: z.ZodType<T>, bytes: Uint8Array): T {
  let tuple: unknown;
  try {
    tuple = decode(bytes);
  } catch (cause) {
    throw new StoreUnavailableError(`${kind} cannot be read: it is damaged`, { cause });
  }
  const format: unknown = Array.isArray(tuple) ? tuple[0] : undefined;
  if (typeof format === "number" && format > RECORD_FORMAT) {
    throw new NewerRecordError(kind, format, RECORD_FORMAT);
  }
  const parsed = schema.safeParse(tuple);
  if (parsed.success) return parsed.data;
  throw new StoreUnavailableError(`${kind} cannot be read: it is damaged`, { cause: parsed.error });
}

const floats = (bytes: Uint8Array) => new Float64Array(bytes.slice().buffer);
const bytesOf = (values: Float64Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function counterTuples(counters: Counters) {
  const tuples: [number, number, number, number | null][] = [];
  for (const { name, code } of POLICIES) {
    const counter = counters[name];
    if (counter) tuples.push([code, counter.pulls, counter.explored, counter.lastAt]);
  }
  return tuples;
}

function countersOf(tuples: z.infer<typeof CounterTuples>): Counters {
  return Object.fromEntries(
    tuples.map(([code, pulls, explored, lastAt]): [string, Counter] => [
      nameOf(code),
      { pulls, explored, lastAt },
    ]),
  );
}

/** The bytes of a user's record. */
export function encodeUser(user: UserRecord): Uint8Array {
  const models = POLICIES.flatMap(({ name, code }) => {
    const model = user.models[name];
    if (!model) return [];
    const { A, b, rewardCount, cumulativeReward, lastUpdated } = model;
    return [[code, bytesOf(A), bytesOf(b), rewardCount, cumulativeReward, lastUpdated]];
  });
  return encoder.encode([
    RECORD_FORMAT,
    user.floor,
    counterTuples(user.base),
    models,
    bytesOf(user.rewards),
    user.applied,
  ]);
}

/**
 * A user's record from its bytes.
 *
 * @throws {NewerRecordError} a newer version wrote it
 * @throws {StoreUnavailableError} it is damaged
 */
export function decodeUser(bytes: Uint8Array): UserRecord {
  const [, floor, base, models, rewards, applied] = parse("A user's record", UserTuple, bytes);
  return {
    floor,
    base: countersOf(base),
    models: Object.fromEntries(
      models.map(([code, A, b, rewardCount, cumulativeReward, lastUpdated]): [
        string,
        Model,
      ] => [
        nameOf(code),
        { A: floats(A), b: floats(b), rewardCount, cumulativeReward, lastUpdated },
      ]),
    ),
    rewards: floats(rewards),
    applied: applied.slice(),
  };
}

const originTuple = (origin: Origin | null) =>
  origin && [origin.generationId, origin.promptVersion, origin.model];

const OVERDUE = 8; // a flag above the priority's bits, so that a candidate takes two numbers

/** The bytes of a decision: some 10 a candidate, and the ids. */
export function encodeDecision(decision: Decision): Uint8Array {
  const tasks: number[] = [];
  for (const task of decision.tasks) {
    tasks.push(task.priority + (task.is_overdue ? OVERDUE : 0), task.task_age_days);
  }
  return encoder.encode([
    RECORD_FORMAT,
    decision.number,
    decision.nonce,
    decision.at,
    CODES.get(decision.policy)!,
    decision.exploring,
    decision.propensity,
    decision.score,
    decision.position,
    decision.tipId,
    decision.source,
    decision.sourceId,
    originTuple(decision.origin),
    decision.inputs.hour,
    decision.inputs.day,
    decision.inputs.profile,
    tasks,
    decision.candidateIds,
    counterTuples(decision.counters),
  ]);
}

/**
 * A decision from its bytes.
 *
 * @throws {NewerRecordError} a newer version wrote it
 * @throws {StoreUnavailableError} it is damaged
 */
export function decodeDecision(bytes: Uint8Array): Decision {
  const tuple = parse("A decision", DecisionTuple, bytes);
  const [, number, nonce, at, code, exploring, propensity, score, position, ...rest] = tuple;
  const [tipId, source, sourceId, origin, hour, day, profile, packed, candidateIds, counters] =
    rest;
  const tasks: Task[] = [];
  for (let i = 0; i < packed.length; i += 2) {
    const flags = packed[i]!;
    tasks.push({
      is_overdue: flags >= OVERDUE,
      task_age_days: packed[i + 1]!,
      priority: flags % OVERDUE,
    });
  }
  return {
    number,
    nonce: nonce.slice(),
    at,
    policy: nameOf(code),
    exploring,
    propensity,
    score,
    position,
    tipId,
    source,
    sourceId,
    origin: origin && { generationId: origin[0], promptVersion: origin[1], model: origin[2] },
    inputs: { hour, day, profile },
    tasks,
    candidateIds,
    counters: countersOf(counters),
  };
}
