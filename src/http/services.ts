import type { Policy } from "../bandit/policies.ts";
import type { GenerateOptions } from "../llm/mod.ts";
import type { SyncRecord } from "../bandit/records.ts";
import type {
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

/** Where the routes write what a caller is not told. */
export interface RequestLogger {
  info(message: string, properties?: Record<string, unknown>): void;
  warn(message: string, properties?: Record<string, unknown>): void;
  error(message: string, properties?: Record<string, unknown>): void;
}

/** What a request is known by in the log. */
export interface RequestIds {
  /** 32 hex digits: the caller's, or of a trace that starts here. */
  readonly trace_id: string;
  /** Answered as `x-request-id`. */
  readonly request_id: string;
}

/** Everything the HTTP layer is handed. */
export interface Services {
  readonly scorer: ScorerService;
  readonly tips: TipService;
  /** What the newest sync event of a user said. */
  getSync(userId: string): Promise<SyncRecord | undefined>;
  health(): HealthResponse;
  /** Undefined when requests can be served, else why they cannot. */
  ready(): string | undefined;
  readonly logger: RequestLogger;
  /** Called for each name in a `profile_features` that the registry lacks, each time it comes. */
  onUnknownProfileName(name: string): void;
  /** Runs a request with its ids in the context of every log line. */
  runInRequest<T>(ids: RequestIds, run: () => T): T;
}
