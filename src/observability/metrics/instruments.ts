import { Counter, Gauge, type Registry } from "prom-client";
import { Distribution } from "./distribution.ts";

const PREFIX = "tip_scorer_";

/** Makes the metrics of one registry, whose names all begin alike. */
export class Instruments {
  readonly #registers: Registry[];

  constructor(registry: Registry) {
    this.#registers = [registry];
  }

  counter<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: this.#registers });
  }

  /** @param collect called before the metrics are read */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    collect?: () => void,
  ): Gauge<Label> {
    return new Gauge({
      name: PREFIX + name,
      help,
      labelNames,
      registers: this.#registers,
      ...(collect && { collect }),
    });
  }

  /** A gauge that is read whenever the metrics are. */
  reading(name: string, help: string, read: () => number): Gauge {
    const gauge: Gauge = this.gauge(name, help, [], () => gauge.set(read()));
    return gauge;
  }

  /** @param buckets their upper edges, ascending */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    label?: Label,
  ): Distribution<Label> {
    const registers = this.#registers;
    return new Distribution({ name: PREFIX + name, help, buckets: [...buckets], label, registers });
  }
}
