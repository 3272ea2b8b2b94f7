/**
 * The versions of the prompt. A new one is a file beside this and an entry in PROMPTS; the text of
 * a released one is never changed, as its rewards are counted by its name.
 *
 * @module
 */
import { hash } from "node:crypto";
import { UnknownPromptVersionError } from "../errors.ts";
import type { Prompt } from "./format.ts";
import { V1 } from "./v1.ts";
import { V2_MENTOR } from "./v2_mentor.ts";
import { V3_FEW_SHOT } from "./v3_few_shot.ts";

export type { Prompt } from "./format.ts";

/** Every prompt, in the order GET /prompts shows them. */
export const PROMPTS: readonly Prompt[] = [V1, V2_MENTOR, V3_FEW_SHOT];

/** Their names. */
export const KNOWN_VERSIONS: readonly string[] = PROMPTS.map(({ version }) => version);

/**
 * The prompt of a request: the version it names, else the fallback, else v1.
 *
 * @param version the request's; empty counts as missing
 * @param fallback the service's DEFAULT_PROMPT_VERSION; may be empty
 * @throws {UnknownPromptVersionError} if no prompt has the name
 */
export function promptOf(version: string | null | undefined, fallback: string): Prompt {
  const name = version || fallback || V1.version;
  const prompt = PROMPTS.find((each) => each.version === name);
  if (!prompt) throw new UnknownPromptVersionError(name, KNOWN_VERSIONS);
  return prompt;
}

/** sha256, in hex, of all the fixed text of a prompt. */
export function sha256Of(prompt: Prompt): string {
  return hash("sha256", prompt.system);
}
