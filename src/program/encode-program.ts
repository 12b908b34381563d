import { derivativeFrom } from "./activations.js";
import type { Elementwise, Operation, Program, Range } from "./program.js";
import { sizeOf } from "./tensor.js";

/** A program as the kernel takes it: words and numbers, with no pointer and no name in it. */
export interface EncodedProgram {
  readonly code: Int32Array;
  /** Weights and other constants; code refers to them by index. */
  readonly constants: Float64Array;
}

/** Bumped with any change of the words below; native/program.h has the same number. */
const VERSION = 1;

// The order of these lists is the code: native/program.h has the same.
const OPERATIONS = [
  "affine",
  "combine",
  "scale",
  "multiply",
  "contract",
  "activate",
  "activate-adjoint",
  "maximum",
  "maximum-adjoint",
  "softmax",
  "softmax-adjoint",
  "normalise",
  "normalise-adjoint",
  "gather",
  "scatter",
  "fill",
  "lstm",
  "lstm-adjoint",
  "gru",
  "gru-adjoint",
] as const satisfies readonly Operation["kind"][];
const ACTIVATIONS = [
  "linear",
  "sigmoid",
  "tanh",
  "plain-relu", // relu with no slope, bound or threshold: the common one has a path of its own
  "relu",
  "elu",
  "celu",
  "selu",
  "softplus",
  "softsign",
  "silu",
  "exponential",
  "mish",
  "log_sigmoid",
  "hard_sigmoid",
  "hard_silu",
  "hard_tanh",
  "soft_shrink",
  "hard_shrink",
  "tanh_shrink",
  "threshold",
  "squareplus",
  "sparse_plus",
  "sparse_sigmoid",
  "gelu",
  "gelu-tanh",
] as const;
const SOFTMAX_FORMS = ["softmax", "log_softmax", "sparsemax"] as const;
const NORMALISE_FORMS = ["layer", "rms", "unit"] as const;

/**
 * Encodes a program: a header, the tables of matrices, vectors and indices, the forward operations, the targets.
 * An operation is its code, the number of words that follow, and those words (see `wordsOf`).
 */
export function encodeProgram(program: Program): EncodedProgram {
  const constants = new Constants();
  const code: number[] = [
    VERSION,
    program.units,
    program.steps,
    program.features,
    ...rangeWords(program.input),
    ...rangeWords(program.aux),
    program.matrices.length,
    program.vectors.length,
    program.indices.length,
    program.targets.length,
  ];
  for (const { rows, cols, data } of program.matrices) code.push(rows, cols, constants.add(data));
  for (const vector of program.vectors) code.push(vector.length, constants.add(vector));
  for (const table of program.indices) {
    code.push(table.length);
    for (const index of table) code.push(index);
  }
  const section = (operations: readonly Operation[]) => {
    code.push(operations.length);
    for (const op of operations) {
      const words = wordsOf(op, constants);
      code.push(OPERATIONS.indexOf(op.kind), words.length);
      for (const word of words) code.push(word);
    }
  };
  section(program.forward);
  for (const { shape, output, seed, gradient, adjoint } of program.targets) {
    code.push(sizeOf(shape), output.at, seed.at, gradient.at, gradient.n);
    section(adjoint);
  }
  return { code: Int32Array.from(code), constants: constants.take() };
}

