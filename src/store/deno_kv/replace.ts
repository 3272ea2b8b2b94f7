import { decode, encode } from "@msgpack/msgpack";
import { z } from "zod";
import { encodeDecision, encodeUser } from "../codec.ts";
import { StoreUnavailableError } from "../errors.ts";
import type { StoredUser } from "../stored_user.ts";
import { encodeSync, encodeUserRow, keyBytes, keys } from "./layout.ts";
import { encodeDecisionRow, splitRows } from "./rows.ts";

/** Limits of one atomic write, each below Deno KV's own. */
const MAX_BYTES = 500_000;
const MAX_WRITES = 400;
const MAX_KEY_BYTES = 25_000;

/** One row written, or deleted where there is no value. */
interface Write {
  readonly key: Deno.KvKey;
  readonly value?: Uint8Array;
}

function fits(writes: readonly Write[]): boolean {
  const bytes = writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  return bytes <= MAX_BYTES && writes.length <= MAX_WRITES &&
    writes.reduce((sum, write) => sum + keyBytes(write.key), 0) <= MAX_KEY_BYTES;
}

async function commit(kv: Deno.Kv, writes: readonly Write[]): Promise<void> {
  const atomic = kv.atomic();
  for (const { key, value } of writes) {
    if (value) atomic.set(key, value);
    else atomic.delete(key);
  }
  if (!(await atomic.commit()).ok) throw new StoreUnavailableError("A write was refused");
}

/** Commits writes that need not be there together, as many at a time as fit. */
async function commitEach(
  kv: Deno.Kv,
  writes: Iterable<Write> | AsyncIterable<Write>,
): Promise<void> {
  let group: Write[] = [];
  for await (const write of writes) {
    if (group.length > 0 && !fits([...group, write])) {
      await commit(kv, group);
      group = [];
    }
    group.push(write);
  }
  if (group.length > 0) await commit(kv, group);
}

async function keysUnder(kv: Deno.Kv, prefix: Deno.KvKey): Promise<Deno.KvKey[]> {
  const found: Deno.KvKey[] = [];
  for await (const { key } of kv.list({ prefix })) found.push(key);
  return found;
}

/** The rows of a user's record and sync, written or deleted. */
function headWrites({ user, record, sync }: StoredUser): Write[] {
  const bytes = record && encodeUserRow({ revision: 1, bytes: encodeUser(record) });
  return [
    { key: keys.user(user), ...(bytes && { value: bytes }) },
    { key: keys.sync(user), ...(sync && { value: encodeSync(sync) }) },
  ];
}

interface DecisionsRow {
  readonly first: number;
  readonly value: Uint8Array;
}

function decisionRows({ user, decisions }: StoredUser): DecisionsRow[] {
  const entries = decisions.map((decision) => ({
    user,
    number: decision.number,
    bytes: encodeDecision(decision),
  }));
  return splitRows(entries).map((row) => ({
    first: row[0]!.number,
    value: encodeDecisionRow(row),
  }));
}

/**
 * Replaces users, each whole or not at all: many of them share an atomic write, and one that is
 * too large for it is staged first. No other process may use the database, and its journal must
 * be empty of these users.
 */
export async function replaceUsers(kv: Deno.Kv, users: readonly StoredUser[]): Promise<void> {
  let group: Write[] = [];
  for (const stored of users) {
    const { user } = stored;
    const rows = decisionRows(stored);
    const firsts = new Set<unknown>(rows.map(({ first }) => first));
    const old = (await keysUnder(kv, keys.decisions(user))).filter((key) => !firsts.has(key[2]));
    const writes: Write[] = [
      ...old.map((key) => ({ key })),
      ...rows.map(({ first, value }) => ({ key: keys.decisionRow(user, first), value })),
      ...headWrites(stored),
    ];
    if (!fits(writes)) {
      await replaceInSteps(kv, stored, rows);
    } else if (fits([...group, ...writes])) {
      group.push(...writes);
    } else {
      await commit(kv, group);
      group = writes;
    }
  }
  if (group.length > 0) await commit(kv, group);
}

const Marker = z.tuple([z.instanceof(Uint8Array).nullable(), z.instanceof(Uint8Array).nullable()]);

/** Rows are staged, then a marker decides that they count, and then they are put in place. */
async function replaceInSteps(
  kv: Deno.Kv,
  stored: StoredUser,
  rows: readonly DecisionsRow[],
): Promise<void> {
  const { user } = stored;
  const staged = rows.map(({ first, value }) => ({ key: keys.stagedRow(user, first), value }));
  await commitEach(kv, staged);
  const [record, sync] = headWrites(stored);
  const marker = encode([record?.value ?? null, sync?.value ?? null]);
  await commit(kv, [{ key: keys.replacing(user), value: marker }]);
  await putInPlace(kv, user, marker);
}

/** May be begun again at any point, until its last step has deleted the marker. */
async function putInPlace(kv: Deno.Kv, user: string, marker: unknown): Promise<void> {
  const [record, sync] = Marker.parse(decode(z.instanceof(Uint8Array).parse(marker)));
  const staged = await keysUnder(kv, keys.staged(user));
  const firsts = new Set(staged.map((key) => key[2]));
  const old = (await keysUnder(kv, keys.decisions(user))).filter((key) => !firsts.has(key[2]));
  await commitEach(kv, old.map((key) => ({ key })));
  await commitEach(kv, stagedWrites(kv, user));
  await commit(kv, [
    { key: keys.user(user), ...(record && { value: record }) },
    { key: keys.sync(user), ...(sync && { value: sync }) },
    { key: keys.replacing(user) },
  ]);
  await commitEach(kv, staged.map((key) => ({ key })));
}

async function* stagedWrites(kv: Deno.Kv, user: string): AsyncGenerator<Write> {
  for await (const { key, value } of kv.list({ prefix: keys.staged(user) }, { batchSize: 10 })) {
    const target = keys.decisionRow(user, Number(key[2]));
    yield { key: target, value: z.instanceof(Uint8Array).parse(value) };
  }
}

/** Ends the replacements that a crash has interrupted, and drops those that did not count yet. */
export async function finishReplacements(kv: Deno.Kv): Promise<void> {
  for await (const { key, value } of kv.list({ prefix: keys.allReplacing })) {
    await putInPlace(kv, String(key[1]), value);
  }
  const left = await keysUnder(kv, keys.allStaged);
  await commitEach(kv, left.map((key) => ({ key })));
}
