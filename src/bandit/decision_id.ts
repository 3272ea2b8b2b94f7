import { Buffer } from "node:buffer";
import type { Decision } from "./records.ts";

const NUMBER_BYTES = 6; // 2^48 decisions of one user
/** Random bytes of a decision. */
export const NONCE_BYTES = 8;

/** What a decision_id says: the decision's number, and the bytes that prove it was seen. */
export interface DecisionKey {
  readonly number: number;
  readonly nonce: Uint8Array;
}

/** The id that callers get: opaque to them, base64url (RFC 4648, section 5). */
export function decisionId({ number, nonce }: Pick<Decision, "number" | "nonce">): string {
  const bytes = Buffer.allocUnsafe(NUMBER_BYTES + NONCE_BYTES); // every byte is written below
  bytes.writeUIntBE(number, 0, NUMBER_BYTES);
  bytes.set(nonce, NUMBER_BYTES);
  return bytes.toString("base64url");
}

/** What the id says; undefined where it is none that {@linkcode decisionId} ever made. */
export function parseDecisionId(id: string): DecisionKey | undefined {
  const bytes = Buffer.from(id, "base64url");
  if (bytes.length !== NUMBER_BYTES + NONCE_BYTES || bytes.toString("base64url") !== id) {
    return undefined;
  }
  return { number: bytes.readUIntBE(0, NUMBER_BYTES), nonce: bytes.subarray(NUMBER_BYTES) };
}
