/** One line of /metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/gy;

/** Prometheus' text format, read. */
export class Exposition {
  readonly samples: readonly Sample[];

  constructor(text: string) {
    this.samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
      .map(parse);
  }

  /** What the service answers now. */
  static async of(url: string): Promise<Exposition> {
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`/metrics answered ${response.status}: ${text}`);
    return new Exposition(text);
  }

  /** The sample with exactly these labels, without the prefix of our own; 0 where there is none. */
  value(name: string, labels: Record<string, string> = {}): number {
    const full = name.startsWith("process_") ? name : `tip_scorer_${name}`;
    const wanted = Object.entries(labels);
    const found = this.samples.filter((each) =>
      each.name === full && Object.keys(each.labels).length === wanted.length &&
      wanted.every(([key, value]) => each.labels[key] === value)
    );
    if (found.length > 1) throw new Error(`${full} ${JSON.stringify(labels)} is there twice`);
    return found[0]?.value ?? 0;
  }

  /** All samples of a name that are not 0, as `label value,label value`: number. */
  all(name: string): Record<string, number> {
    return Object.fromEntries(
      this.samples.filter((each) => each.name === `tip_scorer_${name}` && each.value !== 0)
        .map(({ labels, value }) => [Object.values(labels).join(" "), value]),
    );
  }
}

function parse(line: string): Sample {
  const match = LINE.exec(line);
  if (!match) throw new Error(`Not a sample: ${line}`);
  const [, name, inner = "", value] = match;
  const labels: Record<string, string> = {};
  let end = 0;
  for (const { 0: text, 1: key, 2: quoted, index } of inner.matchAll(LABEL)) {
    labels[key!] = quoted!.replace(/\\(.)/g, (_, char) => char === "n" ? "\n" : char);
    end = index + text.length;
  }
  if (end !== inner.length) throw new Error(`Not labels: ${line}`);
  return { name: name!, labels, value: value === "+Inf" ? Infinity : Number(value) };
}
