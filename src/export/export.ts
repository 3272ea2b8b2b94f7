import project from "../../deno.json" with { type: "json" };
import type { Snapshot } from "../store/deno_kv/snapshot.ts";
import { decodeUserRows } from "../store/deno_kv/walk.ts";
import { NewerRecordError, StoreUnavailableError } from "../store/errors.ts";
import type { StoredUser } from "../store/stored_user.ts";
import { exactJson } from "./json.ts";
import { EXPORT_FORMAT, type ExportHeader, exportPromptCounts } from "./lines.ts";
import { exportUser } from "./user.ts";

/** A user who was left out, and why. */
export interface Skipped {
  readonly user: string;
  readonly reason: string;
}

/** Which users to export. */
export interface Selection {
  readonly snapshot: Snapshot;
  /** Undefined for all of them. */
  readonly users: readonly string[] | undefined;
  readonly onSkipped: (skipped: Skipped) => void;
}

/** How many users of a selection are there, whether or not they can be read. */
export async function countSelected({ snapshot, users }: Selection): Promise<number> {
  if (!users) return await snapshot.countUsers();
  let count = 0;
  for (const user of users) if (await snapshot.userRows(user)) count++;
  return count;
}

/**
 * The users of a selection, one at a time; those who are not there, or whose records cannot be
 * read, are skipped.
 */
export async function* selectedUsers(selection: Selection): AsyncGenerator<StoredUser> {
  const { snapshot, users, onSkipped } = selection;
  for await (const { user, read } of users ? readEach(snapshot, users) : readAll(snapshot)) {
    try {
      const stored = await read();
      const reason = stored ? unfit(stored) : "there is no such user";
      if (stored && reason === undefined) yield stored;
      else onSkipped({ user, reason: reason ?? "" });
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) && !(error instanceof NewerRecordError)) {
        throw error;
      }
      onSkipped({ user, reason: error.message });
    }
  }
}

interface Readable {
  readonly user: string;
  readonly read: () => StoredUser | undefined | Promise<StoredUser | undefined>;
}

async function* readAll(snapshot: Snapshot): AsyncGenerator<Readable> {
  for await (const rows of snapshot.users()) {
    yield { user: rows.user, read: () => decodeUserRows(rows) };
  }
}

function* readEach(snapshot: Snapshot, users: readonly string[]): Generator<Readable> {
  for (const user of users) yield { user, read: () => snapshot.user(user) };
}

/** What JSON has no numbers for. Decisions were checked when they were decoded. */
function unfit({ record }: StoredUser): string | undefined {
  if (!record) return undefined;
  const models = Object.values(record.models);
  const numbers = [record.rewards, ...models.flatMap(({ A, b }) => [A, b])];
  return numbers.every((each) => each.every(Number.isFinite))
    ? undefined
    : "a number of its record is not finite";
}

/** What was written. */
export interface Exported {
  readonly users: number;
  readonly promptVersions: number;
}

/** What to write, and where. */
export interface ExportOptions extends Selection {
  /** Writes text, and waits until more can be taken. */
  readonly write: (text: string) => Promise<void>;
  /** ms since the epoch. */
  readonly now: number;
  /** How many users of the selection are there. */
  readonly total: number;
  /** Called after each user. */
  readonly onUser?: () => void;
}

/**
 * Writes users as lines of JSON, with a header before them; the counts by prompt version as
 * well where all users are exported.
 *
 * @throws {StoreUnavailableError} the counts by prompt version are damaged
 */
export async function exportLines(options: ExportOptions): Promise<Exported> {
  const { snapshot, users, write, now, total, onUser } = options;
  const counts = users ? new Map<string, never>() : await snapshot.promptCounts();
  const header: ExportHeader = {
    tip_scorer_export: EXPORT_FORMAT,
    service_version: project.version,
    exported_at: new Date(now).toISOString(),
    users: total,
    prompt_versions: counts.size,
  };
  await write(`${exactJson(header)}\n`);
  for (const [version, each] of counts) {
    await write(`${exactJson(exportPromptCounts(version, each))}\n`);
  }
  let written = 0;
  for await (const stored of selectedUsers(options)) {
    await write(`${exactJson(exportUser(stored))}\n`);
    written++;
    onUser?.();
  }
  return { users: written, promptVersions: counts.size };
}
