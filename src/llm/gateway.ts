import { type Completion, completionOf, MODEL } from "./completion.ts";
import { pause } from "../pause.ts";
import { Deadline } from "./deadline.ts";
import { errorWords } from "./error_words.ts";
import { CallerGoneError, GatewayError, GatewayUnreachableError } from "./errors.ts";
import { type CallOutcome, type LlmObserver, outcomeOf } from "./observer.ts";

const TEMPERATURE = 0.7;
const MAX_RETRIES = 2;
const MAX_REPLY_BYTES = 1 << 20;
/** How much of an error's body is read. */
const MAX_ERROR_BYTES = 8_000;

/** Where the clients of the LLM tell what went wrong; never what was written to or by the LLM. */
export interface LlmLogger {
  warn(message: string, properties?: Record<string, unknown>): void;
}

/** What a {@linkcode Gateway} is handed. */
export interface GatewayOptions {
  /** Of the API, as LITELLM_URL has it. */
  readonly url: string;
  readonly key: string | undefined;
  /** 30 s unless told otherwise. */
  readonly attemptTimeoutMs?: number;
  /** The pause before the first retry, which doubles; 250 ms unless told otherwise. */
  readonly pauseMs?: number;
  /** Whether the LLM is held to the JSON Schema of a call. */
  readonly structuredOutput: boolean;
  /** Whether fetch() sends a traceparent by itself, as it does with OTEL_DENO: it would be two. */
  readonly fetchTraces?: boolean;
  readonly logger: LlmLogger;
  /** A uniform number in [0, 1). */
  readonly random: () => number;
  readonly observer?: LlmObserver;
}

/** One message of a chat. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** For whom a completion is, and how long it may take. */
export interface GatewayCall {
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  readonly traceparent: string;
  /** Of the caller, where its own traceparent was valid. */
  readonly tracestate?: string | undefined;
  /** Of all attempts together. */
  readonly deadline: Pick<Deadline, "signal" | "remainingMs">;
  /** JSON Schema that the reply should follow. */
  readonly schema?: Record<string, unknown>;
}

/** What came of one attempt: a completion, or an error and whether another attempt may help. */
type Outcome =
  | { readonly completion: Completion }
  | { readonly error: Error; readonly retry: boolean; readonly retryAfterMs?: number };

