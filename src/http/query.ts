import type { z } from "zod";
import { InvalidRequestError } from "./errors.ts";
import { PARSE, problemsOf } from "./problems.ts";

/** Finds a part of a query by its name; undefined where it is not there. */
export type Query = (name: string) => string | undefined;

/** What a schema's own bounds then judge: JavaScript's numbers hold 16 digits, not all exactly. */
const DIGITS = /^-?\d{1,16}$/;

/**
 * A whole number of a query, or what the schema has in its place.
 *
 * @throws {InvalidRequestError} it is none, or not one that the schema takes
 */
export function intOf(
  { name, schema }: { readonly name: string; readonly schema: z.ZodType<number> },
  query: Query,
): number {
  const text = query(name);
  if (text !== undefined && !DIGITS.test(text)) {
    const msg = "Input should be a valid integer";
    throw new InvalidRequestError([{ loc: ["query", name], msg, type: "int_parsing" }]);
  }
  const parsed = schema.safeParse(text === undefined ? undefined : Number(text), PARSE);
  if (!parsed.success) throw new InvalidRequestError(problemsOf(parsed.error, ["query", name]));
  return parsed.data;
}
