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
