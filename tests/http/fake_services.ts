import { POLICIES, type Policy } from "../../src/bandit/policies.ts";
import type { GenerateRequest, RewardRequest, ScoreRequest } from "../../src/contract/mod.ts";
import type { SyncRecord } from "../../src/bandit/records.ts";
import type { StoredUser } from "../../src/store/mod.ts";
import { createApp } from "../../src/http/app.ts";
import type { GenerateOptions } from "../../src/llm/mod.ts";
import { NATS_OFF } from "../../src/http/routes/health.ts";
import { type RequestIds, requestIds } from "../../src/observability/trace.ts";
import type { Admission, AnsweredRequest, Services } from "../../src/http/services.ts";

/** One call of the fake scorer. */
export type Call =
  | { readonly use: "score"; readonly policy: string; readonly request: ScoreRequest }
  | {
    readonly use: "reward";
    readonly policy: string;
    readonly request: RewardRequest;
    readonly key: string | undefined;
  }
  | { readonly use: "stats"; readonly policy: string; readonly userId: string }
  | { readonly use: "generate"; readonly request: GenerateRequest; readonly score: boolean }
  | { readonly use: "promptStats" }
  | { readonly use: "features" | "reset" | "sync" | "erase" | "stored"; readonly userId: string }
  | { readonly use: "page"; readonly limit: number; readonly after: number }
  | { readonly use: "whole" | "replay" | "purge"; readonly name: string };

/** Services that record what they are asked, and answer something of the right shape. */
export class FakeServices implements Services {
  readonly calls: Call[] = [];
  readonly logged: { level: string; message: string; properties?: Record<string, unknown> }[] = [];
  readonly unknownNames: string[] = [];
  readonly requests: RequestIds[] = [];
  /** Thrown by every use case where it is set. */
  failure: unknown;
  notReady: string | undefined;

  #call(call: Call): void {
    this.calls.push(call);
    if (this.failure !== undefined) throw this.failure;
  }

  readonly scorer: Services["scorer"] = {
    score: (policy: Policy, request) =>
      Promise.try(() => {
        this.#call({ use: "score", policy: policy.name, request });
        const tip_id = request.candidates[0]?.id ?? "";
        return { tip_id, score: 0.5, policy: policy.name, decision_id: "d", propensity: 1 };
      }),
    reward: (policy, request, key) =>
      Promise.try(() => {
        this.#call({ use: "reward", policy: policy.name, request, key });
        return { ok: true as const, duplicate: false };
      }),
    stats: (policy, userId) =>
      Promise.try(() => {
        this.#call({ use: "stats", policy: policy.name, userId });
        return {
          user_id: userId,
          policy: policy.name,
          pulls: 3,
          reward_count: 2,
          cumulative_reward: 1,
          estimated_mean_reward: 0.5,
          exploration_rate: 0.25,
          theta: [0],
          feature_labels: ["hour_sin"],
          last_updated: null,
        };
      }),
    features: (userId) =>
      Promise.try(() => {
        this.#call({ use: "features", userId });
        return { user_id: userId, history: [] };
      }),
    reset: (userId) => Promise.try(() => this.#call({ use: "reset", userId })),
    promptStats: () =>
      Promise.try(() => {
        this.#call({ use: "promptStats" });
        return { versions: [] };
      }),
  };

  /** What the last generate call was told. */
  generateOptions: GenerateOptions | undefined;

  readonly tips: Services["tips"] = {
    generate: (request, options) =>
      Promise.try(() => {
        this.generateOptions = options;
        this.#call({ use: "generate", request, score: options.score });
        return {
          candidates: [],
          model: "m",
          prompt_version: "v1",
          prompt_tokens: 1,
          completion_tokens: 2,
          generation_id: "g",
        };
      }),
    prompts: () => ({ default: "v1", prompts: [] }),
  };

  /** By user, what getSync finds. */
  readonly syncRecords = new Map<string, SyncRecord>();

  getSync = (userId: string) =>
    Promise.try(() => {
      this.#call({ use: "sync", userId });
      return this.syncRecords.get(userId);
    });

  readonly requestTimeoutMs: number;

  constructor({ requestTimeoutMs = 30_000 }: { requestTimeoutMs?: number } = {}) {
    this.requestTimeoutMs = requestTimeoutMs;
  }
  /** By user, what stored() finds. */
  readonly storedUsers = new Map<string, StoredUser>();

  stored = (userId: string) =>
    Promise.try(() => {
      this.#call({ use: "stored", userId });
      return this.storedUsers.get(userId);
    });

  erase = (userId: string) => Promise.try(() => this.#call({ use: "erase", userId }));

  readonly deadLetters: Services["deadLetters"] = {
    page: (limit, after) =>
      Promise.try(() => {
        this.#call({ use: "page", limit, after });
        return { letters: [], next: null };
      }),
    whole: (name) =>
      Promise.try(() => {
        this.#call({ use: "whole", name });
        return [];
      }),
    replay: (name) =>
      Promise.try(() => {
        this.#call({ use: "replay", name });
        return 1;
      }),
    purge: (name) =>
      Promise.try(() => {
        this.#call({ use: "purge", name });
        return 1;
      }),
  };

  health() {
    return { ok: true as const, nats: NATS_OFF };
  }

  ready(): string | undefined {
    return this.notReady;
  }

  readonly logger = {
    info: this.#log("info"),
    warn: this.#log("warn"),
    error: this.#log("error"),
  };

  #log(level: string) {
    return (message: string, properties?: Record<string, unknown>) => {
      this.logged.push({ level, message, ...(properties && { properties }) });
    };
  }

  onUnknownProfileName(name: string): void {
    this.unknownNames.push(name);
  }

  /** Set to refuse requests. */
  admission: Services["admit"] = () => {};
  readonly answers: AnsweredRequest[] = [];

  admit(admission: Admission): void | Promise<void> {
    return this.admission(admission);
  }

  arrivals = 0;

  arrived(): void {
    this.arrivals++;
  }

  metrics(): Promise<string> {
    return Promise.resolve("up 1\n");
  }

  requestIds(headers: Headers): RequestIds {
    return requestIds(headers);
  }

  answered(request: AnsweredRequest): void {
    this.answers.push(request);
  }

  runInRequest<T>(ids: RequestIds, run: () => T): T {
    this.requests.push(ids);
    return run();
  }
}

/** An app over fake services. */
export function fakeApp() {
  const services = new FakeServices();
  return { app: createApp(services), services };
}

/** A request with a JSON body: a value, or the body's text. */
export function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

/** The suffixes of /score, /reward and /stats. */
export const SUFFIXES: readonly string[] = POLICIES.map(({ path }) => path);

/** The smallest body of a score. */
export const SCORE = { user_id: "u", candidates: [{ id: "t", content: "c", source: "s" }] };
/** The smallest body of a reward of features. */
export const REWARD = { user_id: "u", tip_id: "t", reward: 1, features: {} };

/** What went wrong, without the sentences: `where type`, by lines. */
export async function problems(response: Response): Promise<string[]> {
  const { detail } = await response.json();
  return detail.map(({ loc, type }: { loc: unknown[]; type: string }) =>
    `${loc.join(".")} ${type}`
  );
}

/** Every test cleans up after itself. */
export const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };
