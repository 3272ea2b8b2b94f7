import type { z } from "zod";
import { DeadLetterName, UserId } from "../contract/mod.ts";
import { InvalidRequestError } from "./errors.ts";
import { PARSE, problemsOf } from "./problems.ts";

/** The path of a request as it was sent: what decodes it early can't tell `%2F` from `/`. */
export function rawPath({ url }: Request): string {
  const start = url.indexOf("/", "http://".length);
  const rest = url.slice(start);
  const end = rest.search(/[?#]/);
  return end === -1 ? rest : rest.slice(0, end);
}

/** A segment of a raw path, decoded once and otherwise as it was sent. */
function decode(segment: string, name: string, schema: z.ZodType<string>): string {
  const loc = ["path", name];
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    const msg = "Input is not percent-encoded UTF-8";
    throw new InvalidRequestError([{ loc, msg, type: "url_encoding" }]);
  }
  const parsed = schema.safeParse(text, PARSE);
  if (!parsed.success) throw new InvalidRequestError(problemsOf(parsed.error, loc));
  return parsed.data;
}

/** The user id that ends a raw path. */
export function userIdOf(path: string): string {
  return decode(path.slice(path.lastIndexOf("/") + 1), "user_id", UserId);
}

/** The dead letter that a raw path names: it comes after /admin/dead-letters. */
export function letterNameOf(path: string): string {
  return decode(path.split("/")[3] ?? "", "name", DeadLetterName);
}
