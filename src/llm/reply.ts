import { z } from "zod";
import { Id, MAX_ID_LENGTH } from "../contract/ids.ts";
import { InvalidReplyError } from "./errors.ts";

/** The longest content or rationale that is kept, in UTF-16 code units. */
const MAX_TEXT_LENGTH = 1_000;
/** Brackets in prose are tried as JSON, but no more of them than this. */
const MAX_SPANS = 100;
/** Of a list, no more items than this are looked at: no prompt asks for as many. */
const MAX_ITEMS = 1_000;

/** A tip as the LLM wrote it. */
export interface Tip {
  /** Unique in its reply. */
  readonly id: string;
  readonly content: string;
  readonly rationale: string | null;
  /** The number, in the prompt, of the task that the tip is about. */
  readonly task: number | null;
}

/** The JSON Schema of a reply, for gateways that hold the LLM to it. */
export const TIPS_SCHEMA: Record<string, unknown> = jsonSchema();

function jsonSchema(): Record<string, unknown> {
  const Tip = z.strictObject({
    id: z.string(),
    content: z.string(),
    rationale: z.string().nullable(),
    task: z.int().nullable(),
  });
  const { $schema: _, ...schema } = z.toJSONSchema(z.strictObject({ tips: z.array(Tip) }), {
    // Some providers refuse bounds, and these only say what a double can hold.
    override: ({ jsonSchema }) => {
      delete jsonSchema.minimum;
      delete jsonSchema.maximum;
    },
  });
  return schema;
}

/** Text on one line that can be shown and stored anywhere. */
function cleaned(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").trim().slice(0, MAX_TEXT_LENGTH)
    // After the cut, which may have halved a pair.
    .replace(/\p{Cs}+/gu, "").trim();
}

const Text = z.string().transform(cleaned).pipe(z.string().min(1));
const OwnId = z.union([z.string().trim(), z.number().transform(String)]).pipe(Id);
const Digits = z.string().regex(/^\d{1,9}$/).transform(Number);

/** One item of a reply: only the content must be right. */
const Item = z.object({
  id: OwnId.optional().catch(undefined),
  content: Text,
  rationale: Text.nullable().catch(null),
  task: z.union([z.int(), Digits]).nullable().catch(null),
});
type Item = z.infer<typeof Item>;

/**
 * The tips of a reply, at most `n`. A reply is an array of tips, `{"tips": […]}`,
 * `{"candidates": […]}` or one tip, with anything around it, code fences too; where there are
 * two of these, nobody can tell which one is meant.
 *
 * @throws {InvalidReplyError} when there is no usable tip
 */
export function parseTips(reply: string, n: number): Tip[] {
  const values = jsonValues(reply);
  const usable = values.map((value) => usableItems(value, n)).filter(({ length }) => length > 0);
  const [items] = usable;
  if (!items) throw new InvalidReplyError(values.length === 0 ? "not JSON" : "no usable item");
  if (usable.length > 1) throw new InvalidReplyError("not JSON");
  return withUniqueIds(items);
}

/** The JSON arrays and objects in a text, outermost only, in one pass over it. */
function jsonValues(text: string): unknown[] {
  const values: unknown[] = [];
  // Quotes mean something only inside of brackets: prose has apostrophes and inches.
  const token = /["\\\n[\]{}]/g;
  let depth = 0;
  let start = 0;
  let spans = 0;
  let inString = false;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [char] = match;
    if (inString) {
      if (char === "\\") token.lastIndex++;
      // No JSON string goes over the end of a line: it was no string.
      else if (char === '"' || char === "\n") inString = false;
    } else if (char === '"') {
      inString = depth > 0;
    } else if (char === "[" || char === "{") {
      if (depth++ === 0) start = match.index;
    } else if ((char === "]" || char === "}") && depth > 0 && --depth === 0) {
      if (++spans > MAX_SPANS) return [];
      const value = parsed(text.slice(start, token.lastIndex));
      if (value !== undefined) values.push(value);
    }
  }
  return values;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function usableItems(value: unknown, n: number): Item[] {
  const items: Item[] = [];
  for (const each of listOf(value).slice(0, MAX_ITEMS)) {
    if (items.length === n) break;
    const { success, data } = Item.safeParse(each);
    if (success) items.push(data);
  }
  return items;
}

const Tips = z.object({ tips: z.array(z.unknown()) }).transform(({ tips }) => tips);
const Candidates = z.object({ candidates: z.array(z.unknown()) })
  .transform(({ candidates }) => candidates);
const List = z.union([z.array(z.unknown()), Tips, Candidates]);

function listOf(value: unknown): unknown[] {
  const { success, data } = List.safeParse(value);
  return success ? data : [value];
}

function withUniqueIds(items: readonly Item[]): Tip[] {
  const taken = new Set<string>();
  return items.map(({ id, content, rationale, task }, i) => {
    const unique = uniqueId(id ?? `tip-${i}`, taken);
    taken.add(unique);
    return { id: unique, content, rationale, task };
  });
}

function uniqueId(id: string, taken: ReadonlySet<string>): string {
  let unique = id;
  for (let i = 2; taken.has(unique); i++) {
    const suffix = `-${i}`;
    // The cut may halve a pair.
    unique = id.slice(0, MAX_ID_LENGTH - suffix.length).replace(/\p{Cs}$/u, "") + suffix;
  }
  return unique;
}
