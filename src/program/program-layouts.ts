import { type Layout, OPERATIONS } from "./operation-layouts.js";
import type { Elementwise, NormaliseForm, SoftmaxForm } from "./program.js";
import { MOST_UNITS } from "./tensor.js";

/** Bumped with any change of a program's words. */
export const VERSION = 1;

/** Units of an arena, at most: each of the compiler's values and its adjoint. */
export const MOST_ARENA_UNITS = 2 * MOST_UNITS;

/** The words of a program that are not an operation's. */
export const PROGRAM = {
  program: {
    about:
      "The first words. After them come the matrices, the vectors, the tables (the number of entries, then the entries), the forward section, and each target with its adjoint section.",
    fields: {
      version: ["int", ""],
      units: ["int", "of the arena"],
      steps: ["int", "T: rows of a window"],
      features: ["int", "F: columns of a window"],
      input: ["range", "[T, F]: where a window's values are loaded"],
      aux: ["range", "where a window's own constants are loaded"],
      matrices: ["int", "how many"],
      vectors: ["int", "how many"],
      tables: ["int", "how many"],
      targets: ["int", "how many"],
    },
  },
  matrix: {
    about: "A matrix [rows, cols], row-major: rows are inputs and columns outputs, as Keras keeps kernels.",
    fields: { rows: ["int", ""], cols: ["int", ""], data: ["numbers", "[rows, cols]"] },
  },
  vector: {
    about: "A vector of constants.",
    fields: { n: ["int", ""], data: ["numbers", "[n]"] },
  },
  target: {
    about:
      "One result to differentiate. The adjoint section runs once for each of the m values, with 1 in its unit of the seed and 0 in the others; the gradient is then that row of the Jacobian.",
    fields: {
      m: ["int", "values of a window's result"],
      output: ["at", "[m]"],
      seed: ["at", "[m]"],
      gradient: ["range", "[T, F]"],
    },
  },
  section: {
    about: "Before the operations of a section.",
    fields: { operations: ["int", "how many"] },
  },
  operation: {
    about: "Before an operation's own words.",
    fields: { code: ["int", "an OperationCode"], words: ["int", "how many follow"] },
  },
  activation: {
    about: "An activation, where a record names one.",
    fields: {
      code: ["int", "an ActivationCode"],
      parameters: ["numbers", "[3]: a, b, c, as the code's comment names them"],
      fromOutput: ["flag", "its derivative is taken from the output, not the input"],
    },
  },
} as const satisfies Readonly<Record<string, Layout>>;

type Parameter<K extends Elementwise["kind"]> = Exclude<
  keyof Extract<Elementwise, { kind: K }>,
  "kind" | "approximate"
>;

/** Activations by name, each with its parameters; the code is the place in this table. */
export const ACTIVATIONS = {
  linear: [],
  sigmoid: [],
  tanh: [],
  "plain-relu": [], // relu with no slope, bound or threshold: the common one has a path of its own
  relu: ["negativeSlope", "maxValue", "threshold"],
  elu: ["alpha"],
  celu: ["alpha"],
  selu: [],
  softplus: [],
  softsign: [],
  silu: [],
  exponential: [],
  mish: [],
  log_sigmoid: [],
  hard_sigmoid: ["slope"],
  hard_silu: ["slope"],
  hard_tanh: [],
  soft_shrink: ["alpha"],
  hard_shrink: ["alpha"],
  tanh_shrink: [],
  threshold: ["threshold", "value"],
  squareplus: ["b"],
  sparse_plus: [],
  sparse_sigmoid: [],
  gelu: [],
  "gelu-tanh": [], // the approximate one
} as const satisfies Readonly<
  { [K in Elementwise["kind"]]: readonly Parameter<K>[] } & Record<"plain-relu" | "gelu-tanh", readonly []>
>;

/** Forms of softmax; the code is the place in this list. */
export const SOFTMAX_FORMS = [
  "softmax",
  "log_softmax",
  "sparsemax",
] as const satisfies readonly SoftmaxForm[];
/** Forms of normalise; the code is the place in this list. */
export const NORMALISE_FORMS = ["layer", "rms", "unit"] as const satisfies readonly NormaliseForm[];

/** All that native/operations.h is made of. */
export const LAYOUTS = {
  version: VERSION,
  mostArenaUnits: MOST_ARENA_UNITS,
  program: PROGRAM,
  operations: OPERATIONS,
  activations: ACTIVATIONS,
  softmaxForms: SOFTMAX_FORMS,
  normaliseForms: NORMALISE_FORMS,
};
