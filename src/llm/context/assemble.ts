import type { Task } from "../../bandit/features.ts";
import type { SyncRecord } from "../../bandit/records.ts";
import type { GenerateContext, ProfileFeatures, TaskSignal } from "../../contract/mod.ts";
import { aboutUser } from "./about_user.ts";
import { block, dataLine } from "./delimiters.ts";
import { taskFeatures } from "./task_features.ts";

/** The most tasks that a prompt tells of, unless told otherwise. */
export const MAX_PROMPT_TASKS = 20;
/** The most tokens of the user message, unless told otherwise. */
export const TOKEN_BUDGET = 2000;
/** Of the budget, for `extra`: it cannot crowd out the tasks, nor they it. */
const EXTRA_SHARE = 1 / 4;

/** In code points. */
const MAX_CONTENT = 200;
const MAX_KEY = 64;
const MAX_VALUE = 200;

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** What a user message is made from. */
export interface AssembleInput {
  readonly context: GenerateContext;
  readonly profile: ProfileFeatures | null | undefined;
  /** The user's last task sync, where there was one. */
  readonly sync: SyncRecord | undefined;
  /** ms since the epoch. */
  readonly now: number;
  /** Tips asked for. */
  readonly n: number;
  readonly maxTasks?: number;
  readonly tokenBudget?: number;
}

/** A task that the prompt tells of. */
export interface PromptTask {
  /** As the prompt counts, from 1. */
  readonly number: number;
  readonly id: string | null;
  /** As the prompt shows it. */
  readonly content: string;
  readonly features: Task;
}

/** A user message, and what its numbers stand for. */
export interface AssembledContext {
  readonly tasks: readonly PromptTask[];
  readonly user: string;
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/**
 * About how many tokens a text is, too many rather than too few: a third of its UTF-8 bytes.
 * English has about four bytes to a token; Chinese, Japanese and Korean have about three.
 */
export const estimateTokens = (text: string): number => Math.ceil(bytesOf(text) / 3);

/** Overdue before not, then by priority, then the older. */
function byUrgency(a: Task, b: Task): number {
  return Number(b.is_overdue) - Number(a.is_overdue) ||
    b.priority - a.priority ||
    b.task_age_days - a.task_age_days;
}

function mostUrgent(open: readonly TaskSignal[], now: number, max: number): PromptTask[] {
  return open
    .map((task) => ({ task, features: taskFeatures(task, now) }))
    .sort((a, b) => byUrgency(a.features, b.features))
    .slice(0, max)
    .map(({ task, features }, i) => ({
      number: i + 1,
      id: task.id ?? null,
      content: dataLine(task.content ?? "", MAX_CONTENT) ||
        dataLine(task.title ?? "", MAX_CONTENT) || "untitled",
      features,
    }));
}

function taskLine({ number, content, features }: PromptTask): string {
  const days = Math.floor(features.task_age_days);
  const facts = [
    ...(features.is_overdue ? ["overdue"] : []),
    `priority ${features.priority}`,
    // Less than a day may as well be an age that nobody knows.
    ...(days >= 1 ? [`${days} ${days === 1 ? "day" : "days"} old`] : []),
  ];
  return `${number}. [${facts.join(", ")}] ${content}`;
}

/** The first entries of `extra` that fit; one that does not is left out, and the next tried. */
function extraLines(extra: GenerateContext["extra"], tokens: number): string[] {
  const lines: string[] = [];
  let room = Math.floor(tokens * 3);
  for (const key of Object.keys(extra)) {
    const name = dataLine(key, MAX_KEY) || "unnamed";
    const line = `${name}: ${dataLine(JSON.stringify(extra[key]), MAX_VALUE)}`;
    const bytes = bytesOf(line) + 1;
    if (bytes > room) continue;
    room -= bytes;
    lines.push(line);
  }
  return lines;
}

function taskSection(tasks: readonly PromptTask[], open: number): string {
  if (open === 0) return "There are no open tasks.";
  const which = tasks.length < open ? `The ${tasks.length} most urgent of ${open} open` : "Open";
  return `${which} tasks, most urgent first:\n${block("tasks", tasks.map(taskLine))}`;
}

/**
 * The user message of a generation, and the tasks it tells of: of the open ones those that matter
 * most, as many as fit. Whatever a user wrote stands between delimiter lines that it cannot forge,
 * each task on its one line.
 *
 * The message keeps to the budget by {@linkcode estimateTokens}; without tasks and `extra` it is
 * some hundred tokens, which are never trimmed.
 */
export function assemble(input: AssembleInput): AssembledContext {
  const { context, now, n, maxTasks = MAX_PROMPT_TASKS, tokenBudget = TOKEN_BUDGET } = input;
  const open = context.tasks.filter(({ completed }) => !completed);
  const about = aboutUser(input.profile, input.sync);
  const extra = extraLines(context.extra, tokenBudget * EXTRA_SHARE);
  const render = (tasks: readonly PromptTask[]) =>
    [
      `It is ${context.hour_of_day}:00 on ${DAYS[context.day_of_week]!}.`,
      ...(about.length > 0 ? [about.join("\n")] : []),
      ...(extra.length > 0 ? [`Also known:\n${block("extra", extra)}`] : []),
      taskSection(tasks, open.length),
      `Suggest ${n} ${n === 1 ? "tip" : "tips"}.`,
    ].join("\n\n");

  const tasks = mostUrgent(open, now, maxTasks);
  let user = render(tasks);
  while (tasks.length > 0 && estimateTokens(user) > tokenBudget) {
    tasks.pop();
    user = render(tasks);
  }
  return { tasks, user };
}
