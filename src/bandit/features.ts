import { type CandidateFeatures, PROFILE_FEATURES } from "../contract/mod.ts";

/** What is known of one candidate's task. */
export type Task = Omit<CandidateFeatures, "hour_of_day">;

/** What all candidates of a decision share: when it is made, and the user's raw profile. */
export interface Inputs {
  readonly hour: number;
  readonly day: number;
  /** Raw values in the order of PROFILE_FEATURES, null for a missing one. */
  readonly profile: readonly (number | null)[] | null;
}

/** Some neighbouring entries of x: their labels, and how they come from raw values. */
export interface FeatureGroup {
  readonly labels: readonly string[];
  /** Whether the entries differ between the candidates of one decision. */
  readonly ofTask: boolean;
  /** Writes the entries into x from position `at` on. */
  readonly encode: (inputs: Inputs, task: Task, x: Float64Array, at: number) => void;
  /** What the history shows of them. */
  readonly show: (inputs: Inputs, task: Task) => Record<string, number | boolean>;
}

const turn = (value: number, period: number) => 2 * Math.PI * value / period;

/** The hour of the day on the unit circle. */
export const HOUR: FeatureGroup = {
  labels: ["hour_sin", "hour_cos"],
  ofTask: false,
  encode: ({ hour }, _task, x, at) => {
    x[at] = Math.sin(turn(hour, 24));
    x[at + 1] = Math.cos(turn(hour, 24));
  },
  show: ({ hour }) => ({ hour_of_day: hour }),
};

/** Whether the task is overdue, its age clipped to 30 days, its priority from 1 to 4, all in [0, 1]. */
export const TASK: FeatureGroup = {
  labels: ["is_overdue", "task_age", "priority"],
  ofTask: true,
  encode: (_inputs, task, x, at) => {
    x[at] = task.is_overdue ? 1 : 0;
    x[at + 1] = Math.min(Math.max(task.task_age_days, 0), 30) / 30;
    x[at + 2] = (task.priority - 1) / 3;
  },
  show: (_inputs, { is_overdue, task_age_days, priority }) => ({
    is_overdue,
    task_age_days,
    priority,
  }),
};

/** The day of the week on the unit circle. */
export const DAY: FeatureGroup = {
  labels: ["dow_sin", "dow_cos"],
  ofTask: false,
  encode: ({ day }, _task, x, at) => {
    x[at] = Math.sin(turn(day, 7));
    x[at + 1] = Math.cos(turn(day, 7));
  },
  show: ({ day }) => ({ day_of_week: day }),
};

/** The entry of x that stands for a profile feature nobody knows. */
const UNKNOWN = 0.5;

function profileEntry(inputs: Inputs, i: number): number {
  const feature = PROFILE_FEATURES[i]!;
  const value = inputs.profile?.[i] ?? feature.default;
  return value === null ? UNKNOWN : feature.encode(value, inputs.hour);
}

/** The profile of the user, each entry in [0, 1]. */
export const PROFILE: FeatureGroup = {
  labels: PROFILE_FEATURES.map((feature) => feature.label),
  ofTask: false,
  encode: (inputs, _task, x, at) => {
    for (let i = 0; i < PROFILE_FEATURES.length; i++) x[at + i] = profileEntry(inputs, i);
  },
  show: (inputs) =>
    Object.fromEntries(
      PROFILE_FEATURES.map((feature, i) => [feature.label, profileEntry(inputs, i)]),
    ),
};

/**
 * Writes the vectors of a decision's candidates: row i of `x` (n x d, row-major) is that of
 * `tasks[i]`. Entries that all candidates share are computed once.
 */
export function encode(
  groups: readonly FeatureGroup[],
  inputs: Inputs,
  tasks: readonly Task[],
  x: Float64Array,
): void {
  const d = x.length / tasks.length;
  for (let i = 0; i < tasks.length; i++) {
    const row = i * d;
    let at = row;
    if (i > 0) x.copyWithin(row, 0, d);
    for (const group of groups) {
      if (i === 0 || group.ofTask) group.encode(inputs, tasks[i]!, x, at);
      at += group.labels.length;
    }
  }
}
