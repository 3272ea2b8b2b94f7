import { OTHER, type PromptCounts } from "../bandit/prompt_counts.ts";
import { PromptVersion } from "../contract/mod.ts";
import { decodeDecision } from "../store/codec.ts";
import { decodeDecisionRow } from "../store/deno_kv/rows.ts";
import { KEY_ROOTS } from "../store/deno_kv/layout.ts";
import type { Snapshot } from "../store/deno_kv/snapshot.ts";
import { decodeUserRows, type UserRows } from "../store/deno_kv/walk.ts";
import { NewerRecordError, StoreUnavailableError } from "../store/errors.ts";
import { consistencyProblems } from "./consistency.ts";
import { shapeProblems } from "./shape.ts";

/** Something wrong: with one user, one prompt version, or the database as a whole. */
export interface Problem {
  readonly user?: string;
  readonly promptVersion?: string;
  readonly problem: string;
}

/** What was looked at. */
export interface Verified {
  readonly users: number;
  readonly decisions: number;
  readonly promptVersions: number;
}

/** What to look at. */
export interface VerifyOptions {
  readonly snapshot: Snapshot;
  /** How many decisions of each user must be kept. */
  readonly decisionLogSize: number;
  readonly onProblem: (problem: Problem) => void;
  /** Called after each user. */
  readonly onUser?: () => void;
}

/** Reads every record, and tells what is wrong with it. */
export async function verify(options: VerifyOptions): Promise<Verified> {
  const { snapshot, decisionLogSize, onProblem, onUser } = options;
  let users = 0;
  let decisions = 0;
  const stray = (key: Deno.KvKey) => onProblem({ problem: `a row has the key ${shown(key)}` });
  for await (const rows of snapshot.users(stray)) {
    const { user } = rows;
    const found = userProblems(rows, decisionLogSize);
    for (const problem of found.problems) onProblem({ user, problem });
    decisions += found.decisions;
    users++;
    onUser?.();
  }
  await unknownRows(snapshot.kv, stray);
  return { users, decisions, promptVersions: await verifyPrompts(snapshot, onProblem) };
}

function userProblems(
  rows: UserRows,
  decisionLogSize: number,
): { readonly problems: readonly string[]; readonly decisions: number } {
  try {
    const stored = decodeUserRows(rows);
    const problems = [...rowProblems(rows), ...shapeProblems(stored)];
    // Of parts that are wrong themselves nobody asks whether they fit each other.
    const more = problems.length > 0 ? [] : consistencyProblems(stored, decisionLogSize);
    return { problems: [...problems, ...more], decisions: stored.decisions.length };
  } catch (error) {
    if (!(error instanceof StoreUnavailableError) && !(error instanceof NewerRecordError)) {
      throw error;
    }
    return { problems: [error.message], decisions: 0 };
  }
}

/** Rows that lie where they do not belong. */
function rowProblems({ user, decisions, journal }: UserRows): string[] {
  const problems: string[] = [];
  const rows = decisions.map(({ first, value }) => ({ first, entries: decodeDecisionRow(value) }));
  for (const { first, entries } of rows) {
    const name = `row ${first} of decisions`;
    if (entries.length === 0) problems.push(`${name} is empty`);
    else if (entries[0]!.number !== first) {
      problems.push(`${name} begins with decision ${entries[0]!.number}`);
    }
    for (const entry of entries) {
      if (entry.user !== user) {
        problems.push(`${name} has a decision of ${JSON.stringify(entry.user)}`);
      }
    }
  }
  for (const { number, bytes } of [...rows.flatMap(({ entries }) => entries), ...journal]) {
    const inside = decodeDecision(bytes).number;
    if (inside !== number) problems.push(`decision ${inside} is kept as decision ${number}`);
  }
  return problems;
}

async function verifyPrompts(
  snapshot: Snapshot,
  onProblem: VerifyOptions["onProblem"],
): Promise<number> {
  let counts: ReadonlyMap<string, PromptCounts>;
  try {
    counts = await snapshot.promptCounts();
  } catch (error) {
    if (!(error instanceof StoreUnavailableError) && !(error instanceof NewerRecordError)) {
      throw error;
    }
    onProblem({ problem: error.message });
    return 0;
  }
  for (const [promptVersion, each] of counts) {
    for (const problem of promptProblems(promptVersion, each)) {
      onProblem({ promptVersion, problem });
    }
  }
  return counts.size;
}

/** What must hold whatever was imported: sums that are made of the same events. */
export function promptProblems(version: string, counts: PromptCounts): string[] {
  const { shown, rewarded, rewardSum, reactions, models } = counts;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const problems: string[] = [];
  if (version !== OTHER && !PromptVersion.safeParse(version).success) {
    problems.push("no version can be called that");
  }
  if ([shown, rewarded, ...Object.values(reactions)].some((count) => count < 0)) {
    problems.push("a count is below 0");
  }
  if (!Number.isFinite(rewardSum)) problems.push("the sum of rewards is not finite");
  const reacted = sum(Object.values(reactions));
  if (reacted !== rewarded) problems.push(`${rewarded} were rewarded, and ${reacted} reactions`);
  const byModel = sum(Object.values(models));
  if (byModel > shown) problems.push(`${shown} were shown, and ${byModel} of some model`);
  return problems;
}

/** The rows beside those that the layout knows. */
async function unknownRows(kv: Deno.Kv, onStray: (key: Deno.KvKey) => void): Promise<void> {
  const ranges = KEY_ROOTS.map((name, i) => ({
    // Behind every key that begins with `name`, as texts end with a zero in keys.
    start: [`${name}\0`],
    end: [KEY_ROOTS[i + 1] ?? true], // behind every text and number
  }));
  for (const range of [{ start: [new Uint8Array()], end: [KEY_ROOTS[0]] }, ...ranges]) {
    for await (const { key } of kv.list(range)) onStray(key);
  }
}

const shown = (key: Deno.KvKey) =>
  JSON.stringify(key.map((part) => typeof part === "bigint" ? `${part}n` : part));
