import { type PromptEvent, versionOf } from "../../bandit/prompt_counts.ts";
import type { Version } from "../port.ts";
import { keyBytes, keys } from "./layout.ts";
import { type Entry, rowBytes } from "./rows.ts";

/** Limits of a batch, which with a step of settling is one atomic write: see there. */
const MAX_BATCH_BYTES = 200_000;
const MAX_BATCH_WRITES = 150;
const MAX_BATCH_KEY_BYTES = 15_000;
/** Each is a row of up to 9 KB, whose bytes are known only when it is written. */
const MAX_BATCH_VERSIONS = 10;

/** What a write adds to the counts by prompt version. */
interface Counting {
  readonly event: PromptEvent | undefined;
}

/** One change of one user, encoded. */
export type Write =
  | Counting & { readonly kind: "decision"; readonly expected: Version; readonly entry: Entry }
  | Counting & { readonly kind: "user"; readonly expected: Version; readonly bytes: Uint8Array }
  | { readonly kind: "sync"; readonly bytes: Uint8Array }
  | { readonly kind: "erase" };

/** A write that was asked for and not answered. */
export interface Waiting {
  readonly user: string;
  readonly write: Write;
  readonly resolve: (version: Version) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Takes the writes out of the queue that one atomic write holds: the first of them, one at least.
 * Erasures are among themselves.
 */
export function takeBatch(queue: Waiting[]): Waiting[] {
  let bytes = 0;
  let inKeys = 0;
  let versions: Set<string> | undefined; // seldom needed
  let n = 0;
  const erases = queue[0]?.write.kind === "erase";
  while (n < queue.length && n < MAX_BATCH_WRITES) {
    const { user, write } = queue[n]!;
    if ((write.kind === "erase") !== erases) break;
    if (write.kind === "decision") bytes += rowBytes(write.entry);
    else if (write.kind !== "erase") bytes += write.bytes.length;
    // A decision is settled under a key of its user one day, at the pace at which they come in.
    inKeys += (write.kind === "erase" ? 3 : 1) * keyBytes(keys.decisionRow(user, 0));
    if ("event" in write && write.event) {
      versions = (versions ?? new Set()).add(versionOf(write.event));
      if (versions.size > MAX_BATCH_VERSIONS) break;
    }
    if (n > 0 && (bytes > MAX_BATCH_BYTES || inKeys > MAX_BATCH_KEY_BYTES)) break;
    n++;
  }
  return queue.splice(0, n);
}
