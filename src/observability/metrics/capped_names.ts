/** So many names of callers become labels: Prometheus keeps a series for each, for weeks. */
const MOST = 50;

/** The label of every other name. */
export const OTHER = "(other)";

/** Makes labels of names that callers choose: of the first 50, and one for the others. */
export class CappedNames {
  readonly #known = new Set<string>();

  labelOf(name: string): string {
    if (this.#known.has(name)) return name;
    // Two names that differ in what UTF-8 cannot hold would make one series twice.
    const label = name.toWellFormed();
    if (this.#known.has(label)) return label;
    if (this.#known.size === MOST) return OTHER;
    this.#known.add(label);
    return label;
  }
}
