import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Counter, Model, SyncRecord, UserRecord } from "../bandit/records.ts";
import { NEW_USER } from "../bandit/records.ts";
import { type Loaded, NewerRecordError, type Store } from "../store/mod.ts";
import { type Claim, Claims } from "./claims.ts";
import { digestOf } from "./marker.ts";
import { isPythonName, type Kind, mayBeNamed } from "./names.ts";
import { parsePythonFile, type PythonFile, PythonFileError } from "./read.ts";

/** What to import, and into what. */
export interface ImportOptions {
  /** The Python service's STATE_DIR. */
  readonly directory: string;
  readonly users: readonly string[];
  readonly store: Store;
  /** Changes nothing; the outcomes are those that a real run would have. */
  readonly dryRun?: boolean;
  /** Overwrites users who exist. */
  readonly force?: boolean;
  /** Called after each user. */
  readonly onUser?: () => void;
}

/** Some records of one user. */
export interface Parts {
  readonly user: string;
  readonly parts: readonly Kind[];
}

/** What became of every user and file. */
export interface ImportReport {
  readonly imported: readonly Parts[];
  /** The store held the same already. */
  readonly unchanged: readonly Parts[];
  /** The store holds something else, which was not overwritten. */
  readonly kept: readonly Parts[];
  /** Nothing of these users was imported. */
  readonly skipped: readonly { readonly user: string; readonly reasons: readonly string[] }[];
  readonly withoutFiles: readonly string[];
  /** Files that no user led to. */
  readonly notClaimed: readonly string[];
  /** The sha256 of every file that the store now holds, by its name. */
  readonly digests: Readonly<Record<string, string>>;
}

/** How many users are worked on at once: their commits share a disk write. */
const AT_ONCE = 32;

type Outcome = "imported" | "unchanged" | "kept";

/** All that the files say of one user. */
interface Found {
  readonly models: Record<string, Model>;
  readonly base: Record<string, Counter>;
  sync?: SyncRecord;
  readonly digests: Map<Kind, { file: string; digest: string }>;
  readonly problems: string[];
}

/** Reads what a user claims. Anything wrong is a problem of the user as a whole. */
async function readClaims(directory: string, claims: Claims, user: string): Promise<Found> {
  const found: Found = { models: {}, base: {}, digests: new Map(), problems: [] };
  for (const claim of claims.of(user)) {
    const { file, kind } = claim;
    const content = await Deno.readTextFile(join(directory, file));
    let read: PythonFile;
    try {
      read = parsePythonFile(content);
    } catch (error) {
      if (!(error instanceof PythonFileError)) throw error;
      found.problems.push(`${file}: ${error.message}`);
      continue;
    }
    if (read.kind !== kind) {
      // Another user's, unless no name of that kind could be this one.
      if (!mayBeNamed(read.kind, file)) {
        found.problems.push(`${file}: holds ${read.kind} where ${kind} belongs`);
      }
      continue;
    }
    const problem = rivalry(claim, claims, found);
    if (problem !== undefined) {
      found.problems.push(problem);
      continue;
    }
    found.digests.set(kind, { file, digest: digestOf(content) });
    if (read.kind === "sync") found.sync = read.sync;
    else {
      if (read.model) found.models[read.kind] = read.model;
      if (read.counter) found.base[read.kind] = read.counter;
    }
  }
  return found;
}

function rivalry(claim: Claim, claims: Claims, { digests }: Found): string | undefined {
  const rivals = claims.rivals(claim).map((user) => JSON.stringify(user));
  if (rivals.length > 0) return `${claim.file}: is ${rivals.join(" and ")}'s file as well`;
  const other = digests.get(claim.kind);
  return other && `${claim.file}: ${other.file} is a file of the same policy and user`;
}