/** The words of an operation; −1 stands for an absent range or vector. */
function wordsOf(op: Operation, constants: Constants): number[] {
  const at = (range: Range | null) => range?.at ?? -1;
  const flag = (value: boolean) => (value ? 1 : 0);
  switch (op.kind) {
    case "affine":
      return [
        ...rangeWords(op.y),
        flag(op.accumulate),
        op.bias,
        op.terms.length,
        ...op.terms.flatMap(({ matrix, transposed, x }) => [matrix, flag(transposed), x.at, x.n]),
      ];
    case "combine":
      return [
        ...rangeWords(op.y),
        flag(op.accumulate),
        op.terms.length,
        ...op.terms.flatMap(({ x, factor }) => [x.at, constants.number(factor)]),
      ];
    case "scale":
      return [...rangeWords(op.y), op.x.at, op.scale, op.offset, flag(op.accumulate)];
    case "multiply":
      return [...rangeWords(op.y), op.a.at, op.b.at, flag(op.accumulate)];
    case "contract":
      return [
        op.y.at,
        op.a.at,
        op.b.at,
        ...op.size,
        ...op.strideY,
        ...op.strideA,
        ...op.strideB,
        constants.number(op.factor),
        flag(op.accumulate),
      ];
    case "activate":
      return [...rangeWords(op.y), op.x.at, ...activationWords(op.f, constants)];
    case "activate-adjoint":
      return [
        ...rangeWords(op.dx),
        op.dy.at,
        op.v.at,
        ...activationWords(op.f, constants),
        flag(op.accumulate),
      ];
    case "maximum":
      return [...rangeWords(op.y), flag(op.least), op.xs.length, ...op.xs.map(at)];
    case "maximum-adjoint":
      return [
        ...rangeWords(op.dy),
        op.y.at,
        flag(op.tie === "share"),
        op.xs.length,
        ...op.xs.flatMap((x, i) => [op.dxs[i]!.at, x.at]),
      ];
    case "softmax":
      return [...rangeWords(op.y), op.x.at, SOFTMAX_FORMS.indexOf(op.form)];
    case "softmax-adjoint":
      return [...rangeWords(op.dx), op.dy.at, op.y.at, SOFTMAX_FORMS.indexOf(op.form), flag(op.accumulate)];
    case "normalise":
      return [
        ...rangeWords(op.y),
        op.inverse.at,
        op.x.at,
        NORMALISE_FORMS.indexOf(op.form),
        constants.number(op.epsilon),
      ];
    case "normalise-adjoint":
      return [
        ...rangeWords(op.dx),
        op.dy.at,
        op.y.at,
        op.inverse.at,
        NORMALISE_FORMS.indexOf(op.form),
        constants.number(op.epsilon),
        flag(op.accumulate),
      ];
    case "gather":
      return [...rangeWords(op.y), ...rangeWords(op.x), op.index];
    case "scatter":
      return [...rangeWords(op.dx), ...rangeWords(op.dy), op.index];
    case "fill":
      return [...rangeWords(op.y), constants.number(op.value)];
    case "lstm":
      return [op.h.n, ...[op.gates, op.cPrev, op.c, op.h].map(at), ...cellWords(op, constants)];
    case "lstm-adjoint":
      return [
        op.c.n,
        ...[op.dGates, op.dcPrev, op.dh, op.dc, op.gates, op.cPrev, op.c].map(at),
        ...cellWords(op, constants),
      ];
    case "gru":
      return [
        op.h.n,
        ...[op.gates, op.candidate, op.inner, op.hPrev, op.h].map(at),
        ...cellWords(op, constants),
      ];
    case "gru-adjoint":
      return [
        op.candidate.n,
        ...[op.dGates, op.dCandidate, op.dInner, op.dhPrev, op.dh].map(at),
        ...[op.gates, op.candidate, op.inner, op.hPrev].map(at),
        ...cellWords(op, constants),
      ];
  }
}

const rangeWords = ({ at, n }: Range): number[] => [at, n];

const cellWords = (
  cell: { activation: Elementwise; recurrent: Elementwise },
  constants: Constants,
): number[] => [
  ...activationWords(cell.activation, constants),
  ...activationWords(cell.recurrent, constants),
];

/** An activation: its code, where its three parameters stand, and whether its derivative is taken from the output. */
function activationWords(f: Elementwise, constants: Constants): number[] {
  const [name, ...parameters] = activationParts(f);
  const at = constants.add(Float64Array.from([0, 1, 2], (i) => parameters[i] ?? 0));
  return [ACTIVATIONS.indexOf(name), at, derivativeFrom(f) === "y" ? 1 : 0];
}

function activationParts(f: Elementwise): [name: (typeof ACTIVATIONS)[number], ...parameters: number[]] {
  switch (f.kind) {
    case "relu": {
      const plain = f.negativeSlope === 0 && f.maxValue === Number.POSITIVE_INFINITY && f.threshold === 0;
      return plain ? ["plain-relu"] : ["relu", f.negativeSlope, f.maxValue, f.threshold];
    }
    case "elu":
    case "celu":
    case "soft_shrink":
    case "hard_shrink":
      return [f.kind, f.alpha];
    case "hard_sigmoid":
    case "hard_silu":
      return [f.kind, f.slope];
    case "threshold":
      return [f.kind, f.threshold, f.value];
    case "squareplus":
      return [f.kind, f.b];
    case "gelu":
      return [f.approximate ? "gelu-tanh" : "gelu"];
    default:
      return [f.kind];
  }
}

/** The pool of numbers, growing; equal small ones are kept once. */
class Constants {
  readonly #parts: Float64Array[] = [];
  readonly #known = new Map<string, number>();
  #length = 0;

  number(value: number): number {
    return this.add(Float64Array.of(value));
  }

  add(data: Float64Array): number {
    const key = data.length <= 3 ? data.join() : null;
    const found = key === null ? undefined : this.#known.get(key);
    if (found !== undefined) return found;
    if (key !== null) this.#known.set(key, this.#length);
    this.#parts.push(data);
    this.#length += data.length;
    return this.#length - data.length;
  }

  take(): Float64Array {
    const all = new Float64Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
