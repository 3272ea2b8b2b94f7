import { encode } from "@msgpack/msgpack";
import { z } from "zod";
import type { PromptCounts } from "../bandit/prompt_counts.ts";
import { parse, RECORD_FORMAT } from "./codec.ts";

const Count = z.int();
const PromptTuple = z.tuple([
  z.literal(RECORD_FORMAT),
  Count,
  Count,
  z.number(),
  z.tuple([Count, Count, Count, Count, Count, Count]),
  z.array(z.tuple([z.string(), Count])),
]);

/** The bytes of a prompt version's counts: at most some 8 KB, with MAX_MODELS long names. */
export function encodePromptCounts(counts: PromptCounts): Uint8Array {
  const { done, helpful, snooze, not_helpful, dismiss, other } = counts.reactions;
  return encode([
    RECORD_FORMAT,
    counts.shown,
    counts.rewarded,
    counts.rewardSum,
    [done, helpful, snooze, not_helpful, dismiss, other],
    Object.entries(counts.models),
  ]);
}

/**
 * A prompt version's counts from their bytes.
 *
 * @throws {NewerRecordError} a newer version wrote them
 * @throws {StoreUnavailableError} they are damaged
 */
export function decodePromptCounts(bytes: Uint8Array): PromptCounts {
  const [, shown, rewarded, rewardSum, reactions, models] = parse(
    "A prompt version's counts",
    PromptTuple,
    bytes,
  );
  const [done, helpful, snooze, not_helpful, dismiss, other] = reactions;
  return {
    shown,
    rewarded,
    rewardSum,
    reactions: { done, helpful, snooze, not_helpful, dismiss, other },
    models: Object.fromEntries(models),
  };
}
