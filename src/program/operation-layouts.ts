import type { Elementwise, NormaliseForm, Operation, Range, SoftmaxForm } from "./program.js";

/** What a field may be, and the value that it is written from. A word is an int32; −1 stands for none. */
export interface FieldValues {
  int: number; // as it is
  range: Range; // two words: its first unit and its length
  at: Range; // its first unit: the length follows from another field
  optionalAt: Range | null;
  flag: boolean;
  vector: number; // the program's vector of that number
  optionalVector: number;
  matrix: number;
  table: number; // of indices
  constant: number; // its place among the constants
  numbers: Float64Array; // the place of the first among the constants
  activation: Elementwise; // three words: see ActivationWords in native/operations.h
  softmaxForm: SoftmaxForm;
  normaliseForm: NormaliseForm;
}

/** A word of an operation: what stands in it, and what it is for. */
export type Field = readonly [kind: keyof FieldValues, note: string];
/** A count, then that many records of the kind named. Only the last field may be one. */
export type List = readonly ["list", element: string, fields: Readonly<Record<string, Field>>];
/** The words of a record by name, in their order; a list's elements are records of their own. */
export type Fields = Readonly<Record<string, Field | List>>;

/** A record of words: what it says, and its fields in their order. */
export interface Layout {
  readonly about: string;
  readonly fields: Fields;
}

/**
 * The words of each kind of operation; its code is its place in this table. encodeProgram writes by it, and
 * native/operations.h, from which the kernel reads, is made of it: node native/generate-layouts.mjs.
 * Shapes are in units; every unit holds one number a lane.
 */
