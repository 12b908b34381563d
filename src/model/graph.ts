/**
 * A trained model as data: layers with typed configurations and shaped weights, in topological order.
 * Readers (read-keras.ts) produce it, compile.ts consumes it; no field is optional where Keras has a default.
 */

/** A weight tensor, row-major, in the layout Keras keeps it. */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** An elementwise activation (or one along the last axis: softmax, log_softmax, sparsemax, glu). */
export type Activation =
  | {
      readonly kind: "relu";
      readonly negativeSlope: number;
      readonly maxValue: number;
      readonly threshold: number;
    } // maxValue Infinity: unbounded
  | { readonly kind: "elu" | "celu" | "soft_shrink" | "hard_shrink"; readonly alpha: number } // shrinks: alpha is the threshold
  | { readonly kind: "gelu"; readonly approximate: boolean }
  | { readonly kind: "hard_sigmoid" | "hard_silu"; readonly slope: number } // Keras 2: 0.2, Keras 3: 1/6
  | { readonly kind: "threshold"; readonly threshold: number; readonly value: number }
  | { readonly kind: "squareplus"; readonly b: number }
  | {
      readonly kind:
        | "linear"
        | "selu"
        | "softplus"
        | "softsign"
        | "tanh"
        | "sigmoid"
        | "silu"
        | "exponential"
        | "mish"
        | "log_sigmoid"
        | "hard_tanh"
        | "tanh_shrink"
        | "sparse_plus"
        | "sparse_sigmoid";
    }
  | { readonly kind: "glu" | "softmax" | "log_softmax" | "sparsemax" }; // along the last axis

interface Recurrent {
  readonly units: number;
  readonly activation: Activation;
  readonly returnSequences: boolean;
  /** The layer then has several results: the output, then each final state (LSTM: h, c). */
  readonly returnState: boolean;
  readonly goBackwards: boolean;
}

export interface LstmLayer extends Recurrent {
  readonly kind: "LSTM";
  readonly recurrentActivation: Activation;
  readonly kernel: Weight; // [features, 4·units], gates in Keras order: input, forget, cell, output
  readonly recurrentKernel: Weight; // [units, 4·units]
  readonly bias: Weight | null; // [4·units]
}

export interface GruLayer extends Recurrent {
  readonly kind: "GRU";
  readonly recurrentActivation: Activation;
  readonly resetAfter: boolean;
  readonly kernel: Weight; // [features, 3·units], gates in Keras order: update z, reset r, candidate h
  readonly recurrentKernel: Weight; // [units, 3·units]
  readonly bias: Weight | null; // [3·units]; with resetAfter [2, 3·units]: of the input, of the recurrence
}

export interface SimpleRnnLayer extends Recurrent {
  readonly kind: "SimpleRNN";
  readonly kernel: Weight; // [features, units]
  readonly recurrentKernel: Weight; // [units, units]
  readonly bias: Weight | null; // [units]
}

export type RecurrentLayer = LstmLayer | GruLayer | SimpleRnnLayer;

export interface DenseLayer {
  readonly kind: "Dense";
  readonly activation: Activation;
  readonly kernel: Weight; // [inputs, units]
  readonly bias: Weight | null; // [units]
}

/** y = einsum(equation, x, kernel) + bias. Only the projections of attention blocks need it. */
export interface EinsumDenseLayer {
  readonly kind: "EinsumDense";
  readonly equation: string;
  readonly activation: Activation;
  readonly kernel: Weight;
  readonly bias: Weight | null;
  /** The axes (letters of the output) that the bias runs over, in the order of its shape. */
  readonly biasAxes: string;
}

export type Padding = "valid" | "same" | "causal";

export interface Conv1dLayer {
  readonly kind: "Conv1D";
  readonly kernel: Weight; // [size, channels / groups, filters]
  readonly bias: Weight | null; // [filters]
  readonly strides: number;
  readonly padding: Padding;
  readonly dilation: number;
  readonly groups: number;
  readonly activation: Activation;
}

export interface Pooling1dLayer {
  readonly kind: "MaxPooling1D" | "AveragePooling1D";
  readonly size: number;
  readonly strides: number;
  readonly padding: "valid" | "same";
}

export interface MultiHeadAttentionLayer {
  readonly kind: "MultiHeadAttention";
  // call arguments: query, value[, key]
  readonly heads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly scale: number; // of the scores: 1/√keyDim
  readonly query: { readonly kernel: Weight; readonly bias: Weight | null }; // kernel [D, heads, keyDim], bias [heads, keyDim]
  readonly key: { readonly kernel: Weight; readonly bias: Weight | null };
  readonly value: { readonly kernel: Weight; readonly bias: Weight | null }; // kernel [D, heads, valueDim]
  readonly output: { readonly kernel: Weight; readonly bias: Weight | null }; // kernel [heads, valueDim, ...outputs]
  readonly causal: boolean;
  /** The axes attended over, counting the batch's as 0; null: all but the features. */
  readonly axes: readonly number[] | null;
}

