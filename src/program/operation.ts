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

/** What an operation does to a range. */
export type Touch = "read" | "written" | "both";

/** What a field of an operation may hold of ranges: one, none, or several, each perhaps with what belongs to it. */
export type Ranges = Range | null | readonly (Range | { readonly x: Range })[];

/** The fields of an operation that hold ranges. */
type RangeField<Op> = { [Field in keyof Op]: Op[Field] extends Ranges ? Field : never }[keyof Op];

/** All that is known of a kind of operation: what it touches, its cost, its adjoint, and how to do it plainly. */
export interface Kind<Op> {
  /** What it does to the ranges in each of its fields; what an accumulating operation adds to is written. */
  readonly ranges: { readonly [Field in RangeField<Op>]: Touch };
  /** Whether every unit that is written is set whatever it held before. */
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
