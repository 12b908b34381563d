/** Workers pass their sums on every other second: a rate over less would jump. */
const SPAN_MS = 15_000;
const LEAST_MS = 3000;

/** The rate at which sums grow, by name, from samples of them. */
export class Rates {
  readonly #samples = new Map<string, { at: number; value: number }[]>();

  /** Takes a sample; what comes back is the growth per second over the last seconds, null while there are too few. */
  sample(name: string, value: number, at: number): number | null {
    const kept = (this.#samples.get(name) ?? []).filter((sample) => at - sample.at <= SPAN_MS);
    kept.push({ at, value });
    this.#samples.set(name, kept);
    const [first] = kept;
    if (first === undefined || at - first.at < LEAST_MS) return null;
    return Math.max(0, (value - first.value) / ((at - first.at) / 1000));
  }

  /** Forgets all names but these. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#samples.keys()) if (!names.has(name)) this.#samples.delete(name);
  }
}
