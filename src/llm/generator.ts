import type { Completion } from "./completion.ts";
import { wordOf } from "../observability/word.ts";
import { Deadline } from "./deadline.ts";
import { InvalidReplyError } from "./errors.ts";
import type { Gateway, GatewayCall, LlmLogger, Message } from "./gateway.ts";
import type { LlmObserver } from "./observer.ts";
import { parseTips, type Tip, TIPS_SCHEMA } from "./reply.ts";

const MAX_ATTEMPTS = 3;
/** How much of an unusable reply the LLM is shown again. */
const MAX_QUOTED_LENGTH = 4_000;

/** What a {@linkcode TipGenerator} is handed. */
export interface TipGeneratorOptions {
  readonly gateway: Pick<Gateway, "complete">;
  /** Of all attempts together; 90 s unless told otherwise. */
  readonly totalTimeoutMs?: number;
  readonly logger: LlmLogger;
  readonly observer?: LlmObserver;
}

/** The two messages that ask for tips. */
export interface PromptMessages {
  readonly system: string;
  readonly user: string;
}

/** For whom tips are generated. */
export type TipCall = Pick<GatewayCall, "signal" | "traceparent" | "tracestate">;

/** Tips, and what they cost. */
export interface GeneratedTips {
  readonly tips: Tip[];
  /** That wrote the tips, as the gateway named it. */
  readonly model: string;
  /** Over all attempts. */
  readonly promptTokens: number;
  /** Over all attempts. */
  readonly completionTokens: number;
  /** How many replies the LLM wrote. */
  readonly attempts: number;
}

/** Lets an LLM write tips, and asks again where its reply is of no use. */
export class TipGenerator {
  readonly #options: TipGeneratorOptions;

  constructor(options: TipGeneratorOptions) {
    this.#options = options;
  }

  /**
   * At most `n` tips, and at least one.
   *
   * @throws {InvalidReplyError} no reply had a usable tip
   * @throws {GatewayError | GatewayUnreachableError | CallerGoneError}
   */
  async generate(prompt: PromptMessages, n: number, call: TipCall): Promise<GeneratedTips> {
    const { gateway, totalTimeoutMs = 90_000, logger } = this.#options;
    using deadline = new Deadline(totalTimeoutMs);
    const messages: Message[] = [
      { role: "system", content: prompt.system },
      { role: "user", content: prompt.user },
    ];
    const spent = { attempts: 0, promptTokens: 0, completionTokens: 0 };
    try {
      for (;;) {
        const completion = await gateway.complete(messages, {
          signal: call.signal,
          traceparent: call.traceparent,
          tracestate: call.tracestate,
          deadline,
          schema: TIPS_SCHEMA,
        });
        spent.attempts++;
        spent.promptTokens += completion.promptTokens;
        spent.completionTokens += completion.completionTokens;
        const tips = this.#tipsOf(completion, n, spent.attempts);
        if (tips) return { tips, model: completion.model, ...spent };
        messages.push(...again(completion.content, n));
        this.#options.observer?.retried("reply");
      }
    } catch (error) {
      // What was spent is known here only.
      const reason = error instanceof Error ? error.name : "unknown";
      logger.warn("No tips were generated", {
        reason,
        attempts: spent.attempts,
        prompt_tokens: spent.promptTokens,
        completion_tokens: spent.completionTokens,
      });
      throw error;
    }
  }

  /** Undefined where the LLM is to be asked again. */
  #tipsOf({ content, model }: Completion, n: number, attempts: number): Tip[] | undefined {
    try {
      return parseTips(content, n);
    } catch (error) {
      if (!(error instanceof InvalidReplyError)) throw error;
      const { kind } = error;
      this.#options.logger.warn("An LLM's reply is of no use", {
        kind,
        // Whatever answers as a gateway may have written anything there.
        model: wordOf(model),
        attempts,
        // Never the reply: it quotes the user's tasks.
        length: content.length,
      });
      if (attempts === MAX_ATTEMPTS) throw new InvalidReplyError(kind, attempts);
      return undefined;
    }
  }
}

/** What follows a reply that is of no use. */
function again(reply: string, n: number): Message[] {
  const quoted = reply.slice(0, MAX_QUOTED_LENGTH).toWellFormed();
  const count = n === 1 ? "1 tip" : `${n} tips`;
  return [
    // Some providers refuse empty messages.
    { role: "assistant", content: quoted.trim() === "" ? "(nothing)" : quoted },
    {
      role: "user",
      content:
        `That reply could not be read. Answer again with ${count}, as nothing but the JSON ` +
        `that was asked for: no other text, no code fence, and in each tip a "content" that is ` +
        `not empty.`,
    },
  ];
}
