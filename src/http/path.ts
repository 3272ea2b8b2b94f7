import { UserId } from "../contract/mod.ts";
import { InvalidRequestError } from "./errors.ts";
import { PARSE, problemsOf } from "./problems.ts";

/** The path of a request as it was sent: what decodes it early can't tell `%2F` from `/`. */
export function rawPath({ url }: Request): string {
  const start = url.indexOf("/", "http://".length);
  const rest = url.slice(start);
  const end = rest.search(/[?#]/);
  return end === -1 ? rest : rest.slice(0, end);
}

function decodePercent(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    const msg = "Input is not percent-encoded UTF-8";
    throw new InvalidRequestError([{ loc: ["path", "user_id"], msg, type: "url_encoding" }]);
  }
}

/** The user id that ends a raw path, decoded once and otherwise as it was sent. */
export function userIdOf(path: string): string {
  const parsed = UserId.safeParse(decodePercent(path.slice(path.lastIndexOf("/") + 1)), PARSE);
  if (!parsed.success) throw new InvalidRequestError(problemsOf(parsed.error, ["path", "user_id"]));
  return parsed.data;
}
