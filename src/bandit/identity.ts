import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import type { RewardOfFeaturesV2 } from "../contract/mod.ts";
import type { DecisionKey } from "./decision_id.ts";
import { BODY_BYTES, IDENTITY_BYTES } from "./rings.ts";

/** What makes a reward count once: bytes for who it is, and bytes for what it says. */
export interface Identity {
  /** {@linkcode IDENTITY_BYTES} bytes. */
  readonly digest: Uint8Array;
  /** {@linkcode BODY_BYTES} bytes. */
  readonly body: Uint8Array;
}

function digest(text: string, bytes: number): Uint8Array {
  return hash("sha256", text, "buffer").subarray(0, bytes);
}

/** The identity of a reward by decision_id: the decision alone, whatever the body says. */
export function identityOfDecision({ number, nonce }: DecisionKey): Identity {
  const key = `decision\n${number}\n${Buffer.from(nonce).toString("hex")}`;
  return { digest: digest(key, IDENTITY_BYTES), body: new Uint8Array(BODY_BYTES) };
}

/**
 * The identity of a reward by Idempotency-Key, which is scoped to the policy (and, by where it
 * is kept, to the user). The body is the parsed one, so that the order of fields, defaults that
 * are spelled out and fields that nobody reads make no other reward.
 */
export function identityOfKey(
  policy: string,
  key: string,
  request: RewardOfFeaturesV2,
  profile: readonly (number | null)[] | null,
): Identity {
  const { hour_of_day, is_overdue, task_age_days, priority } = request.features;
  const body = JSON.stringify([
    request.tip_id,
    request.reward,
    request.day_of_week,
    [hour_of_day, is_overdue, task_age_days, priority],
    profile,
  ]);
  return {
    digest: digest(`key\n${policy}\n${key}`, IDENTITY_BYTES),
    body: digest(body, BODY_BYTES),
  };
}
