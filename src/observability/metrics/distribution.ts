import { Histogram, type HistogramConfiguration } from "prom-client";

/** What was observed under one label. */
interface Series {
  /** By bucket, how many values lie in it; behind the last edge in the last. */
  readonly counts: Float64Array;
  sum: number;
}

/** The value of the label of a histogram that has none. */
const UNLABELLED = "";

/**
 * A histogram of one label, or none. As prom-client's, but that it finds a series and a bucket
 * without making a text of each: at two a request that was 3 µs.
 */
export class Distribution<Label extends string> extends Histogram<Label> {
  readonly #label: Label | undefined;
  readonly #edges: Float64Array;
  readonly #series = new Map<string, Series>();
  readonly #described: Pick<HistogramConfiguration<Label>, "name" | "help">;

  constructor(
    { label, ...configuration }: Omit<HistogramConfiguration<Label>, "labelNames"> & {
      readonly label: Label | undefined;
      readonly buckets: number[];
    },
  ) {
    super({ ...configuration, labelNames: label === undefined ? [] : [label] });
    this.#label = label;
    this.#edges = Float64Array.from(configuration.buckets);
    this.#described = configuration;
    if (label === undefined) this.#of(UNLABELLED); // shown before the first value
  }

  /** Counts a value, of a label's value where the histogram has one. */
  record(value: number, label: string = UNLABELLED): void {
    const series = this.#of(label);
    let low = 0;
    let high = this.#edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= this.#edges[middle]!) high = middle;
      else low = middle + 1;
    }
    series.counts[low]!++;
    series.sum += value;
  }

  /** Shows a label's value before the first of its values. */
  announce(label: string): void {
    this.#of(label);
  }

  #of(label: string): Series {
    let series = this.#series.get(label);
    if (!series) {
      series = { counts: new Float64Array(this.#edges.length + 1), sum: 0 };
      this.#series.set(label, series);
    }
    return series;
  }

  /** What a registry reads. */
  getForPromString() {
    const { name, help } = this.#described;
    const values = [...this.#series].flatMap(([label, { counts, sum }]) => {
      const labels = this.#label === undefined ? {} : { [this.#label]: label };
      let count = 0;
      const buckets = [...this.#edges, "+Inf"].map((le, i) => ({
        metricName: `${name}_bucket`,
        labels: { le, ...labels },
        value: count += counts[i]!,
      }));
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
    return Promise.resolve({ name, help, type: "histogram", aggregator: "sum", values });
  }
}
