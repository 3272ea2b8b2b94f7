import { z } from "zod";
import { UserId } from "../contract/mod.ts";

/** The ids of a list, each once, in the order of the list. */
export interface UserIds {
  readonly valid: readonly string[];
  /** Those that the service cannot serve, with what is wrong with them. */
  readonly invalid: readonly { readonly user: string; readonly reason: string }[];
}

const Ids = z.array(z.string());

function parseArray(text: string): string[] | undefined {
  try {
    return Ids.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Reads a list of user ids: a JSON array of strings, or one id a line. A line is taken as it
 * is, spaces and all; empty ones are passed over.
 */
export function parseUserIds(text: string): UserIds {
  const ids = parseArray(text) ??
    text.replace(/^\uFEFF/, "").split(/\r?\n/).filter((line) => line !== "");
  const valid: string[] = [];
  const invalid: { user: string; reason: string }[] = [];
  for (const user of new Set(ids)) {
    const parsed = UserId.safeParse(user);
    if (parsed.success) valid.push(user);
    else invalid.push({ user, reason: `not a user id: ${parsed.error.issues[0]?.message}` });
  }
  return { valid, invalid };
}
