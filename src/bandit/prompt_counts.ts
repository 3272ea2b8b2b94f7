import { type Reaction, REACTIONS } from "../contract/mod.ts";
import type { Decision } from "./records.ts";

/** The most versions that are told apart. */
export const MAX_VERSIONS = 200;
/** The most models of a version that are told apart. */
export const MAX_MODELS = 50;
/** Where everything beyond those is counted; no version can have this name. */
export const OTHER = "(other)";

/** A reaction; `other` for a reward that is none of REACTIONS. */
export type ReactionOrOther = Reaction | "other";

/** What became of the tips of one prompt version. Values are replaced, never written to. */
export interface PromptCounts {
  /** Decisions that chose a tip of it. */
  readonly shown: number;
  /** How many of them were rewarded. */
  readonly rewarded: number;
  readonly rewardSum: number;
  /** How many of them got which reaction. */
  readonly reactions: Readonly<Record<ReactionOrOther, number>>;
  /** Decisions by the model that wrote the tip, where that is known. */
  readonly models: Readonly<Record<string, number>>;
}

/** What is counted: a tip of the version was shown, or such a decision was rewarded. */
export type PromptEvent =
  | { readonly shown: string; readonly model: string | null }
  | { readonly reacted: string; readonly reward: number };

const NONE: PromptCounts = {
  shown: 0,
  rewarded: 0,
  rewardSum: 0,
  reactions: { done: 0, helpful: 0, snooze: 0, not_helpful: 0, dismiss: 0, other: 0 },
  models: {},
};

/** What a decision adds to the counts; undefined where its tip names no prompt version. */
export function shownOf({ origin }: Decision): PromptEvent | undefined {
  if (origin === null || origin.promptVersion === null) return undefined;
  return { shown: origin.promptVersion, model: origin.model };
}

/**
 * Counts one event.
 *
 * @param counts by version; the version's are replaced in it
 * @returns the key that it was counted under
 */
export function countEvent(counts: Map<string, PromptCounts>, event: PromptEvent): string {
  const key = keyOf(counts, versionOf(event));
  const before = counts.get(key) ?? NONE;
  counts.set(key, "shown" in event ? withShown(before, event.model) : withReward(before, event));
  return key;
}

/** The version that an event is about. */
export function versionOf(event: PromptEvent): string {
  return "shown" in event ? event.shown : event.reacted;
}

function keyOf(counts: ReadonlyMap<string, PromptCounts>, version: string): string {
  if (counts.has(version)) return version;
  return counts.size - (counts.has(OTHER) ? 1 : 0) < MAX_VERSIONS ? version : OTHER;
}

function withShown(before: PromptCounts, model: string | null): PromptCounts {
  const shown = before.shown + 1;
  if (model === null) return { ...before, shown };
  const { models } = before;
  // Callers send the id that the model is read from: it may be called like a part of Object.
  const known = Object.hasOwn(models, model);
  const size = Object.keys(models).length - (Object.hasOwn(models, OTHER) ? 1 : 0);
  const key = known || size < MAX_MODELS ? model : OTHER;
  const count = Object.hasOwn(models, key) ? models[key]! : 0;
  return { ...before, shown, models: { ...models, [key]: count + 1 } };
}

function withReward(before: PromptCounts, { reward }: { readonly reward: number }): PromptCounts {
  const reaction = reactionOf(reward);
  return {
    ...before,
    rewarded: before.rewarded + 1,
    rewardSum: before.rewardSum + reward,
    reactions: { ...before.reactions, [reaction]: before.reactions[reaction] + 1 },
  };
}

const NAMES: readonly Reaction[] = [
  "done",
  "helpful",
  "snooze",
  "not_helpful",
  "dismiss",
];

function reactionOf(reward: number): ReactionOrOther {
  return NAMES.find((name) => REACTIONS[name] === reward) ?? "other";
}
