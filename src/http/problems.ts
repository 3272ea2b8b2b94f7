import { z } from "zod";
import type { Problem } from "../contract/mod.ts";

/** The most problems of one answer; a body of bad candidates has thousands. */
export const MAX_PROBLEMS = 100;

/** What is said of a value of a wrong type, by pydantic's name for it. */
const WRONG_TYPE = {
  missing: "Field required",
  string_type: "Input should be a valid string",
  int_type: "Input should be a valid integer",
  int_from_float: "Input should be a valid integer, got a number with a fractional part",
  float_type: "Input should be a valid number",
  finite_number: "Input should be a finite number",
  bool_type: "Input should be a valid boolean",
  list_type: "Input should be a valid list",
  model_attributes_type: "Input should be a valid dictionary or object to extract fields from",
} as const;

type WrongType = keyof typeof WRONG_TYPE;

const BY_EXPECTED: Readonly<Record<string, WrongType>> = {
  string: "string_type",
  number: "float_type",
  boolean: "bool_type",
  array: "list_type",
  object: "model_attributes_type",
  record: "model_attributes_type",
};

function wrongType(issue: z.core.$ZodRawIssue): WrongType | undefined {
  if (issue.code !== "invalid_type") return undefined;
  const { input, inst, expected } = issue;
  if (input === undefined) return "missing";
  if (typeof input === "number") {
    if (!Number.isFinite(input)) return "finite_number";
    if (expected === "int") return "int_from_float";
  }
  return inst instanceof z.ZodNumberFormat ? "int_type" : BY_EXPECTED[String(expected)];
}

/**
 * Given to every parse. An issue keeps neither its input nor its schema, and a message is all
 * that an error map can add: so the message of a wrong type is its name.
 */
export const PARSE: z.core.ParseContext<z.core.$ZodIssue> = { error: wrongType };

function isWrongType(name: string): name is WrongType {
  return Object.hasOwn(WRONG_TYPE, name);
}

const counted = (count: number | bigint, unit: string) =>
  `${count} ${unit}${count == 1 ? "" : "s"}`;

/** pydantic's name where the meaning is the same, and a sentence. */
function explain(issue: z.core.$ZodIssue): [type: string, msg: string] {
  const { message } = issue;
  switch (issue.code) {
    case "invalid_type":
      return isWrongType(message) ? [message, WRONG_TYPE[message]] : ["type_error", message];
    case "invalid_format":
      return ["string_pattern_mismatch", `Input ${message}`];
    case "too_small":
      return issue.origin === "string"
        ? ["string_too_short", `Input should have at least ${counted(issue.minimum, "character")}`]
        : ["greater_than_equal", `Input should be greater than or equal to ${issue.minimum}`];
    case "too_big":
      if (issue.origin === "string") {
        return [
          "string_too_long",
          `Input should have at most ${counted(issue.maximum, "character")}`,
        ];
      }
      return issue.origin === "array"
        ? ["too_long", `Input should have at most ${counted(issue.maximum, "item")}`]
        : ["less_than_equal", `Input should be less than or equal to ${issue.maximum}`];
    default:
      return ["value_error", message];
  }
}

/** What a parse with {@linkcode PARSE} found wrong, under `loc`: the first hundred. */
export function problemsOf(error: z.core.$ZodError, loc: readonly string[]): Problem[] {
  return error.issues.slice(0, MAX_PROBLEMS).map((issue) => {
    const [type, msg] = explain(issue);
    const path = issue.path.map((key) => typeof key === "symbol" ? String(key) : key);
    return { loc: [...loc, ...path], msg, type };
  });
}
