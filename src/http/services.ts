import type { Policy } from "../bandit/policies.ts";
import type { RequestIds } from "../observability/trace.ts";
import type { StoredUser } from "../store/mod.ts";
import type { Operation } from "./endpoint.ts";
import type { GenerateOptions } from "../llm/mod.ts";
import type { SyncRecord } from "../bandit/records.ts";
import type {
  DeadLettersResponse,
  FeaturesResponse,
  GenerateRequest,
  GenerateResponse,
  GreedyStatsResponse,
  HealthResponse,
  PromptsResponse,
  PromptStatsResponse,
  RewardRequest,
  RewardResponse,
  ScoreRequest,
  ScoreResponse,
  WholeDeadLetter,
} from "../contract/mod.ts";

/** The use cases, as the routes call them. */
export interface ScorerService {
  /** @throws {NoCandidatesError} there is none to pick from */
  score(policy: Policy, request: ScoreRequest): Promise<ScoreResponse>;
  /** The key is undefined where none was sent, or where a decision_id says what is rewarded. */
  reward(
    policy: Policy,
    request: RewardRequest,
    idempotencyKey: string | undefined,
  ): Promise<RewardResponse>;
  stats(policy: Policy, userId: string): Promise<GreedyStatsResponse>;
  features(userId: string): Promise<FeaturesResponse>;
  reset(userId: string): Promise<void>;
  /** What became of the tips of each prompt version. */
  promptStats(): Promise<PromptStatsResponse>;
}

/** The tips that an LLM writes, as the routes ask for them. */
export interface TipService {
  /**
   * @throws {UnknownPromptVersionError} no prompt has this version
   * @throws {GatewayError | GatewayUnreachableError | InvalidReplyError} there are no tips
   * @throws {CallerGoneError} nobody waits for them
   */
  generate(request: GenerateRequest, options: GenerateOptions): Promise<GenerateResponse>;
  prompts(): PromptsResponse;
}

/**
 * The events that were given up, as the routes look after them.
 *
 * Every method throws {@linkcode EventsOffError} where NATS_URL is not set, and
 * {@linkcode EventsUnavailableError} while NATS is away; those with a name
 * {@linkcode UnknownDeadLetterError} where no letter has it.
 */
export interface DeadLetters {
  page(limit: number, after: number): Promise<DeadLettersResponse>;
  whole(name: string): Promise<WholeDeadLetter[]>;
  /** Tells how many there were, as {@linkcode purge}. */
  replay(name: string): Promise<number>;
  purge(name: string): Promise<number>;
}

/** Where the routes write what a caller is not told. */
export interface RequestLogger {
  info(message: string, properties?: Record<string, unknown>): void;
  warn(message: string, properties?: Record<string, unknown>): void;
  error(message: string, properties?: Record<string, unknown>): void;
}

/** A request that asks to be let in. */
export interface Admission {
  readonly request: Request;
  /** Of its route; undefined where there is none, or one that the OpenAPI document leaves out. */
  readonly operation: Operation | undefined;
  /** The connection; undefined where there is none, as in a test. */
  readonly info: Deno.ServeHandlerInfo | undefined;
}

/** A request that was answered. */
export interface AnsweredRequest {
  readonly ids: RequestIds;
  readonly method: string;
  /** Its route's pattern, never its path. */
  readonly route: string;
  readonly status: number;
  /** Until the answer's head, from when the request's head was read. */
  readonly durationMs: number;
}

/** Everything the HTTP layer is handed. */
export interface Services {
  readonly scorer: ScorerService;
  readonly tips: TipService;
  /** What the newest sync event of a user said. */
  getSync(userId: string): Promise<SyncRecord | undefined>;
  /** Removes all that is kept about a user. */
  erase(userId: string): Promise<void>;
  /** All that is kept of a user; undefined where that is nothing. */
  stored(userId: string): Promise<StoredUser | undefined>;
  readonly deadLetters: DeadLetters;
  health(): HealthResponse;
  /** Undefined when requests can be served, else why they cannot. */
  ready(): string | undefined;
  readonly logger: RequestLogger;
  /** How long a client may take to send a body. */
  readonly requestTimeoutMs: number;
  /** Throws one of the errors of the table where the request is not to be answered. */
  admit(admission: Admission): void | Promise<void>;
  /** The ids of a request with these headers. */
  requestIds(headers: Headers): RequestIds;
  /** Told of every request, as it comes. */
  arrived(): void;
  /** Told of every request, when it is answered. */
  answered(request: AnsweredRequest): void;
  /** The metrics, in Prometheus' text format. */
  metrics(): Promise<string>;
  /** Called for each name in a `profile_features` that the registry lacks, each time it comes. */
  onUnknownProfileName(name: string): void;
  /** Runs a request with its ids in the context of every log line. */
  runInRequest<T>(ids: RequestIds, run: () => T): T;
}
