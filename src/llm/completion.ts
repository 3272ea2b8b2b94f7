import { z } from "zod";

/** The model's name at the gateway, which decides what LLM it is. */
export const MODEL = "tip-generator";
const MAX_MODEL_LENGTH = 256;

/** What the LLM wrote. */
export interface Completion {
  readonly content: string;
  /** As the gateway named it. */
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

const Count = z.int().nonnegative().catch(0);

/** A chat completion; only what the tips need must be right. */
const Answer = z.object({
  model: z.string().min(1).max(MAX_MODEL_LENGTH).catch(MODEL),
  choices: z.array(z.unknown()).catch([]),
  usage: z.object({ prompt_tokens: Count, completion_tokens: Count })
    .catch({ prompt_tokens: 0, completion_tokens: 0 }),
});
const Choice = z.object({ message: z.object({ content: z.string() }) });

/** The completion that a gateway's answer is, or what is wrong with it. */
export function completionOf(text: string): Completion | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "not JSON";
  }
  const answer = Answer.safeParse(json);
  if (!answer.success || answer.data.choices.length === 0) return "no choices";
  const { model, choices, usage } = answer.data;
  const choice = Choice.safeParse(choices[0]);
  if (!choice.success) return "no content";
  return {
    content: choice.data.message.content,
    model,
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
  };
}
