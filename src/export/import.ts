import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { PromptCounts } from "../bandit/prompt_counts.ts";
import { ExportedUser } from "../contract/mod.ts";
import type { StoredUser } from "../store/stored_user.ts";
import { shapeProblems } from "../verify/shape.ts";
import { promptProblems } from "../verify/verify.ts";
import { EXPORT_FORMAT, ExportedPromptCounts, ExportHeader, importPromptCounts } from "./lines.ts";
import type { NumberedLine } from "./read_lines.ts";
import { importUser } from "./user.ts";

/** The file is no export, or one of a newer version; nothing was imported. */
export class ExportFileError extends Error {
  override readonly name = "ExportFileError";
}

/** What an import reads and writes. */
export interface ImportTarget {
  readonly load: (user: string) => Promise<StoredUser | undefined>;
  readonly replace: (users: readonly StoredUser[]) => Promise<void>;
  readonly promptCounts: () => Promise<ReadonlyMap<string, PromptCounts>>;
  readonly replacePromptCounts: (version: string, counts: PromptCounts) => Promise<void>;
}

/** An export of which the header was read. */
export interface ExportFile {
  readonly header: ExportHeader;
  /** The lines behind it. */
  readonly lines: AsyncIterable<NumberedLine>;
}

/**
 * Reads the header of an export.
 *
 * @throws {ExportFileError} it is none, or one that this version cannot read
 */
export async function openExport(lines: AsyncGenerator<NumberedLine>): Promise<ExportFile> {
  return { header: parseHeader((await lines.next()).value), lines };
}

/** What to import, and into what. */
export interface ImportOptions {
  readonly file: ExportFile;
  readonly target: ImportTarget;
  /** Changes nothing; the outcomes are those that a real run would have. */
  readonly dryRun: boolean;
  /** Replaces what exists and differs. */
  readonly force: boolean;
  /** Called for each line that was left out. */
  readonly onSkipped: (line: number, reason: string) => void;
  /** Called after each line. */
  readonly onLine?: () => void;
}

/** What became of the users, or of the prompt versions. */
export interface Outcomes {
  imported: number;
  /** They were here already, the same. */
  unchanged: number;
  /** They are here, and differ. */
  kept: number;
}

/** What became of an export. */
export interface ImportOutcome {
  readonly users: Outcomes;
  readonly promptVersions: Outcomes;
  readonly skipped: number;
  /** Lines that the header tells of and the file does not have. */
  readonly missing: number;
}

/** Users that are looked up, and then written, together. */
const AT_ONCE = 64;
/** Decisions that wait for it at the most. */
const DECISIONS_AT_ONCE = 20_000;

const none = (): Outcomes => ({ imported: 0, unchanged: 0, kept: 0 });

/**
 * Imports the lines that an export has written. A user is imported whole or not at all, and is
 * then as it was exported; a line that is damaged is left out. A second run changes nothing.
 *
 * @throws {StoreUnavailableError} users before it are imported; another run goes on from there
 */
export async function importLines(options: ImportOptions): Promise<ImportOutcome> {
  const { file: { header, lines }, target, onSkipped, onLine } = options;
  const stored = await target.promptCounts();
  const [users, promptVersions] = [none(), none()];
  let seen = 0;
  let skipped = 0;
  let waiting: StoredUser[] = [];
  let decisions = 0;
  const flush = async () => {
    await importUsers(waiting, options, users);
    waiting = [];
    decisions = 0;
  };
  for await (const line of lines) {
    seen++;
    const parsed = parseLine(line.text);
    if ("reason" in parsed) {
      onSkipped(line.number, parsed.reason);
      skipped++;
    } else if ("user" in parsed) {
      waiting.push(parsed.user);
      decisions += parsed.user.decisions.length;
      if (waiting.length === AT_ONCE || decisions > DECISIONS_AT_ONCE) await flush();
    } else {
      const { version, counts } = parsed;
      const outcome = outcomeOf(stored.get(version), counts, options);
      promptVersions[outcome]++;
      if (outcome === "imported" && !options.dryRun) {
        await target.replacePromptCounts(version, counts);
      }
    }
    onLine?.();
  }
  await flush();
  const missing = Math.max(0, header.users + header.prompt_versions - seen);
  return { users, promptVersions, skipped, missing };
}

function outcomeOf(
  before: unknown,
  after: unknown,
  { force }: ImportOptions,
): keyof Outcomes {
  if (before === undefined) return "imported";
  if (isDeepStrictEqual(before, after)) return "unchanged";
  return force ? "imported" : "kept";
}

async function importUsers(
  users: readonly StoredUser[],
  options: ImportOptions,
  outcomes: Outcomes,
): Promise<void> {
  // The last of a user's lines counts with force, the first without: as if one came by one.
  const byId = new Map<string, StoredUser>();
  const found = new Map(
    await Promise.all(
      users.map(async ({ user }) => [user, await options.target.load(user)] as const),
    ),
  );
  for (const user of users) {
    const outcome = outcomeOf(byId.get(user.user) ?? found.get(user.user), user, options);
    outcomes[outcome]++;
    if (outcome === "imported") byId.set(user.user, user);
  }
  if (!options.dryRun && byId.size > 0) await options.target.replace([...byId.values()]);
}

function parseHeader(line: NumberedLine | undefined): ExportHeader {
  const json = parseJson(line?.text);
  const format = z.looseObject({ tip_scorer_export: z.int() }).safeParse(json);
  if (!format.success) throw new ExportFileError("it does not begin with the header of an export");
  const { tip_scorer_export: found } = format.data;
  if (found > EXPORT_FORMAT) {
    throw new ExportFileError(
      `it has format ${found}; this version reads formats up to ${EXPORT_FORMAT}`,
    );
  }
  const { success, data, error } = ExportHeader.safeParse(json);
  if (success) return data;
  throw new ExportFileError(`its header is damaged: ${firstIssue(error)}`);
}

type Parsed =
  | { readonly reason: string }
  | { readonly user: StoredUser }
  | { readonly version: string; readonly counts: PromptCounts };

function parseLine(text: string | undefined): Parsed {
  const json = parseJson(text);
  if (json === undefined) return { reason: "it is not JSON, perhaps cut off" };
  if (typeof json === "object" && json !== null && "prompt_version" in json) {
    const { success, data, error } = ExportedPromptCounts.safeParse(json);
    if (!success) return { reason: firstIssue(error) };
    const parsed = { version: data.prompt_version, counts: importPromptCounts(data) };
    const [problem] = promptProblems(parsed.version, parsed.counts);
    return problem === undefined ? parsed : { reason: problem };
  }
  const { success, data, error } = ExportedUser.safeParse(json);
  if (!success) return { reason: firstIssue(error) };
  const user = importUser(data);
  const [problem] = shapeProblems(user);
  if (problem === undefined) return { user };
  return { reason: `user ${JSON.stringify(user.user)}: ${problem}` };
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "the line"}: ${issue?.message}`;
}
