import type { Wrt } from "../shared/wrt.js";
import type { Activation } from "./activation.js";

/**
 * A program: a model and a target as a flat list of operations on buffers, the loop over time unrolled,
 * first the forward operations, then for each target its adjoints. It is plain data and all an engine gets.
 *
 * Memory is one arena of *units*; a unit holds one number a lane, a lane being a window ([unit][lane]).
 * Operations name ranges of units. Whatever accumulates adds to what its range holds; everything else assigns.
 */
export interface Program {
  readonly steps: number; // T: rows of a window
  readonly features: number; // F
  /** Units of the arena. */
  readonly units: number;
  /** Where a window's values are loaded, step-major: unit at + t·F + f. */
  readonly input: Range; // T·F
  /** Where the per-window constants are loaded (0 units where there are none). */
  readonly aux: Range;
  readonly matrices: readonly Matrix[];
  readonly vectors: readonly Float64Array[];
  /** Index tables of gather and scatter: unit offsets relative to the range they index. */
  readonly indices: readonly Int32Array[];
  readonly forward: readonly Operation[];
  readonly targets: readonly Target[];
  /** Multiply-adds of one window: forward, and each target's adjoint times its outputs. */
  readonly multiplyAdds: number;
}

/** One result to differentiate: m values of a window with respect to n others, its T·F inputs. */
export interface Target {
  readonly name: string;
  readonly shape: readonly number[]; // shape of one window's result; m is its product
  /** Of a result of which some values are chosen, [m]: their numbers among all of it, row-major; null: it is whole. */
  readonly numbers: readonly number[] | null;
  /** What it is differentiated by: n is the product of its shape. */
  readonly wrt: Wrt;
  readonly output: Range; // m units, valid after the forward operations
  /** Before the adjoints run for output k, the seed holds 1 in unit k and 0 in the others. */
  readonly seed: Range; // m
  readonly adjoint: readonly Operation[];
  /** After them, the row k of the Jacobian, row-major over the shape of wrt. */
  readonly gradient: Range; // n
}

/** Units at … at + n − 1. */
export interface Range {
  readonly at: number;
  readonly n: number;
}

/** Row-major [rows, cols]: rows are inputs and columns outputs, as Keras keeps kernels. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** The activations that work on each value alone. */
export type Elementwise = Exclude<Activation, { kind: "softmax" | "log_softmax" | "sparsemax" | "glu" }>;

/** y (+)= bias + Σ terms Mᵀ·x (or M·x where transposed). */
export interface Affine {
  readonly kind: "affine";
  readonly y: Range;
  readonly terms: readonly { readonly matrix: number; readonly transposed: boolean; readonly x: Range }[];
  readonly bias: number; // a vector, or −1
  readonly accumulate: boolean;
}

/** y (+)= Σ terms factor · x. */
export interface Combine {
  readonly kind: "combine";
  readonly y: Range;
  readonly terms: readonly { readonly x: Range; readonly factor: number }[];
  readonly accumulate: boolean;
}

/** y (+)= scale ∘ x + offset, constants per unit. */
export interface Scale {
  readonly kind: "scale";
  readonly y: Range;
  readonly x: Range;
  readonly scale: number; // a vector
  readonly offset: number; // a vector, or −1
  readonly accumulate: boolean;
}

/** y (+)= a ∘ b. */
export interface Multiply {
  readonly kind: "multiply";
  readonly y: Range;
  readonly a: Range;
  readonly b: Range;
  readonly accumulate: boolean;
}

/** y[i, j] (+)= factor · Σₖ a[i, k] · b[k, j]; strides are in units, [of the first index, of the second]. */
export interface Contract {
  readonly kind: "contract";
  readonly y: Range;
  readonly a: Range;
  readonly b: Range;
  readonly size: readonly [i: number, j: number, k: number];
  readonly strideY: readonly [i: number, j: number];
  readonly strideA: readonly [i: number, k: number];
  readonly strideB: readonly [k: number, j: number];
  readonly factor: number;
  readonly accumulate: boolean;
}

/** y = f(x), elementwise. */
export interface Activate {
  readonly kind: "activate";
  readonly y: Range;
  readonly x: Range;
  readonly f: Elementwise;
}

/** dx (+)= f′ ∘ dy, with f′ from v: the output y where `derivativeFrom(f)` says so, else the input x. */
export interface ActivateAdjoint {
  readonly kind: "activate-adjoint";
  readonly dx: Range;
  readonly dy: Range;
  readonly v: Range;
  readonly f: Elementwise;
  readonly accumulate: boolean;
}

/** y = max of xs (min where `least`), unit by unit; a tie belongs to the first, or is shared equally. */
export interface Maximum {
  readonly kind: "maximum";
  readonly y: Range;
  readonly xs: readonly Range[];
  readonly least: boolean;
  readonly tie: "first" | "share";
}