export const OPERATIONS = {
  affine: {
    about: "y (+)= bias + Σ over terms of Mᵀ·x, or of M·x where transposed; M is [rows, cols].",
    fields: {
      y: ["range", "[cols], or [rows] where transposed"],
      accumulate: ["flag", ""],
      bias: ["optionalVector", "[y.n]"],
      terms: [
        "list",
        "AffineTerm",
        {
          matrix: ["matrix", "[rows, cols]"],
          transposed: ["flag", ""],
          x: ["range", "[rows], or [cols] where transposed"],
        },
      ],
    },
  },
  combine: {
    about: "y (+)= Σ over terms of factor · x.",
    fields: {
      y: ["range", "[n]"],
      accumulate: ["flag", ""],
      terms: ["list", "CombineTerm", { x: ["at", "[n]"], factor: ["constant", ""] }],
    },
  },
  scale: {
    about: "y (+)= scale ∘ x + offset, unit by unit.",
    fields: {
      y: ["range", "[n]"],
      x: ["at", "[n]"],
      scale: ["vector", "[n]"],
      offset: ["optionalVector", "[n]"],
      accumulate: ["flag", ""],
    },
  },
  multiply: {
    about: "y (+)= a ∘ b.",
    fields: { y: ["range", "[n]"], a: ["at", "[n]"], b: ["at", "[n]"], accumulate: ["flag", ""] },
  },
  contract: {
    about: "y[i, j] (+)= factor · Σₖ a[i, k] · b[k, j]; a stride is the units from an index to the next.",
    fields: {
      y: ["at", "[rows, cols], by strides"],
      a: ["at", "[rows, inner], by strides"],
      b: ["at", "[inner, cols], by strides"],
      rows: ["int", "i"],
      cols: ["int", "j"],
      inner: ["int", "k"],
      yRow: ["int", "stride of i in y"],
      yCol: ["int", "stride of j in y"],
      aRow: ["int", "stride of i in a"],
      aInner: ["int", "stride of k in a"],
      bInner: ["int", "stride of k in b"],
      bCol: ["int", "stride of j in b"],
      factor: ["constant", ""],
      accumulate: ["flag", ""],
    },
  },
  activate: {
    about: "y = f(x).",
    fields: { y: ["range", "[n]"], x: ["at", "[n]"], f: ["activation", ""] },
  },
  "activate-adjoint": {
    about: "dx (+)= f′ ∘ dy, with f′ from v: the output y, or the input x.",
    fields: {
      dx: ["range", "[n]"],
      dy: ["at", "[n]"],
      v: ["at", "[n]: y where f.fromOutput, else x"],
      f: ["activation", ""],
      accumulate: ["flag", ""],
    },
  },
  maximum: {
    about: "y = the largest of the operands, unit by unit, or the least.",
    fields: {
      y: ["range", "[n]"],
      least: ["flag", ""],
      operands: ["list", "MaximumOperand", { x: ["at", "[n]"] }],
    },
  },
  "maximum-adjoint": {
    about: "dx += dy for each operand whose x attains y: the first that does, or all in equal shares.",
    fields: {
      dy: ["range", "[n]"],
      y: ["at", "[n]"],
      share: ["flag", ""],
      operands: ["list", "MaximumAdjointOperand", { dx: ["at", "[n]"], x: ["at", "[n]"] }],
    },
  },
  softmax: {
    about: "y = softmax(x) over the range, in one of its forms.",
    fields: { y: ["range", "[n]"], x: ["at", "[n]"], form: ["softmaxForm", ""] },
  },
  "softmax-adjoint": {
    about: "dx (+)= the transposed derivative of softmax at y, times dy.",
    fields: {
      dx: ["range", "[n]"],
      dy: ["at", "[n]"],
      y: ["at", "[n]"],
      form: ["softmaxForm", ""],
      accumulate: ["flag", ""],
    },
  },
  normalise: {
    about:
      "y = (x − mean) · inverse. The inverse is, by form, of √(variance + ε), √(mean x² + ε) or √max(Σ x², ε); only layer has a mean.",
    fields: {
      y: ["range", "[n]"],
      inverse: ["at", "[1]: kept for the adjoint"],
      x: ["at", "[n]"],
      form: ["normaliseForm", ""],
      epsilon: ["constant", ""],
    },
  },
  "normalise-adjoint": {
    about: "dx (+)= the transposed derivative of normalise at y, times dy.",
    fields: {
      dx: ["range", "[n]"],
      dy: ["at", "[n]"],
      y: ["at", "[n]"],
      inverse: ["at", "[1]"],
      form: ["normaliseForm", ""],
      epsilon: ["constant", ""],
      accumulate: ["flag", ""],
    },
  },
  gather: {
    about: "y[i] = x[index[i]], or 0 where the index is −1.",
    fields: { y: ["range", "[n]"], x: ["range", "[m]"], index: ["table", "[n] of −1 … m − 1"] },
  },
  scatter: {
    about: "dx[index[i]] += dy[i]; nothing where the index is −1.",
    fields: { dx: ["range", "[m]"], dy: ["range", "[n]"], index: ["table", "[n] of −1 … m − 1"] },
  },
  fill: {
    about: "y = value.",
    fields: { y: ["range", "[n]"], value: ["constant", ""] },
  },
  lstm: {
    about:
      "One step of an LSTM: c = f∘cPrev + i∘g, h = o∘activation(c). Before it gates holds the pre-activations, after it the gates.",
    fields: {
      n: ["int", "units of the state"],
      gates: ["at", "[4, n]: i, f, g, o"],
      cPrev: ["optionalAt", "[n]: zeros where none"],
      c: ["at", "[n]"],
      h: ["at", "[n]"],
      activation: ["activation", "of g and of c"],
      recurrent: ["activation", "of i, f and o"],
    },
  },
  "lstm-adjoint": {
    about: "dGates (of the pre-activations) and dcPrev, from dh and dc.",
    fields: {
      n: ["int", "units of the state"],
      dGates: ["at", "[4, n]: of i, f, g, o"],
      dcPrev: ["optionalAt", "[n]"],
      dh: ["optionalAt", "[n]: zeros where none"],
      dc: ["optionalAt", "[n]: zeros where none"],
      gates: ["at", "[4, n]: i, f, g, o"],
      cPrev: ["optionalAt", "[n]: zeros where none"],
      c: ["at", "[n]"],
      activation: ["activation", "of g and of c"],
      recurrent: ["activation", "of i, f and o"],
    },
  },
  gru: {
    about:
      "One step of a GRU with reset_after: h = z∘hPrev + (1 − z)∘proposed, where proposed = activation(candidate + r∘inner). Before it gates and candidate hold pre-activations, after it the gates and what is proposed.",
    fields: {
      n: ["int", "units of the state"],
      gates: ["at", "[2, n]: z, r"],
      candidate: ["at", "[n]"],
      inner: ["at", "[n]: the recurrence's part of the candidate"],
      hPrev: ["optionalAt", "[n]: zeros where none"],
      h: ["at", "[n]"],
      activation: ["activation", "of the candidate"],
      recurrent: ["activation", "of z and r"],
    },
  },
  "gru-adjoint": {
    about:
      "dGates and dCandidate (of the pre-activations), dInner and the direct part of dhPrev (z∘dh), from dh.",
    fields: {
      n: ["int", "units of the state"],
      dGates: ["at", "[2, n]: of z, r"],
      dCandidate: ["at", "[n]"],
      dInner: ["at", "[n]"],
      dhPrev: ["optionalAt", "[n]"],
      dh: ["at", "[n]"],
      gates: ["at", "[2, n]: z, r"],
      candidate: ["at", "[n]"],
      inner: ["at", "[n]"],
      hPrev: ["optionalAt", "[n]: zeros where none"],
      activation: ["activation", "of the candidate"],
      recurrent: ["activation", "of z and r"],
    },
  },
} as const satisfies Readonly<Record<Operation["kind"], Layout>>;
