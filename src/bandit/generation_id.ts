/**
 * The generation_id: names one generation, and carries the model that wrote it, so that no
 * instance has to remember what another one generated.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Random bytes of a generation_id. */
export const GENERATION_RANDOM_BYTES = 8;
/** With so many bytes of the model the id stays within the contract's 256 characters. */
const MAX_MODEL_BYTES = 150;

const SHAPE = /^[0-9a-f]{16}-([\w-]+)$/;

/**
 * A new id, which {@linkcode modelOf} reads the model from.
 *
 * @param model as the gateway named it; what passes 150 bytes of UTF-8 is cut off
 * @param random {@linkcode GENERATION_RANDOM_BYTES} random bytes
 */
export function generationId(model: string, random: Uint8Array): string {
  const bytes = new Uint8Array(MAX_MODEL_BYTES);
  // encodeInto() writes whole characters only.
  const { written } = new TextEncoder().encodeInto(model, bytes);
  const name = Buffer.from(bytes.subarray(0, written)).toString("base64url");
  return `${Buffer.from(random).toString("hex")}-${name}`;
}

/** The model that a generation_id names; null where it names none, or is not one of ours. */
export function modelOf(generationId: string): string | null {
  const name = SHAPE.exec(generationId)?.[1];
  if (name === undefined) return null;
  const bytes = Buffer.from(name, "base64url");
  // Callers send the id: one that says the same in other letters was not made here.
  if (bytes.length > MAX_MODEL_BYTES || bytes.toString("base64url") !== name) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null; // not UTF-8
  }
}