/** The record after the import: whole, its own decisions behind it, its identities kept. */
function importedRecord({ user, newest }: Loaded, { models, base }: Found): UserRecord {
  return {
    ...NEW_USER,
    floor: Math.max(newest?.number ?? 0, user?.floor ?? 0),
    models,
    base,
    applied: user?.applied ?? NEW_USER.applied,
  };
}

async function importRecord(
  user: string,
  found: Found,
  { store, force, dryRun }: ImportOptions,
): Promise<Outcome> {
  const loaded = await store.load(user);
  const { user: record, newest } = loaded;
  if (record !== undefined && (newest?.number ?? 0) <= record.floor) {
    const { models, base } = record;
    if (isDeepStrictEqual({ models, base }, { models: found.models, base: found.base })) {
      return "unchanged";
    }
  }
  if (!force && (record !== undefined || newest !== undefined)) return "kept";
  if (!dryRun) await store.commit(user, loaded.version, { user: importedRecord(loaded, found) });
  return "imported";
}

async function importSync(
  user: string,
  sync: SyncRecord,
  { store, force, dryRun }: ImportOptions,
): Promise<Outcome> {
  const stored = await store.getSync(user);
  if (isDeepStrictEqual(stored, sync)) return "unchanged";
  if (!force && stored !== undefined) return "kept";
  if (!dryRun) await store.putSync(user, sync);
  return "imported";
}

/**
 * Imports users of the Python service. A user is imported whole or not at all; what the store
 * holds is overwritten only by `force`; what is imported already is left alone.
 *
 * @throws {StoreUnavailableError} users before it are imported; another run goes on from there
 */
export async function importPythonState(options: ImportOptions): Promise<ImportReport> {
  const { directory, users, onUser } = options;
  const files: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (!entry.isDirectory && isPythonName(entry.name)) files.push(entry.name);
  }
  const claims = new Claims(files, users);
  const claimed = new Set<string>();
  const digests: Record<string, string> = {};
  const outcomes = new Map<string, ReadonlyMap<Kind, Outcome>>();
  const skipped = new Map<string, readonly string[]>();

  async function importUser(user: string): Promise<void> {
    const found = await readClaims(directory, claims, user);
    for (const { file } of found.digests.values()) claimed.add(file);
    if (found.problems.length > 0) {
      skipped.set(user, found.problems);
      return;
    }
    const parts = new Map<Kind, Outcome>();
    outcomes.set(user, parts);
    const policies = [...found.digests.keys()].filter((kind) => kind !== "sync");
    if (policies.length > 0) {
      const outcome = await importRecord(user, found, options);
      for (const kind of policies) parts.set(kind, outcome);
    }
    if (found.sync) parts.set("sync", await importSync(user, found.sync, options));
    for (const [kind, { file, digest }] of found.digests) {
      if (parts.get(kind) !== "kept") digests[file] = digest;
    }
  }

  const queue = users.values();
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (const user of queue) {
      try {
        await importUser(user);
      } catch (error) {
        if (!(error instanceof NewerRecordError)) throw error;
        outcomes.delete(user);
        skipped.set(user, [error.message]);
      }
      onUser?.();
    }
  });
  for (const result of await Promise.allSettled(workers)) {
    if (result.status === "rejected") throw result.reason;
  }
  // In the order of the list, however the workers interleaved.
  const having = (wanted: Outcome) =>
    users.map((user) => ({
      user,
      parts: [...outcomes.get(user) ?? []].filter(([, o]) => o === wanted).map(([kind]) => kind),
    })).filter(({ parts }) => parts.length > 0);
  return {
    imported: having("imported"),
    unchanged: having("unchanged"),
    kept: having("kept"),
    skipped: users.filter((user) => skipped.has(user))
      .map((user) => ({ user, reasons: skipped.get(user) ?? [] })),
    withoutFiles: users.filter((user) => outcomes.get(user)?.size === 0),
    notClaimed: files.filter((file) => !claimed.has(file)).sort(),
    digests,
  };
}
