/**
 * Metrics for Prometheus: each room of the service tells an observer of its own, all of one
 * registry.
 *
 * @module
 */
import { type Counter, Registry } from "prom-client";
import { BanditMetrics } from "./bandit.ts";
import { EventLoopLag } from "./event_loop.ts";
import { EventMetrics } from "./events.ts";
import { HttpMetrics } from "./http.ts";
import { Instruments } from "./instruments.ts";
import { LlmMetrics } from "./llm.ts";
import { registerProcess } from "./process.ts";
import { registerState, type ServiceState } from "./state.ts";
import { StoreMetrics } from "./store.ts";

/** The metrics of one service. */
export class Metrics {
  readonly registry = new Registry();
  readonly http: HttpMetrics;
  readonly bandit: BanditMetrics;
  readonly store: StoreMetrics;
  readonly events: EventMetrics;
  readonly llm: LlmMetrics;
  readonly eventLoop: EventLoopLag;
  readonly #make: Instruments;
  readonly #unknownNames: Counter;

  constructor() {
    const make = new Instruments(this.registry);
    this.#make = make;
    this.http = new HttpMetrics(make);
    this.bandit = new BanditMetrics(make);
    this.store = new StoreMetrics(make);
    this.events = new EventMetrics(make);
    this.llm = new LlmMetrics(make);
    this.eventLoop = new EventLoopLag(make);
    this.#unknownNames = make.counter(
      "profile_names_unknown_total",
      "Names in profile_features that no feature has.",
    );
    registerProcess(make, this.registry);
  }

  /** Shows the state of the service too, which is there only later. To be called once. */
  show(state: ServiceState): void {
    registerState(this.#make, state);
  }

  /** A name came in a profile that no feature has: callers choose it, so it is no label. */
  unknownProfileName(): void {
    this.#unknownNames.inc();
  }

  /** Everything, in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
