import type { Adjoints } from "./operation.js";
import { kindOf } from "./operations/kinds.js";
import type { Operation, Range } from "./program.js";

/** What the reverse sweep needs of the builder: the buffers made so far, and new ones. */
export interface Buffers {
  readonly buffers: readonly Range[];
  buffer(units: number): Range;
}

/**
 * Reverse mode (Griewank & Walther 2008, ch. 3): the operations that carry the seed, the adjoint of `output`,
 * back to the adjoint of `input`. Each forward operation emits its own adjoints, last first.
 */
export function differentiate(
  forward: readonly Operation[],
  output: Range,
  input: Range,
  space: Buffers,
): { seed: Range; adjoint: Operation[]; gradient: Range } {
  const sweep = new Sweep(space);
  const seed = sweep.seed(output);
  for (let i = forward.length - 1; i >= 0; i--) {
    const op = forward[i]!;
    kindOf(op).differentiate?.(op, sweep);
  }
  const gradient = sweep.onto(input); // zeros where nothing of the output depends on a value
  return { seed, adjoint: sweep.operations, gradient };
}

/** Keeps, for each forward buffer, its adjoint buffer and which of its units hold something yet. */
class Sweep implements Adjoints {
  readonly operations: Operation[] = [];
  readonly #space: Buffers;
  readonly #forward: readonly Range[];
  readonly #adjoints: ({ range: Range; reached: Uint8Array } | undefined)[] = [];

  constructor(space: Buffers) {
    this.#space = space;
    this.#forward = [...space.buffers];
  }

  seed(output: Range): Range {
    const { range } = this.into(output);
    return range;
  }

  of(range: Range): Range | null {
    const found = this.#locate(range, false);
    if (!found) return null;
    const { own, reached, from } = found;
    if (!reached.subarray(from, from + range.n).includes(1)) return null;
    this.#fillUnreached(own, reached, from);
    return own;
  }

  into(range: Range): { range: Range; accumulate: boolean } {
    const { own, reached, from } = this.#locate(range, true)!;
    const accumulate = reached.subarray(from, from + range.n).includes(1);
    if (accumulate) this.#fillUnreached(own, reached, from);
    reached.fill(1, from, from + range.n);
    return { range: own, accumulate };
  }

  onto(range: Range): Range {
    const { own, reached, from } = this.#locate(range, true)!;
    this.#fillUnreached(own, reached, from);
    return own;
  }

  scratch(units: number): Range {
    return this.#space.buffer(units);
  }

  emit(operation: Operation): void {
    this.operations.push(operation);
  }

  /** Zeros for the units of a range that hold nothing yet. */
  #fillUnreached(own: Range, reached: Uint8Array, from: number): void {
    for (let i = 0; i < own.n; ) {
      let end = i;
      while (end < own.n && reached[from + end] === 0) end++;
      if (end > i) this.emit({ kind: "fill", y: { at: own.at + i, n: end - i }, value: 0 });
      i = end + 1;
    }
    reached.fill(1, from, from + own.n);
  }

  #locate(range: Range, make: boolean): { own: Range; reached: Uint8Array; from: number } | null {
    const index = bufferIndex(this.#forward, range.at);
    const home = this.#forward[index]!;
    let adjoint = this.#adjoints[index];
    if (!adjoint) {
      if (!make) return null;
      adjoint = { range: this.#space.buffer(home.n), reached: new Uint8Array(home.n) };
      this.#adjoints[index] = adjoint;
    }
    const from = range.at - home.at;
    return { own: { at: adjoint.range.at + from, n: range.n }, reached: adjoint.reached, from };
  }
}

/** The buffer, of buffers in ascending order, that a unit belongs to. */
export function bufferIndex(buffers: readonly Range[], unit: number): number {
  let low = 0;
  let high = buffers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (buffers[middle]!.at <= unit) low = middle;
    else high = middle - 1;
  }
  return low;
}
