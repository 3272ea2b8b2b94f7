import type {
  FeaturesResponse,
  GreedyStatsResponse,
  PromptStatsResponse,
  RewardRequest,
  RewardResponse,
  ScoreRequest,
  ScoreResponse,
} from "../contract/mod.ts";
import type { Store } from "../store/port.ts";
import type { StoredUser } from "../store/stored_user.ts";
import type { CachedUser } from "./cached_user.ts";
import { decide } from "./decide.ts";
import { decisionId, NONCE_BYTES } from "./decision_id.ts";
import { NoCandidatesError, OverloadedError } from "./errors.ts";
import { emptyModel, learn } from "./model.ts";
import type { BanditObserver } from "./observer.ts";
import type { PickSettings, Policy } from "./policies.ts";
import { promptStatsOf } from "./prompt_stats.ts";
import { NEW_USER, type UserRecord } from "./records.ts";
import { lastGone, type Lesson, lessonOfDecision, lessonOfFeatures } from "./reward.ts";
import { pushApplied, pushReward } from "./rings.ts";
import { Users } from "./users.ts";
import { historyEntry, statsOf } from "./views.ts";

/** What a {@linkcode Scorer} is made of. */
export interface ScorerOptions extends PickSettings {
  readonly store: Store;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Random bytes, so many; unlike `random` never from a seed. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** How many decisions of a user can be rewarded. */
  readonly decisionLogSize: number;
  /** How many identities of rewards a user's record remembers. */
  readonly idempotencyWindow: number;
  /** Users kept in memory. */
  readonly cacheUsers: number;
  /** Calls that may wait for the store. */
  readonly maxWaiting: number;
  readonly observer?: BanditObserver;
}

/** The answer of a score, and the score of every candidate. */
export interface ScoredAll {
  readonly answer: ScoreResponse;
  readonly scores: readonly number[];
}

/** How many decisions a user's history shows. */
const HISTORY_SIZE = 100;

/**
 * The use cases: score, reward, reset, erase, and what a user's state looks like. Each answers once
 * what it did is durable, and throws the store's errors where it could not be done, or
 * {@linkcode OverloadedError} where it was not begun.
 */
export class Scorer implements Disposable {
  readonly #options: ScorerOptions;
  readonly #store: Store;
  readonly #users: Users;

  constructor(options: ScorerOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#users = new Users(options.store, options.cacheUsers, options.observer);
  }

  /** How many users are in memory. */
  get cachedUsers(): number {
    return this.#users.size;
  }

  /** How many calls wait for the store, or for another call of their user. */
  get waiting(): number {
    return this.#users.calls;
  }

  /** Whether so many calls wait that those that write are refused. */
  get overloaded(): boolean {
    return this.#users.calls >= this.#options.maxWaiting;
  }

