import type { Activation } from "./activation.js";
import type { Elementwise } from "./program.js";

const SELU_SCALE = 1.0507009873554805; // Klambauer et al. 2017
const SELU_ALPHA = 1.6732632423543772;
// tf.nn.gelu rounds these two to float32 in every precision, so they are part of what a trained model is.
const GELU_ROOT = Math.fround(Math.SQRT1_2);
const GELU_CUBIC = Math.fround(0.044715);
const GELU_TANH = Math.sqrt(2 / Math.PI);

/** 1 / (1 + e^−x), without overflow on either side. */
export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** Whether an activation works on each value alone, rather than along the last axis. */
export function isElementwise(f: Activation): f is Elementwise {
  return f.kind !== "softmax" && f.kind !== "log_softmax" && f.kind !== "sparsemax" && f.kind !== "glu";
}

/** What f′ is computed from: the output where that suffices (the input need then not be kept), else the input. */
export function derivativeFrom(f: Elementwise): "x" | "y" {
  switch (f.kind) {
    case "relu":
      return f.threshold === 0 && f.negativeSlope >= 0 ? "y" : "x";
    case "elu":
      return f.alpha > 0 ? "y" : "x";
    case "soft_shrink":
    case "hard_shrink":
      return f.alpha > 0 ? "y" : "x";
    case "hard_sigmoid":
      return f.slope > 0 ? "y" : "x";
    case "linear":
    case "selu":
    case "softplus":
    case "softsign":
    case "tanh":
    case "sigmoid":
    case "exponential":
    case "log_sigmoid":
    case "hard_tanh":
    case "sparse_sigmoid":
      return "y";
    default:
      return "x";
  }
}

/** f(x) in float64, as Keras defines it. */
export function activate(f: Elementwise, x: number): number {
  switch (f.kind) {
    case "linear":
      return x;
    case "relu": {
      if (x >= f.maxValue) return f.maxValue;
      return x > f.threshold ? x : f.negativeSlope * (x - f.threshold);
    }
    case "elu":
      return x > 0 ? x : f.alpha * Math.expm1(x);
    case "celu":
      return x > 0 ? x : f.alpha * Math.expm1(x / f.alpha);
    case "selu":
      return SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x));
    case "softplus":
      return softplus(x);
    case "softsign":
      return x / (1 + Math.abs(x));
    case "tanh":
      return Math.tanh(x);
    case "sigmoid":
      return sigmoid(x);
    case "silu":
      return x * sigmoid(x);
    case "exponential":
      return Math.exp(x);
    case "mish":
      return x * Math.tanh(softplus(x));
    case "log_sigmoid":
      return -softplus(-x);
    case "hard_sigmoid":
      return clip(f.slope * x + 0.5, 0, 1);
    case "hard_silu":
      return x * clip(f.slope * x + 0.5, 0, 1);
    case "hard_tanh":
      return clip(x, -1, 1);
    case "soft_shrink":
      return x > f.alpha ? x - f.alpha : x < -f.alpha ? x + f.alpha : 0;
    case "hard_shrink":
      return Math.abs(x) > f.alpha ? x : 0;
    case "tanh_shrink":
      return tanhShrink(x);
    case "threshold":
      return x > f.threshold ? x : f.value;
    case "squareplus":
      return (x + Math.sqrt(x * x + f.b)) / 2;
    case "sparse_plus":
      return x <= -1 ? 0 : x < 1 ? ((x + 1) * (x + 1)) / 4 : x;
    case "sparse_sigmoid":
      return clip((x + 1) / 2, 0, 1);
    case "gelu":
      if (f.approximate) return 0.5 * x * (1 + Math.tanh(GELU_TANH * (x + GELU_CUBIC * x * x * x)));
      return 0.5 * x * (1 + erf(x * GELU_ROOT));
  }
}

/** f′ in float64; v is the output or the input, as `derivativeFrom` says. At a kink, TensorFlow's choice. */
export function derivative(f: Elementwise, v: number): number {
  switch (f.kind) {
    case "linear":
      return 1;
    case "relu":
      if (v >= f.maxValue) return 0;
      if (f.threshold === 0 && f.negativeSlope >= 0) return v > 0 ? 1 : f.negativeSlope;
      return v > f.threshold ? 1 : f.negativeSlope;
    case "elu":
      if (f.alpha > 0) return v > 0 ? 1 : v + f.alpha;
      return v > 0 ? 1 : f.alpha * Math.exp(v);
    case "celu":
      return v > 0 ? 1 : Math.exp(v / f.alpha);
    case "selu":
      return v > 0 ? SELU_SCALE : v + SELU_SCALE * SELU_ALPHA;
    case "softplus":
      return -Math.expm1(-v);
    case "softsign":
      return (1 - Math.abs(v)) ** 2;
    case "tanh":
      return 1 - v * v;
    case "sigmoid":
      return v * (1 - v);
    case "silu": {
      const s = sigmoid(v);
      return s * (1 + v * (1 - s));
    }
    case "exponential":
      return v;
    case "mish": {
      const t = Math.tanh(softplus(v));
      return t + v * (1 - t * t) * sigmoid(v);
    }
    case "log_sigmoid":
      return -Math.expm1(v);
    case "hard_sigmoid":
      if (f.slope > 0) return v > 0 && v < 1 ? f.slope : 0;
      return f.slope * v + 0.5 > 0 && f.slope * v + 0.5 < 1 ? f.slope : 0;
    case "hard_silu": {
      const gate = f.slope * v + 0.5;
      return gate <= 0 ? 0 : gate >= 1 ? 1 : gate + f.slope * v;
    }
    case "hard_tanh":
      return v > -1 && v < 1 ? 1 : 0;
    case "soft_shrink":
    case "hard_shrink":
      if (f.alpha > 0) return v === 0 ? 0 : 1;
      return f.kind === "hard_shrink" && Math.abs(v) <= f.alpha ? 0 : 1;
    case "tanh_shrink":
      return Math.tanh(v) ** 2;
    case "threshold":
      return v > f.threshold ? 1 : 0;
    case "squareplus":
      return (1 + v / Math.sqrt(v * v + f.b)) / 2;
    case "sparse_plus":
      return clip((v + 1) / 2, 0, 1);
    case "sparse_sigmoid":
      return v > 0 && v < 1 ? 0.5 : 0;
    case "gelu": {
      if (!f.approximate) {
        const density = (Math.exp(-((v * GELU_ROOT) ** 2)) / Math.sqrt(Math.PI)) * GELU_ROOT;
        return 0.5 * (1 + erf(v * GELU_ROOT)) + v * density;
      }
      const t = Math.tanh(GELU_TANH * (v + GELU_CUBIC * v * v * v));
      return 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * GELU_TANH * (1 + 3 * GELU_CUBIC * v * v);
    }
  }
}

/** x − tanh x. Near 0 by the continued fraction of tanh (DLMF 4.39.1), as the difference would lose every digit. */
function tanhShrink(x: number): number {
  if (!(Math.abs(x) < 1)) return x - Math.tanh(x);
  let q = 0;
  for (let odd = 25; odd >= 3; odd -= 2) q = (x * x) / (odd + q);
  return x * (q / (1 + q));
}

/**
 * The error function to about 1e-16: below 3 its series of positive terms,
 * erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!! (DLMF 7.6.2); above, the continued fraction of erfc (7.9.1).
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(a)) return Number.NaN;
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * a * a) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
  }
  let tail = 0;
  for (let n = 60; n >= 1; n--) tail = n / 2 / (a + tail);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + tail));
}