/** A client of LiteLLM's chat completions. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #url: string;
  /** Null where there is no key, and no credentials in the URL. */
  readonly #authorization: string | null;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const url = `${options.url.replace(/\/+$/, "")}/chat/completions`;
    const parsed = URL.parse(url);
    this.#authorization = options.key ? `Bearer ${options.key}` : parsed && basicOf(parsed);
    // Without credentials: OpenTelemetry's spans tell the URL of a fetch as it is.
    if (parsed) parsed.username = parsed.password = "";
    this.#url = parsed?.href ?? url;
  }

  /**
   * The LLM's answer to the messages. What a moment may mend is tried again, twice at most.
   *
   * @throws {GatewayError | GatewayUnreachableError | CallerGoneError}
   */
  async complete(messages: readonly Message[], call: GatewayCall): Promise<Completion> {
    const request = this.#request(messages, call);
    for (let retries = 0;; retries++) {
      if (call.signal.aborted) throw new CallerGoneError();
      if (retries > 0) this.#options.observer?.retried("gateway");
      const outcome = await this.#attempt(request, call);
      if ("completion" in outcome) {
        this.#options.observer?.completed(outcome.completion);
        return outcome.completion;
      }
      const ms = this.#pauseMs(retries, outcome.retryAfterMs);
      if (!outcome.retry || retries === MAX_RETRIES || ms >= call.deadline.remainingMs) {
        throw outcome.error;
      }
      await pause(ms, AbortSignal.any([call.signal, call.deadline.signal]));
    }
  }

  #request(messages: readonly Message[], call: GatewayCall): RequestInit {
    const { fetchTraces = false, structuredOutput } = this.#options;
    const { schema, traceparent, tracestate } = call;
    const headers = new Headers({
      "content-type": "application/json",
      ...(!fetchTraces && { traceparent }),
      ...(tracestate !== undefined && { tracestate }),
    });
    try {
      if (this.#authorization) headers.set("authorization", this.#authorization);
    } catch {
      // The engine's message quotes the key.
      throw new GatewayError("the key cannot be sent");
    }
    const body = JSON.stringify({
      model: MODEL,
      messages,
      temperature: TEMPERATURE,
      ...(structuredOutput && schema && {
        response_format: {
          type: "json_schema",
          json_schema: { name: "tips", strict: true, schema },
        },
      }),
    });
    // A redirect could take the messages and the key elsewhere.
    return { method: "POST", headers, body, redirect: "manual" };
  }

  async #attempt(request: RequestInit, call: GatewayCall): Promise<Outcome> {
    using own = new Deadline(this.#options.attemptTimeoutMs ?? 30_000);
    const signal = AbortSignal.any([call.signal, call.deadline.signal, own.signal]);
    const started = performance.now();
    const called = (outcome: CallOutcome) =>
      this.#options.observer?.called(outcome, performance.now() - started);
    try {
      const response = await fetch(this.#url, { ...request, signal });
      const outcome = response.ok ? await this.#read(response) : await this.#refused(response);
      if (!response.ok) called(outcomeOf(response.status));
      else called("completion" in outcome ? "ok" : "no_completion");
      return outcome;
    } catch (cause) {
      if (call.signal.aborted) {
        called("caller_gone");
        throw new CallerGoneError();
      }
      const { kind, retry } = signal.aborted ? TIMEOUT : connectionFault(cause);
      called(signal.aborted ? "timeout" : "unreachable");
      this.#options.logger.warn("The LLM gateway gave no answer", { kind });
      return { error: new GatewayUnreachableError(kind), retry };
    }
  }

  async #read(response: Response): Promise<Outcome> {
    const { text, cut } = await readText(response, MAX_REPLY_BYTES);
    const completion = cut ? "reply too large" : completionOf(text);
    if (typeof completion !== "string") return { completion };
    const kind = completion;
    const { logger } = this.#options;
    logger.warn("The LLM gateway's answer is no completion", { kind, length: text.length });
    return { error: new GatewayError(kind), retry: false };
  }

  async #refused(response: Response): Promise<Outcome> {
    const { status, headers } = response;
    const retryAfterMs = parseRetryAfter(headers.get("retry-after"));
    // The body is for the log only: without it, the status still tells.
    const { text } = await readText(response, MAX_ERROR_BYTES).catch(() => ({ text: "" }));
    const { key, logger } = this.#options;
    logger.warn("The LLM gateway answered with an error", {
      status,
      ...errorWords(text, key),
      length: text.length,
    });
    return {
      error: new GatewayError(`status ${status}`),
      retry: status === 429 || status >= 500,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }

  #pauseMs(retries: number, retryAfterMs = 0): number {
    const { pauseMs = 250, random } = this.#options;
    return Math.max(retryAfterMs, pauseMs * 2 ** retries * (0.5 + random() / 2));
  }
}

/** The credentials of a URL, as the header that they stand for. */
function basicOf({ username, password }: URL): string | null {
  if (username === "" && password === "") return null;
  const text = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${new TextEncoder().encode(text).toBase64()}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that was meant as one
  }
}

/** A body up to so many bytes; where there are more, the connection is given up. */
async function readText({ body }: Response, maxBytes: number) {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk.subarray(0, maxBytes - bytes), { stream: true });
    bytes += chunk.length;
    // Leaving the loop cancels the body.
    if (bytes > maxBytes) return { text, cut: true };
  }
  return { text: text + decoder.decode(), cut: false };
}

const TIMEOUT = { kind: "timeout", retry: false };

/** Told by the text of the cause alone, which is all that fetch() gives; it has the URL. */
function connectionFault(error: unknown): { readonly kind: string; readonly retry: boolean } {
  const text = error instanceof Error ? String(error.cause) : "";
  if (text.includes("Connection refused")) return { kind: "connection refused", retry: true };
  if (text.includes("dns error")) return { kind: "host not found", retry: true };
  if (text.includes("(Connect)")) return { kind: "connection failed", retry: true };
  // The gateway may have asked the LLM by then: who pays for tokens pays once.
  return { kind: "connection cut", retry: false };
}

/** A Retry-After (RFC 9110, section 10.2.3) in milliseconds. */
function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(at - Date.now(), 0);
}