export type Layer =
  | RecurrentLayer
  | DenseLayer
  | EinsumDenseLayer
  | Conv1dLayer
  | Pooling1dLayer
  | MultiHeadAttentionLayer
  | { readonly kind: "Input" }
  | {
      readonly kind: "Bidirectional";
      readonly forward: RecurrentLayer;
      readonly backward: RecurrentLayer; // goBackwards as stored: the opposite of forward's
      readonly mergeMode: "concat" | "sum" | "mul" | "ave" | null; // null: two results
    }
  | { readonly kind: "TimeDistributed"; readonly layer: Layer }
  | { readonly kind: "GlobalMaxPooling1D" | "GlobalAveragePooling1D"; readonly keepDims: boolean }
  | {
      readonly kind: "BatchNormalization";
      readonly axes: readonly number[]; // as in the file: may be negative, counts the batch axis as 0
      readonly epsilon: number;
      readonly gamma: Weight | null;
      readonly beta: Weight | null;
      readonly mean: Weight;
      readonly variance: Weight;
    }
  | {
      readonly kind: "LayerNormalization"; // rms: no centring, no beta (RMSNormalization, rms_scaling)
      readonly axes: readonly number[]; // as in the file: may be negative, counts the batch axis as 0
      readonly epsilon: number;
      readonly gamma: Weight | null;
      readonly beta: Weight | null;
      readonly rms: boolean;
    }
  | {
      readonly kind: "GroupNormalization";
      readonly groups: number; // −1: as many as channels
      readonly axis: number;
      readonly epsilon: number;
      readonly gamma: Weight | null;
      readonly beta: Weight | null;
    }
  | { readonly kind: "UnitNormalization"; readonly axes: readonly number[] }
  | {
      readonly kind: "Normalization"; // (x − mean) / √variance, or the inverse of it; broadcast over the kept axes
      readonly axes: readonly number[];
      readonly mean: Weight;
      readonly variance: Weight;
      readonly invert: boolean;
    }
  | { readonly kind: "Rescaling"; readonly scale: readonly number[]; readonly offset: readonly number[] } // one value, or one per feature
  | { readonly kind: "Identity" } // the dropouts, noises and regularisers at inference
  | { readonly kind: "Activation"; readonly activation: Activation }
  | { readonly kind: "Softmax"; readonly axes: readonly number[] }
  | { readonly kind: "PReLU"; readonly alpha: Weight } // broadcast against the input without its batch axis
  | { readonly kind: "Flatten" }
  | { readonly kind: "Reshape"; readonly shape: readonly number[] } // without the batch axis; one −1 allowed
  | { readonly kind: "Permute"; readonly dims: readonly number[] } // 1-based, as in Keras
  | { readonly kind: "RepeatVector"; readonly count: number }
  | { readonly kind: "ZeroPadding1D" | "Cropping1D"; readonly before: number; readonly after: number }
  | { readonly kind: "UpSampling1D"; readonly size: number }
  | {
      readonly kind: "Slice"; // x[:, spec…] as functional models record it; one entry an axis after the batch's
      readonly axes: readonly (
        | { readonly index: number }
        | { readonly start: number | null; readonly stop: number | null; readonly step: number }
      )[];
    }
  | { readonly kind: "Add" | "Subtract" | "Multiply" | "Average" | "Maximum" | "Minimum" }
  | { readonly kind: "Concatenate"; readonly axis: number } // counts the batch axis as 0; may be negative
  | { readonly kind: "Dot"; readonly axes: readonly [number, number]; readonly normalize: boolean }
  | {
      readonly kind: "Attention";
      readonly scoreMode: "dot" | "concat";
      readonly scale: number;
      readonly concatScoreWeight: number;
      readonly causal: boolean;
    } // call: query, value[, key]
  | { readonly kind: "AdditiveAttention"; readonly scale: Weight | null; readonly causal: boolean };

/** One result of a node: most layers have one, recurrent ones with returnState several. */
export interface Ref {
  readonly node: number;
  readonly result: number;
}

/** One call of a layer. A shared layer is called by several nodes, with the same `layer` object. */
export interface Node {
  /** The layer's name; inside a nested model `outer/inner`. */
  readonly name: string;
  readonly layer: Layer;
  /** The tensors the layer is called on, in order (recurrent layers: x, then initial states). */
  readonly inputs: readonly Ref[];
}

export interface Graph {
  readonly name: string;
  /** The one input without its batch axis: [T, F] or [F]; null for a length the model leaves open. */
  readonly inputShape: readonly (number | null)[];
  /** Topological order; node 0 is the Input. Nested models are flattened in. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly { readonly name: string; readonly ref: Ref }[];
  /** What `layer:NAME` may name: layer and nested-model names → the result of their last call. */
  readonly layers: ReadonlyMap<string, Ref>;
  /** Things the user should know (a stateful layer is run from zero state, …), one line each. */
  readonly notes: readonly string[];
}
