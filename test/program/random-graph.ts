import { type Layer, LayerKinds } from "../../src/model/layers/layer-kinds.js";
import type { RecurrentLayer } from "../../src/model/layers/recurrent/recurrent.js";
import type { Activation } from "../../src/program/activation.js";
import type { Graph, Node } from "../../src/program/graph.js";
import type { Weight } from "../../src/program/weight.js";
import { randomNumbers } from "../helpers/random-numbers.js";

const NAMES = [
  "linear",
  "selu",
  "softplus",
  "softsign",
  "tanh",
  "sigmoid",
  "silu",
  "exponential",
  "mish",
  "log_sigmoid",
  "hard_tanh",
  "tanh_shrink",
  "sparse_plus",
  "sparse_sigmoid",
] as const;
const PARAMETRIC: readonly Activation[] = [
  { kind: "relu", negativeSlope: 0, maxValue: Number.POSITIVE_INFINITY, threshold: 0 },
  { kind: "relu", negativeSlope: 0.2, maxValue: Number.POSITIVE_INFINITY, threshold: 0 },
  { kind: "relu", negativeSlope: 0.1, maxValue: 0.7, threshold: 0.05 },
  { kind: "elu", alpha: 0.8 },
  { kind: "celu", alpha: 1.3 },
  { kind: "gelu", approximate: false },
  { kind: "gelu", approximate: true },
  { kind: "hard_sigmoid", slope: 0.2 },
  { kind: "hard_silu", slope: 1 / 6 },
  { kind: "soft_shrink", alpha: 0.1 },
  { kind: "hard_shrink", alpha: 0.1 },
  { kind: "threshold", threshold: 0.1, value: -0.3 },
  { kind: "squareplus", b: 4 },
  { kind: "softmax" },
  { kind: "log_softmax" },
  { kind: "sparsemax" },
];

