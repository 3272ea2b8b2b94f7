import { GENERATION_RANDOM_BYTES, generationId } from "../bandit/generation_id.ts";
import type { Policy } from "../bandit/policies.ts";
import type { SyncRecord } from "../bandit/records.ts";
import type {
  GenerateRequest,
  GenerateResponse,
  PromptsResponse,
  ScoreRequest,
  ScoreResponse,
} from "../contract/mod.ts";
import { CandidateFeatures } from "../contract/mod.ts";
import { assemble, type PromptTask } from "./context/assemble.ts";
import type { TipCall, TipGenerator } from "./generator.ts";
import type { LlmObserver } from "./observer.ts";
import { promptOf, PROMPTS, sha256Of } from "./prompts/mod.ts";
import type { Tip } from "./reply.ts";

/** What {@linkcode Tips} are made of. */
export interface TipsOptions {
  readonly generator: Pick<TipGenerator, "generate">;
  readonly scorer: {
    scoreAll(
      policy: Policy,
      request: ScoreRequest,
    ): Promise<{ readonly answer: ScoreResponse; readonly scores: readonly number[] }>;
  };
  readonly getSync: (userId: string) => Promise<SyncRecord | undefined>;
  /** Picks one of the tips where that is asked for. */
  readonly activePolicy: Policy;
  readonly defaultPromptVersion: string;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly observer?: LlmObserver;
}

/** How a request for tips is to be answered. */
export interface GenerateOptions extends TipCall {
  /** Whether to pick one of the tips, too. */
  readonly score: boolean;
}

/** A tip, and the task of the prompt that it is about. */
interface TipOfTask extends Tip {
  readonly about: PromptTask | undefined;
}

/** The use case of POST /generate: from tasks to tips, and on demand to the one to show. */
export class Tips {
  readonly #options: TipsOptions;

  constructor(options: TipsOptions) {
    this.#options = options;
  }

  /** The prompt versions there are. */
  prompts(): PromptsResponse {
    return {
      default: this.#options.defaultPromptVersion,
      prompts: PROMPTS.map((prompt) => ({
        version: prompt.version,
        description: prompt.description,
        sha256: sha256Of(prompt),
      })),
    };
  }

  /**
   * Lets the LLM write tips. A tip about a task of the prompt has that task's features.
   *
   * @throws {UnknownPromptVersionError} no prompt has this version
   * @throws {GatewayError | GatewayUnreachableError | InvalidReplyError | CallerGoneError}
   */
  async generate(request: GenerateRequest, options: GenerateOptions): Promise<GenerateResponse> {
    const { generator, getSync, defaultPromptVersion, now, randomBytes, observer } = this.#options;
    const prompt = promptOf(request.prompt_version, defaultPromptVersion);
    const { tasks, user } = assemble({
      context: request.context,
      profile: request.profile_features,
      sync: await getSync(request.user_id),
      now: now(),
      n: request.n,
    });
    const written = await generator.generate({ system: prompt.system, user }, request.n, options);
    observer?.generated(prompt.version, written.tips.length);
    const tips = written.tips.map((tip): TipOfTask => ({
      ...tip,
      about: tasks.find(({ number }) => number === tip.task),
    }));
    const answer: GenerateResponse = {
      candidates: tips.map(({ id, content, rationale, about }) => ({
        id,
        content,
        source: "llm",
        rationale,
        source_id: about?.id ?? null,
      })),
      model: written.model,
      prompt_version: prompt.version,
      prompt_tokens: written.promptTokens,
      completion_tokens: written.completionTokens,
      generation_id: generationId(written.model, randomBytes(GENERATION_RANDOM_BYTES)),
    };
    return options.score ? await this.#withDecision(request, tips, answer) : answer;
  }

  async #withDecision(
    { user_id, context, profile_features }: GenerateRequest,
    tips: readonly TipOfTask[],
    generated: GenerateResponse,
  ): Promise<GenerateResponse> {
    const { scorer, activePolicy } = this.#options;
    const { generation_id, prompt_version } = generated;
    const { answer, scores } = await scorer.scoreAll(activePolicy, {
      user_id,
      context: { hour_of_day: context.hour_of_day, day_of_week: context.day_of_week },
      profile_features,
      candidates: generated.candidates.map((candidate, i) => ({
        ...candidate,
        features: CandidateFeatures.parse(tips[i]!.about?.features ?? {}),
        generation_id,
        prompt_version,
      })),
    });
    return {
      ...generated,
      candidates: generated.candidates.map((each, i) => ({ ...each, score: scores[i]! })),
      decision: answer,
    };
  }
}
