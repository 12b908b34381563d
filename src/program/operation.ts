import type { Matrix, Operation, Range } from "./program.js";

/** What an operation computes on while it runs: an arena of lanes and the program's constants. */
export interface Memory {
  readonly arena: Float64Array; // [units, lanes]
  readonly lanes: number;
  readonly matrices: readonly Matrix[];
  readonly vectors: readonly Float64Array[];
  readonly indices: readonly Int32Array[];
}

/** The adjoint side of a compilation, as an operation's `differentiate` sees it. */
export interface Adjoints {
  /** The adjoint of a range, to read; null where nothing has reached it (it is zero). */
  of(range: Range): Range | null;
  /** The adjoint of a range, to write in full; `accumulate` where something is there already. */
  into(range: Range): { readonly range: Range; readonly accumulate: boolean };
  /** The adjoint of a range, to add to: filled with zeros where nothing had reached it. */
  onto(range: Range): Range;
  /** A buffer of the adjoint's own. */
  scratch(units: number): Range;
  emit(operation: Operation): void;
}

/** All that is known of a kind of operation: what it touches, its cost, its adjoint, and how to do it plainly. */
export interface Kind<Op> {
  /** Ranges read (for an accumulating operation, not counting the one it adds to). */
  reads(op: Op): Range[];
  /** Ranges written. */
  writes(op: Op): Range[];
  /** Whether every unit of `writes` is set whatever it held before. */
  assigns(op: Op): boolean;
  /** Whether unit i of every operand is read before, and only for, unit i of the result: it may be done in place. */
  readonly elementwise: boolean;
  /** Multiply-adds a lane. */
  multiplyAdds(op: Op): number;
  /** Emits the adjoint operations; absent for kinds that only occur in adjoints. */
  differentiate?(op: Op, adjoints: Adjoints): void;
  /** Runs it on all lanes: naive loops in float64, the definition that every other engine is checked against. */
  run(op: Op, memory: Memory): void;
}
