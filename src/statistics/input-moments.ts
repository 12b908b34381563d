/**
 * Moments of the inputs, as the model sees them, over the rows that the windows cover, each row once though the
 * windows overlap. The last window's rows are held back as they are, since the next chunk's first window may cover
 * some of them too; they are counted when it is known which.
 */
export class InputMoments {
  readonly #state = new Float64Array(3); // first row covered (−1: none), first row held back, rows counted
  readonly #mean: Float64Array; // [F]
  readonly #m2: Float64Array; // [F]
  readonly #min: Float64Array; // [F]
  readonly #max: Float64Array; // [F]
  readonly #held: Float64Array; // [T, F]
  readonly #features: number;

  constructor(steps: number, features: number) {
    this.#state[0] = -1;
    this.#mean = new Float64Array(features);
    this.#m2 = new Float64Array(features);
    this.#min = new Float64Array(features).fill(Infinity);
    this.#max = new Float64Array(features).fill(-Infinity);
    this.#held = new Float64Array(steps * features);
    this.#features = features;
  }

  /** Takes in the next window, whose first row in the series is `row`; its values are at rows[start, …]. */
  add(row: number, rows: Float64Array, start: number): void {
    this.#release(row);
    if (this.#state[0]! < 0) this.#state[0] = row;
    this.#state[1] = row;
    const at = start * this.#features;
    this.#held.set(rows.subarray(at, at + this.#held.length));
  }

  /** Takes in what later windows gave. */
  merge(next: InputMoments): void {
    if (next.#state[0]! < 0) return;
    this.#release(next.#state[0]!);
    const [a, b] = [this.#state[2]!, next.#state[2]!];
    for (let f = 0; b > 0 && f < this.#features; f++) {
      const delta = next.#mean[f]! - this.#mean[f]!;
      this.#mean[f]! += (delta * b) / (a + b);
      this.#m2[f]! += next.#m2[f]! + (delta * delta * a * b) / (a + b);
      this.#min[f] = Math.min(this.#min[f]!, next.#min[f]!);
      this.#max[f] = Math.max(this.#max[f]!, next.#max[f]!);
    }
    this.#state[2] = a + b;
    if (this.#state[0]! < 0) this.#state[0] = next.#state[0]!;
    this.#state[1] = next.#state[1]!;
    this.#held.set(next.#held);
  }

  /** Rows covered, and of each feature mean, range and sample standard deviation, [F]; NaN where too few rows. */
  finish(): { rows: number; mean: Float64Array; range: Float64Array; sd: Float64Array } {
    const all = new InputMoments(this.#held.length / this.#features, this.#features);
    all.merge(this);
    all.#release(Infinity);
    const rows = all.#state[2]!;
    return {
      rows,
      mean: all.#mean.map((mean) => (rows > 0 ? mean : NaN)),
      range: all.#max.map((max, f) => (rows > 0 ? max - all.#min[f]! : NaN)),
      sd: all.#m2.map((m2) => (rows > 1 ? Math.sqrt(m2 / (rows - 1)) : NaN)),
    };
  }

  arrays(): Float64Array[] {
    return [this.#state, this.#mean, this.#m2, this.#min, this.#max, this.#held];
  }

  /** Counts the rows held back that come before the row `end` (Welford). */
  #release(end: number): void {
    if (this.#state[0]! < 0) return;
    const count = Math.min(end - this.#state[1]!, this.#held.length / this.#features);
    for (let r = 0; r < count; r++) {
      const n = ++this.#state[2]!;
      for (let f = 0; f < this.#features; f++) {
        const x = this.#held[r * this.#features + f]!;
        const delta = x - this.#mean[f]!;
        this.#mean[f]! += delta / n;
        this.#m2[f]! += delta * (x - this.#mean[f]!);
        if (x < this.#min[f]!) this.#min[f] = x;
        if (x > this.#max[f]!) this.#max[f] = x;
      }
    }
  }
}