/** dxs += dy where xs attain y. Ranges of dxs may overlap. */
export interface MaximumAdjoint {
  readonly kind: "maximum-adjoint";
  readonly dxs: readonly Range[];
  readonly dy: Range;
  readonly y: Range;
  readonly xs: readonly Range[];
  readonly tie: "first" | "share";
}

/** What is taken of the exponentials, or instead of them. */
export type SoftmaxForm = "softmax" | "log_softmax" | "sparsemax";

/** y = softmax(x) over the range. */
export interface Softmax {
  readonly kind: "softmax";
  readonly y: Range;
  readonly x: Range;
  readonly form: SoftmaxForm;
}

/** dx (+)= the softmax adjoint of dy, from the output y. */
export interface SoftmaxAdjoint {
  readonly kind: "softmax-adjoint";
  readonly dx: Range;
  readonly dy: Range;
  readonly y: Range;
  readonly form: SoftmaxForm;
  readonly accumulate: boolean;
}

/** layer: (x − mean) / √(variance + ε); rms: x / √(mean x² + ε); unit: x / √max(Σ x², ε). */
export type NormaliseForm = "layer" | "rms" | "unit";

/** y = normalised x over the range; `inverse` keeps the divisor's reciprocal. */
export interface Normalise {
  readonly kind: "normalise";
  readonly y: Range;
  readonly inverse: Range; // 1
  readonly x: Range;
  readonly form: NormaliseForm;
  readonly epsilon: number;
}

/** dx (+)= the adjoint of a normalisation, from its output y and the reciprocal it kept. */
export interface NormaliseAdjoint {
  readonly kind: "normalise-adjoint";
  readonly dx: Range;
  readonly dy: Range;
  readonly y: Range;
  readonly inverse: Range;
  readonly form: NormaliseForm;
  readonly epsilon: number;
  readonly accumulate: boolean;
}

/** y[i] = x[index[i]]; index −1 gives 0. */
export interface Gather {
  readonly kind: "gather";
  readonly y: Range;
  readonly x: Range;
  readonly index: number;
}

/** dx[index[i]] += dy[i]. */
export interface Scatter {
  readonly kind: "scatter";
  readonly dx: Range;
  readonly dy: Range;
  readonly index: number;
}

/** y = value. */
export interface Fill {
  readonly kind: "fill";
  readonly y: Range;
  readonly value: number;
}

/**
 * One step of an LSTM. `gates` holds the pre-activations (i, f, g, o) before and the activated gates after;
 * c = f∘cPrev + i∘g, h = o∘f(c). cPrev null: the zero state.
 */
export interface Lstm {
  readonly kind: "lstm";
  readonly gates: Range; // 4·U
  readonly cPrev: Range | null; // U
  readonly c: Range; // U
  readonly h: Range; // U
  readonly activation: Elementwise;
  readonly recurrent: Elementwise;
}

/** dGates (of the pre-activations) and dcPrev from dh and dc (null: zero). */
export interface LstmAdjoint {
  readonly kind: "lstm-adjoint";
  readonly dGates: Range;
  readonly dcPrev: Range | null;
  readonly dh: Range | null;
  readonly dc: Range | null;
  readonly gates: Range;
  readonly cPrev: Range | null;
  readonly c: Range;
  readonly activation: Elementwise;
  readonly recurrent: Elementwise;
}

/**
 * One step of a GRU with reset_after. Before: `gates` the pre-activations (z, r), `candidate` the input's part of
 * the candidate; after: the activated gates and the candidate f(candidate + r∘inner). h = z∘hPrev + (1−z)∘candidate.
 */
export interface Gru {
  readonly kind: "gru";
  readonly gates: Range; // 2·U
  readonly candidate: Range; // U
  readonly inner: Range; // U: the recurrence's part of the candidate
  readonly hPrev: Range | null; // U
  readonly h: Range; // U
  readonly activation: Elementwise;
  readonly recurrent: Elementwise;
}

/** The adjoint of Gru; dhPrev is the direct part only (z∘dh). */
export interface GruAdjoint {
  readonly kind: "gru-adjoint";
  readonly dGates: Range;
  readonly dCandidate: Range;
  readonly dInner: Range;
  readonly dhPrev: Range | null;
  readonly dh: Range;
  readonly gates: Range;
  readonly candidate: Range;
  readonly inner: Range;
  readonly hPrev: Range | null;
  readonly activation: Elementwise;
  readonly recurrent: Elementwise;
}

/** An operation of a program, by its kind. */
export type Operation =
  | Affine
  | Combine
  | Scale
  | Multiply
  | Contract
  | Activate
  | ActivateAdjoint
  | Maximum
  | MaximumAdjoint
  | Softmax
  | SoftmaxAdjoint
  | Normalise
  | NormaliseAdjoint
  | Gather
  | Scatter
  | Fill
  | Lstm
  | LstmAdjoint
  | Gru
  | GruAdjoint;
