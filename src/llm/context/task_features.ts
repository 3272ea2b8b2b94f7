import type { Task } from "../../bandit/features.ts";
import { CandidateFeatures, type TaskSignal } from "../../contract/mod.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** What scoring takes a task for of which nothing is known. */
const DEFAULTS = CandidateFeatures.parse({});

/** ms since the epoch; undefined for what no date can be read from, so that no NaN gets into x. */
function timeOf(text: string | null | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}

function overdue({ due_at, completed }: TaskSignal, now: number): boolean {
  const due = timeOf(due_at);
  return due === undefined ? DEFAULTS.is_overdue : due < now && !completed;
}

function age({ created_at }: TaskSignal, now: number): number {
  const created = timeOf(created_at);
  return created === undefined ? DEFAULTS.task_age_days : Math.max((now - created) / DAY_MS, 0);
}

/**
 * What scoring reads of a raw task: the one place where it is told, so that a tip is scored by the
 * very features its prompt spoke of. A value that the task gives counts as it is; a missing one
 * comes from the task's dates, and else is what a score's candidate without it would have.
 *
 * @param now ms since the epoch
 */
export function taskFeatures(task: TaskSignal, now: number): Task {
  return {
    is_overdue: task.is_overdue ?? overdue(task, now),
    task_age_days: task.task_age_days ?? age(task, now),
    priority: task.priority ?? DEFAULTS.priority,
  };
}
