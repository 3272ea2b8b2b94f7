import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import {
  invert,
  NotPositiveDefiniteError,
  NotSymmetricError,
  pack,
  ShapeError,
} from "../../wasm/mod.ts";
import { emptyModel } from "../bandit/model.ts";
import { labelsOf, POLICIES } from "../bandit/policies.ts";
import type { Counter, Model, SyncRecord } from "../bandit/records.ts";
import { PYTHON_POLICIES, type PythonPolicy } from "./names.ts";

/** What one file of the Python service says: of a model that learned, of a policy that picked. */
export type PythonFile =
  | {
    readonly kind: PythonPolicy;
    readonly model: Model | undefined;
    readonly counter: Counter | undefined;
  }
  | { readonly kind: "sync"; readonly sync: SyncRecord };

/** A file is not as the Python service writes it; `message` says what is wrong. */
export class PythonFileError extends Error {
  override readonly name = "PythonFileError";
}

const Count = z.int().min(0).default(0);
/** `%Y-%m-%dT%H:%M:%SZ`, as ms since the epoch. */
const Timestamp = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (Number.isFinite(ms) && `${new Date(ms).toISOString().slice(0, 19)}Z` === text) return ms;
  context.addIssue("is not a time like 2026-04-25T10:00:00Z");
  return z.NEVER;
});

const PolicyFile = z.object({
  A: z.array(z.array(z.number())),
  b: z.array(z.number()),
  meta: z.object({
    pulls: Count,
    explore_count: Count,
    reward_count: Count,
    cumulative_reward: z.number().default(0),
    last_updated: Timestamp.nullish().transform((ms) => ms ?? null),
  }).refine((meta) => meta.explore_count <= meta.pulls, "has explored more often than it pulled")
    .prefault({}),
});

const SyncFile = z.object({ last_sync_ts: z.string().min(1), task_count: z.int().min(0) });

function checked<T>(schema: z.ZodType<T>, json: unknown): T {
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  const [issue] = error.issues;
  throw new PythonFileError(`${issue?.path.join(".") || "the file"}: ${issue?.message}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Python writes them into JSON; no other program reads them there.
    const reason = /[[\s:,-](NaN|Infinity)\b/.test(text)
      ? "a number is not finite"
      : "it is not JSON, perhaps cut off";
    throw new PythonFileError(reason, { cause });
  }
}

/** The packed matrix, once it is known to have an inverse. */
function packChecked(rows: readonly (readonly number[])[]): Float64Array {
  try {
    const packed = pack(rows);
    invert(packed, rows.length);
    return packed;
  } catch (cause) {
    if (cause instanceof NotSymmetricError) {
      throw new PythonFileError(`A is not symmetric: ${cause.message}`, { cause });
    }
    if (cause instanceof NotPositiveDefiniteError) {
      throw new PythonFileError("A is not positive definite", { cause });
    }
    if (cause instanceof ShapeError) {
      throw new PythonFileError(`A is malformed: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

/** The policy of a dimension: no two of the Python service had the same. */
function policyOf(d: number): PythonPolicy | undefined {
  const names = POLICIES.filter((policy) => labelsOf(policy).length === d).map(({ name }) => name);
  return PYTHON_POLICIES.find((name) => names.includes(name));
}

function readPolicy(json: unknown): PythonFile {
  const { A, b, meta } = checked(PolicyFile, json);
  const d = A.length;
  const kind = policyOf(d);
  if (kind === undefined) throw new PythonFileError(`no policy has ${d} features`);
  if (b.length !== d) throw new PythonFileError(`b has ${b.length} numbers, A ${d} rows`);
  const { pulls, explore_count: explored, reward_count: rewardCount, last_updated } = meta;
  const model = {
    A: packChecked(A),
    b: Float64Array.from(b),
    rewardCount,
    cumulativeReward: meta.cumulative_reward,
    // The one time of the file stands for the last pull and the last reward.
    lastUpdated: rewardCount > 0 ? last_updated : null,
  };
  const lastAt = pulls > 0 || rewardCount === 0 ? last_updated : null;
  return {
    kind,
    model: isDeepStrictEqual(model, emptyModel(d)) ? undefined : model,
    counter: pulls > 0 || lastAt !== null ? { pulls, explored, lastAt } : undefined,
  };
}

/**
 * Reads one file of the Python service. Its content tells what it is: for a model, the
 * dimension of its matrix does.
 *
 * @throws {PythonFileError}
 */
export function parsePythonFile(text: string): PythonFile {
  const json = parseJson(text);
  if (typeof json === "object" && json !== null && "last_sync_ts" in json) {
    const { last_sync_ts, task_count } = checked(SyncFile, json);
    return { kind: "sync", sync: { lastSyncTs: last_sync_ts, taskCount: task_count } };
  }
  return readPolicy(json);
}
