import { z } from "zod";
import { wordOf } from "../observability/word.ts";

const Word = z.union([z.string(), z.number().transform(String)]).transform(wordOf)
  .optional().catch(undefined);
const ErrorBody = z.object({ error: z.object({ type: Word, code: Word }) });

/** Of a gateway's error, the type and the code. Its message may quote the prompt, or the key. */
export function errorWords(body: string, key: string | undefined): Record<string, string> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return {};
  }
  const { success, data } = ErrorBody.safeParse(json);
  if (!success) return {};
  const found: Record<string, string> = {};
  for (const [name, word] of Object.entries(data.error)) {
    if (word && !(key && word.includes(key))) found[`error_${name}`] = word;
  }
  return found;
}
