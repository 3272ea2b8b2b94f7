import { Estimator } from "../../wasm/mod.ts";
import type { Loaded, Version } from "../store/port.ts";
import { type Counters, type Decision, type Model, NEW_USER, type UserRecord } from "./records.ts";
import { labelsOf, type Policy } from "./policies.ts";

/** After so many updates A^-1 is computed from A again, which bounds its drift. */
const REBUILD_EVERY = 1000;

/**
 * One user in memory: the record, what stands at the newest decision, and theta and A^-1 of
 * each policy as they come into use. It moves on only when a commit has been answered.
 */
export class CachedUser implements Disposable {
  version: Version;
  record: UserRecord;
  /** The highest number of a decision, live or not. */
  newest: number;
  counters: Counters;
  readonly #estimators = new Map<string, Estimator>();

  constructor({ version, user = NEW_USER, newest }: Loaded) {
    this.version = version;
    this.record = user;
    this.newest = newest?.number ?? 0;
    // Live decisions hold the counters; without one, the record's base does.
    this.counters = newest && newest.number > user.floor ? newest.counters : user.base;
  }

  /** theta and A^-1 of a policy's model, in the kernel. */
  estimator(policy: Policy): Estimator {
    let estimator = this.#estimators.get(policy.name);
    if (!estimator) {
      estimator = new Estimator(labelsOf(policy).length);
      const model = this.model(policy);
      if (model) estimator.rebuild(model.A, model.b);
      this.#estimators.set(policy.name, estimator);
    }
    return estimator;
  }

  /** The policy's model; undefined before its first reward. */
  model(policy: Policy): Model | undefined {
    return this.record.models[policy.name];
  }

  /** Takes over a decision that was committed. */
  decided(decision: Decision, version: Version): void {
    this.newest = decision.number;
    this.counters = decision.counters;
    this.version = version;
  }

  /**
   * Takes over a record that was committed, in which `policy` has learned from x. Tells whether
   * the kernel had to learn it too.
   */
  learned(record: UserRecord, version: Version, policy: Policy, x: Float64Array): boolean {
    this.record = record;
    this.version = version;
    const estimator = this.#estimators.get(policy.name);
    if (!estimator) return false;
    const { A, b, rewardCount } = this.model(policy)!;
    if (rewardCount % REBUILD_EVERY === 0) estimator.rebuild(A, b);
    else estimator.update(x, b);
    return true;
  }

  /** Takes over a record that was committed and makes all that is known of the user obsolete. */
  replaced(record: UserRecord, version: Version): void {
    this[Symbol.dispose]();
    this.record = record;
    this.version = version;
    this.counters = record.base;
  }

  /** Gives the kernel its memory back; estimators are made anew where they are asked for. */
  [Symbol.dispose](): void {
    for (const estimator of this.#estimators.values()) estimator[Symbol.dispose]();
    this.#estimators.clear();
  }
}