  /** Runs alone on a user what may write; reads are never refused. */
  async #write<T>(id: string, run: (user: CachedUser) => Promise<T>): Promise<T> {
    if (this.overloaded) throw new OverloadedError();
    return await this.#users.use(id, run);
  }

  /**
   * Picks one of the candidates.
   *
   * @throws {NoCandidatesError} there is none to pick from
   */
  async score(policy: Policy, request: ScoreRequest): Promise<ScoreResponse> {
    return await this.#score(policy, request);
  }

  /**
   * As {@linkcode score}, with what the policy ranked each candidate by, in their order: theta.x,
   * or LinUCB's upper confidence bound.
   *
   * @throws {NoCandidatesError} there is none to pick from
   */
  async scoreAll(policy: Policy, request: ScoreRequest): Promise<ScoredAll> {
    let scores: readonly number[] = [];
    const answer = await this.#score(policy, request, (user) => {
      const model = user.estimator(policy);
      scores = request.candidates.map((_, position) => model.score(position));
    });
    return { answer, scores };
  }

  /** @param picked called in the same turn as the pick, while the kernel has its scores */
  async #score(
    policy: Policy,
    request: ScoreRequest,
    picked?: (user: CachedUser) => void,
  ): Promise<ScoreResponse> {
    if (request.candidates.length === 0) throw new NoCandidatesError("No candidates");
    const { user_id } = request;
    const { now, randomBytes } = this.#options;
    return await this.#write(user_id, async (user) => {
      const nonce = randomBytes(NONCE_BYTES);
      const decision = decide(policy, request, user, this.#options, nonce, now());
      picked?.(user);
      const version = await this.#store.commit(user_id, user.version, { decision });
      user.decided(decision, version);
      this.#options.observer?.decided(decision);
      return {
        tip_id: decision.tipId,
        score: decision.score,
        policy: policy.name,
        decision_id: decisionId(decision),
        propensity: decision.propensity,
      };
    });
  }

  /**
   * Learns from a reaction. With a decision_id or a key it counts once, however often it comes.
   *
   * @throws {UnknownDecisionError} the user has no such decision
   * @throws {DecisionGoneError} it is no longer kept, or from before a reset
   * @throws {DecisionMismatchError} another policy decided, or for another tip
   * @throws {IdempotencyKeyReusedError} the key came with another body
   */
  async reward(
    policy: Policy,
    request: RewardRequest,
    idempotencyKey: string | undefined,
  ): Promise<RewardResponse> {
    return await this.#write(request.user_id, async (user) => {
      const lesson = typeof request.decision_id === "string"
        ? await lessonOfDecision(
          policy,
          { ...request, decision_id: request.decision_id },
          user,
          this.#store,
          this.#options.decisionLogSize,
        )
        : lessonOfFeatures(policy, request, idempotencyKey, user);
      if (lesson) await this.#learn(policy, request.user_id, user, lesson);
      const duplicate = lesson === undefined;
      this.#options.observer?.rewarded(policy, request.reward, duplicate);
      return { ok: true, duplicate };
    });
  }

  async #learn(policy: Policy, id: string, user: CachedUser, lesson: Lesson): Promise<void> {
    const { record } = user;
    const { x, reward, decision, identity, promptVersion } = lesson;
    const { decisionLogSize, idempotencyWindow, now, observer } = this.#options;
    const at = now();
    const model = learn(user.model(policy) ?? emptyModel(x.length), x, reward, at);
    const next: UserRecord = {
      ...record,
      models: { ...record.models, [policy.name]: model },
      rewards: decision === undefined ? record.rewards : pushReward(
        record.rewards,
        { number: decision, reward, at },
        lastGone(user, decisionLogSize) + 1,
      ),
      applied: identity
        ? pushApplied(record.applied, identity.digest, identity.body, idempotencyWindow)
        : record.applied,
    };
    const reacted = typeof promptVersion === "string" ? { promptVersion, reward } : undefined;
    const change = reacted ? { user: next, reacted } : { user: next };
    const version = await this.#store.commit(id, user.version, change);
    const started = performance.now();
    if (user.learned(next, version, policy, x)) observer?.updated(performance.now() - started);
  }

  /** What became of the tips of each prompt version, over all users. */
  async promptStats(): Promise<PromptStatsResponse> {
    return { versions: promptStatsOf(await this.#store.promptCounts()) };
  }

  /** What the policy has done for the user, and its theta. */
  async stats(policy: Policy, id: string): Promise<GreedyStatsResponse> {
    return await this.#users.use(id, (user) => statsOf(policy, id, user));
  }

  /** The user's last decisions since the last reset, oldest first. */
  async features(id: string): Promise<FeaturesResponse> {
    return await this.#users.use(id, async (user) => {
      const decisions = await this.#store.decisions(id, HISTORY_SIZE);
      const live = decisions.filter(({ number }) => number > user.record.floor);
      return { user_id: id, history: live.reverse().map((each) => historyEntry(each, user)) };
    });
  }

  /** All that is kept of a user; undefined where that is nothing. */
  async stored(id: string): Promise<StoredUser | undefined> {
    return await this.#users.use(id, async ({ version }) => {
      const [{ user: record }, newestFirst, sync] = await Promise.all([
        this.#store.load(id),
        this.#store.decisions(id, this.#options.decisionLogSize),
        this.#store.getSync(id),
      ]);
      if (version === 0 && sync === undefined) return undefined;
      return { user: id, record, decisions: newestFirst.toReversed(), sync };
    });
  }

  /**
   * Makes the user new: models, counters and history are gone. The identities of applied rewards
   * stay, so that none of them can count again.
   */
  async reset(id: string): Promise<void> {
    await this.#write(id, async (user) => {
      if (user.version === 0) return;
      const { applied } = user.record;
      const next: UserRecord = { ...NEW_USER, floor: user.newest, applied };
      user.replaced(next, await this.#store.commit(id, user.version, { user: next }));
      this.#options.observer?.reset();
    });
  }

  /**
   * Removes all that is kept about the user, even what cannot be read. Nothing is known of earlier
   * decisions and rewards afterwards: a decision_id is unknown, and a key counts anew.
   */
  async erase(id: string): Promise<void> {
    if (this.overloaded) throw new OverloadedError();
    await this.#users.forget(id, () => this.#store.erase(id));
  }

  /** Gives the kernel its memory back. */
  [Symbol.dispose](): void {
    this.#users[Symbol.dispose]();
  }
}
