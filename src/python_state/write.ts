import { unpack } from "../../wasm/mod.ts";
import { emptyModel } from "../bandit/model.ts";
import { labelsOf, POLICIES, type Policy } from "../bandit/policies.ts";
import type { Counter, Model } from "../bandit/records.ts";
import { timestamp } from "../bandit/views.ts";
import type { StoredUser } from "../store/stored_user.ts";
import "../export/json.ts"; // declares JSON.rawJSON
import { fileName, type Kind, PYTHON_POLICIES } from "./names.ts";

/** One file of the Python service. */
export interface PythonFileText {
  readonly kind: Kind;
  readonly name: string;
  readonly text: string;
}

/** A float as Python writes one: 1.0, -0.0. */
function float(value: number): unknown {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return JSON.rawJSON(/[.e]/.test(text) ? text : `${text}.0`);
}

/** The content of a policy's file: a model that has learned, a policy that has picked, or both. */
function policyText(
  policy: Policy,
  model: Model | undefined,
  counter: Counter | undefined,
): string {
  const d = labelsOf(policy).length;
  const { A, b, rewardCount, cumulativeReward, lastUpdated } = model ?? emptyModel(d);
  const { pulls, explored, lastAt } = counter ?? { pulls: 0, explored: 0, lastAt: null };
  const last = Math.max(lastAt ?? -Infinity, lastUpdated ?? -Infinity);
  return JSON.stringify({
    A: unpack(A, d).map((row) => row.map(float)),
    b: [...b].map(float),
    meta: {
      pulls,
      ...((policy.explores || explored > 0) && { explore_count: explored }),
      ...(Number.isFinite(last) && { last_updated: timestamp(last) }),
      cumulative_reward: float(cumulativeReward),
      reward_count: rewardCount,
    },
  });
}

/**
 * The files of a user as the Python service writes and reads them. It has no decisions and no
 * identities of rewards, and times in whole seconds.
 */
export function pythonFiles({ user, record, decisions, sync }: StoredUser): PythonFileText[] {
  const newest = decisions.at(-1);
  const live = newest && newest.number > (record?.floor ?? 0);
  const counters = live ? newest.counters : record?.base ?? {};
  const files: PythonFileText[] = [];
  for (const kind of PYTHON_POLICIES) {
    const policy = POLICIES.find(({ name }) => name === kind)!;
    const [model, counter] = [record?.models[kind], counters[kind]];
    if (model || counter) {
      files.push({ kind, name: fileName(kind, user), text: policyText(policy, model, counter) });
    }
  }
  if (sync) {
    const text = JSON.stringify({ last_sync_ts: sync.lastSyncTs, task_count: sync.taskCount });
    files.push({ kind: "sync", name: fileName("sync", user), text });
  }
  return files;
}
