import type { Sample } from "../support/exposition.ts";

/** What Prometheus adds to every sample. */
const OF_TARGET = ["job", "instance"];

const SELECTOR = /\b((?:tip_scorer|process)_\w+)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;
const GROUPING = /\b(?:by|on|without|group_left|group_right)\s*\(([^)]*)\)/g;

/**
 * What a query names and the samples lack: metrics, their labels, and values of labels that
 * nothing has. It is not parsed but searched, which is enough for the queries of this project.
 */
export function missingIn(query: string, samples: readonly Sample[]): string[] {
  const missing: string[] = [];
  const labels = new Set(OF_TARGET);
  for (const [, name, matchers = ""] of query.matchAll(SELECTOR)) {
    const found = samples.filter((sample) => sample.name === name);
    if (found.length === 0) missing.push(name!);
    for (const label of found.flatMap((sample) => Object.keys(sample.labels))) labels.add(label);
    for (const [, label, operator, value] of matchers.matchAll(MATCHER)) {
      if (OF_TARGET.includes(label!)) continue;
      const pattern = new RegExp(`^(?:${value})$`);
      const matches = ({ labels }: Sample) => {
        const own = labels[label!];
        return own !== undefined && (operator!.includes("~") ? pattern.test(own) : own === value);
      };
      if (!found.some(matches)) missing.push(`${name}{${label}${operator}"${value}"}`);
    }
  }
  for (const [, list] of query.matchAll(GROUPING)) {
    for (const label of list!.split(",").map((each) => each.trim())) {
      if (!labels.has(label)) missing.push(`${label} of ${query}`);
    }
  }
  return missing;
}
