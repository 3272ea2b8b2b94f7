import type { PromptEvent } from "../../bandit/prompt_counts.ts";
import { ConflictError } from "../errors.ts";
import type { Version } from "../port.ts";
import { encodeUserRow, keys } from "./layout.ts";
import type { Waiting } from "./queue.ts";
import type { Entry } from "./rows.ts";

/** What a user stands at: how often the record was replaced, and the newest decision's number. */
export interface Head {
  readonly revision: number;
  readonly newest: number;
}

/** Of a user of whom there is nothing. */
export const NEW_HEAD: Head = { revision: 0, newest: 0 };

/** The version that a head means to callers. */
export const versionOf = ({ revision, newest }: Head): Version => revision + newest;

/** What a batch comes to. */
export interface Accepted {
  /** The writes that are answered once the atomic write is, and with what. */
  readonly answers: readonly { readonly waiting: Waiting; readonly version: Version }[];
  /** What their users stand at then. */
  readonly heads: ReadonlyMap<string, Head>;
  /** The decisions among them, which go into the journal. */
  readonly entries: readonly Entry[];
  /** What they add to the counts by prompt version. */
  readonly events: readonly PromptEvent[];
}

/**
 * Adds the records among the writes to an atomic write. Those that expect another version than
 * their user is at are rejected, each by itself.
 *
 * @param headOf what a user stands at before the batch
 */
export function accept(
  batch: readonly Waiting[],
  headOf: (user: string) => Head,
  atomic: Deno.AtomicOperation,
): Accepted {
  const heads = new Map<string, Head>();
  const entries: Entry[] = [];
  const events: PromptEvent[] = [];
  const answers: { readonly waiting: Waiting; readonly version: Version }[] = [];
  for (const waiting of batch) {
    const { user, write, reject } = waiting;
    if (write.kind === "erase") continue; // takeBatch keeps them apart
    if (write.kind === "sync") {
      atomic.set(keys.sync(user), write.bytes);
      answers.push({ waiting, version: 0 });
      continue;
    }
    const head = heads.get(user) ?? headOf(user);
    if (versionOf(head) !== write.expected) {
      reject(new ConflictError(`The user is at ${versionOf(head)}, not at ${write.expected}`));
      continue;
    }
    const next = write.kind === "decision"
      ? { revision: head.revision, newest: write.entry.number }
      : { revision: head.revision + 1, newest: head.newest };
    if (write.kind === "decision") entries.push(write.entry);
    else atomic.set(keys.user(user), encodeUserRow({ ...next, bytes: write.bytes }));
    if (write.event) events.push(write.event);
    heads.set(user, next);
    answers.push({ waiting, version: versionOf(next) });
  }
  return { answers, heads, entries, events };
}