/** A random model of a few small layers with random weights: every layer kind, every activation, odd sizes. */
export function randomGraph(seed: number): Graph {
  const random = randomNumbers(seed);
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const pick = <T>(from: readonly T[]): T => from[whole(0, from.length - 1)]!;
  const weight = (...shape: number[]): Weight => ({
    shape,
    data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
      Math.fround(random() * 1.6 - 0.8),
    ),
  });
  const bias = (...shape: number[]) => (random() < 0.8 ? weight(...shape) : null);
  const activation = (): Activation =>
    random() < 0.5 ? { kind: pick(NAMES) } : (pick(PARAMETRIC) satisfies Activation);

  const recurrent = (features: number, units: number, returnSequences: boolean): RecurrentLayer => {
    const common = {
      units,
      returnSequences,
      returnState: false,
      goBackwards: random() < 0.3,
      activation: activation(),
    };
    const kind = pick(["LSTM", "GRU", "SimpleRNN"] as const);
    const gates = { LSTM: 4, GRU: 3, SimpleRNN: 1 }[kind];
    const kernels = {
      kernel: weight(features, gates * units),
      recurrentKernel: weight(units, gates * units),
    };
    if (kind === "SimpleRNN") return { kind, ...common, ...kernels, bias: bias(units) };
    if (kind === "LSTM")
      return { kind, ...common, ...kernels, recurrentActivation: activation(), bias: bias(4 * units) };
    const resetAfter = random() < 0.5;
    const ownBias = resetAfter ? bias(2, 3 * units) : bias(3 * units);
    return { kind, ...common, ...kernels, recurrentActivation: activation(), resetAfter, bias: ownBias };
  };

  /** A layer for an input of the shape, its output shape, and whether it is applied to each step by itself. */
  const sequenceLayer = (steps: number, features: number): [Layer, number[], perStep?: boolean] => {
    const units = whole(1, 9);
    switch (whole(0, 13)) {
      case 0:
      case 1:
        return [recurrent(features, units, true), [steps, units]];
      case 2: {
        const forward = { ...recurrent(features, units, true), goBackwards: false };
        const backward = { ...recurrent(features, units, true), goBackwards: true };
        const mergeMode = pick(["concat", "sum", "mul", "ave"] as const);
        return [
          { kind: "Bidirectional", forward, backward, mergeMode },
          [steps, mergeMode === "concat" ? 2 * units : units],
        ];
      }
      case 3: {
        const size = whole(1, 3);
        const dilation = whole(1, 2);
        const padding = pick(["same", "causal"] as const);
        const kernel = weight(size, features, units);
        const layer = {
          kind: "Conv1D",
          kernel,
          bias: bias(units),
          strides: 1,
          padding,
          dilation,
          groups: 1,
          activation: activation(),
        } as const;
        return [layer, [steps, units]];
      }
      case 4: {
        const kind = pick(["MaxPooling1D", "AveragePooling1D"] as const);
        return [{ kind, size: whole(1, 3), strides: 1, padding: "same" }, [steps, features]];
      }
      case 5: {
        const gamma = weight(features);
        return [
          {
            kind: "LayerNormalization",
            axes: [-1],
            epsilon: 1e-3,
            gamma,
            beta: bias(features),
            rms: random() < 0.3,
          },
          [steps, features],
        ];
      }
      case 6: {
        const variance = { shape: [features], data: weight(features).data.map((v) => v * v + 0.5) };
        const moments = { mean: weight(features), variance };
        return [
          {
            kind: "BatchNormalization",
            axes: [-1],
            epsilon: 1e-3,
            gamma: weight(features),
            beta: weight(features),
            ...moments,
          },
          [steps, features],
        ];
      }
      case 7: {
        const [heads, keyDim] = [whole(1, 2), whole(1, 3)];
        const part = () => ({ kernel: weight(features, heads, keyDim), bias: bias(heads, keyDim) });
        const output = { kernel: weight(heads, keyDim, units), bias: bias(units) };
        const layer = {
          kind: "MultiHeadAttention",
          heads,
          keyDim,
          valueDim: keyDim,
          scale: 1 / Math.sqrt(keyDim),
          query: part(),
          key: part(),
          value: part(),
          output,
          causal: random() < 0.5,
          axes: null,
        } as const;
        return [layer, [steps, units]];
      }
      case 8:
        return [{ kind: "Permute", dims: [2, 1] }, [features, steps]];
      case 9:
        return [{ kind: "ZeroPadding1D", before: whole(0, 2), after: 1 }, [-1, features]];
      case 10:
        return [
          { kind: "Dense", activation: activation(), kernel: weight(features, units), bias: bias(units) },
          [steps, units],
          true,
        ];
      case 11:
        return [{ kind: "PReLU", alpha: weight(1, features) }, [steps, features]];
      case 12:
        return [{ kind: "UnitNormalization", axes: [-1] }, [steps, features]];
      default:
        return [{ kind: "Activation", activation: activation() }, [steps, features]];
    }
  };

  const inputShape = [whole(1, 7), whole(1, 5)];
  const kinds = new LayerKinds();
  const nodes: Node[] = [];
  const call = (layer: Layer, perStep: number, ...from: number[]) =>
    nodes.push({
      name: `${layer.kind}${nodes.length}`,
      layer,
      kind: kinds.kindOf(layer),
      perStep,
      inputs: from.map((node) => ({ node, result: 0 })),
    }) - 1;
  const add = (layer: Layer, ...from: number[]) => call(layer, 0, ...from);
  add({ kind: "Input" });
  let [steps, features] = inputShape as [number, number];
  let at = 0;
  for (let depth = whole(1, 3); depth > 0; depth--) {
    const [layer, shape, perStep = false] = sequenceLayer(steps, features);
    const attends = layer.kind === "MultiHeadAttention";
    const next = attends ? add(layer, at, at) : call(layer, perStep ? 1 : 0, at);
    if (layer.kind === "ZeroPadding1D") shape[0] = steps + layer.before + layer.after;
    const joins = shape[0] === steps && shape[1] === features && random() < 0.4;
    at = joins
      ? add(
          { kind: pick(["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"] as const) },
          next,
          at,
        )
      : next;
    [steps, features] = shape as [number, number];
  }
  const units = whole(1, 8);
  switch (whole(0, 3)) {
    case 0:
      at = add(recurrent(features, units, false), at);
      features = units;
      break;
    case 1:
      at = add(
        { kind: pick(["GlobalMaxPooling1D", "GlobalAveragePooling1D"] as const), keepDims: false },
        at,
      );
      break;
    default:
      at = add({ kind: "Flatten" }, at);
      features *= steps;
  }
  const outputs = whole(1, 7);
  at = add(
    { kind: "Dense", activation: activation(), kernel: weight(features, outputs), bias: bias(outputs) },
    at,
  );
  return {
    name: `random ${seed}`,
    inputShape,
    nodes,
    outputs: [{ name: "out", ref: { node: at, result: 0 } }],
    layers: new Map(),
    notes: [],
  };
}
