import type { Activation } from "../../program/activation.js";
import type { Builder } from "../../program/builder.js";
import {
  broadcast,
  misfit,
  reshape,
  shown,
  sizeOf,
  type Tensor,
  tensorOf,
  transpose,
} from "../../program/tensor.js";
import type { ExpectedWeight, Shape, Weight } from "../../program/weight.js";
import { type LayerBuilder, type LayerContext, refuse } from "../layer-context.js";
import type { LayerFamily } from "../layer-family.js";
import { parseActivation } from "../parse-activation.js";

/** y = f(x · kernel + bias) over the last axis. */
export interface DenseLayer {
  readonly kind: "Dense";
  readonly activation: Activation;
  readonly kernel: Weight; // [inputs, units]
  readonly bias: Weight | null; // [units]
}

/** y = einsum(equation, x, kernel) + bias. */
export interface EinsumDenseLayer {
  readonly kind: "EinsumDense";
  readonly equation: string; // each letter in two of the three terms, the batch's first
  readonly activation: Activation;
  readonly kernel: Weight;
  readonly bias: Weight | null;
  /** The axes (letters of the output) that the bias runs over, in the order of its shape. */
  readonly biasAxes: string;
}

/** Layers that sum over axes of their input with a kernel. */
export const dense: LayerFamily<DenseLayer | EinsumDenseLayer> = {
  classes: { Dense: parseDense, EinsumDense: parseEinsumDense },
  kinds: {
    Dense: {
      inputs: [1, 1],
      takes: "any",
      weights({ kernel, bias }, [x]) {
        const units = kernel.shape[1]!;
        return [
          ["kernel", kernel, [x!.at(-1) ?? 0, units]],
          ["bias", bias, [units]],
        ];
      },
      results: () => 1,
      place({ kernel, bias, activation }, [x], b) {
        return [b.activate(project(x!, kernel, kernel.shape[1]!, bias?.data ?? null, b), activation)];
      },
    },
    EinsumDense: {
      inputs: [1, 1],
      takes: "any",
      weights: (layer, [x]) => einsumWeights(layer, x!),
      results: () => 1,
      place: (layer, [x], b) => [placeEinsum(layer, x!, b)],
    },
  },
};

function parseDense({ config, weights, keras }: LayerContext): LayerBuilder<DenseLayer> {
  const units = config.count("units");
  const activation = parseActivation(config, "activation", keras);
  const kernel = weights.want("kernel", [null, units]);
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [units]) : null;
  return () => ({ kind: "Dense", activation, kernel, bias });
}

function parseEinsumDense({
  config,
  weights,
  keras,
}: LayerContext): LayerBuilder<DenseLayer | EinsumDenseLayer> {
  const equation = config.string("equation").replaceAll(" ", "");
  const parts = /^([a-zA-Z.]+),([a-zA-Z]+)->([a-zA-Z.]+)$/.exec(equation);
  const [, input = "", kernelAxes = "", output = ""] =
    parts ?? config.fail("equation", "an equation such as 'abc,cd->abd'");
  const activation = parseActivation(config, "activation", keras);
  const kernel = weights.want(
    "kernel",
    Array.from(kernelAxes, () => null),
  );
  const named = config.has("bias_axes") ? Array.from(config.string("bias_axes")) : [];
  if (named.some((axis) => !output.slice(1).includes(axis))) config.fail("bias_axes", "axes of the output");
  const biasAxes = Array.from(output).filter((axis) => named.includes(axis));
  // Keras keeps an axis of length 1 for every output axis after the first of the bias.
  const stored = Array.from(output).slice(output.indexOf(biasAxes[0] ?? ""));
  const bias =
    biasAxes.length > 0
      ? weights.want(
          "bias",
          stored.map((axis) => (biasAxes.includes(axis) ? null : 1)),
        )
      : null;

  if (equation.includes(".")) {
    const [x, y] = kernelAxes;
    const plain =
      kernelAxes.length === 2 &&
      input === `...${x}` &&
      output === `...${y}` &&
      biasAxes.every((axis) => axis === y);
    if (!plain)
      refuse(
        config.where,
        `the ellipsis in the equation '${equation}'`,
        "write the equation with every axis named",
      );
    return () => ({ kind: "Dense", activation, kernel, bias });
  }
  const terms = [input, kernelAxes, output];
  const twice = (letter: string) => terms.filter((term) => term.includes(letter)).length === 2;
  const distinct = terms.every((term) => new Set(term).size === term.length);
  if (!distinct || input[0] !== output[0] || !Array.from(terms.join("")).every(twice)) {
    const remedy = "use one with each axis in two of its three terms and the batch's first, as 'abc,cd->abd'";
    refuse(config.where, `the equation '${equation}'`, remedy);
  }
  return () => ({
    kind: "EinsumDense",
    equation,
    activation,
    kernel,
    bias: bias && withoutAxes(bias, stored, biasAxes),
    biasAxes: biasAxes.join(""),
  });
}

function withoutAxes(weight: Weight, axes: readonly string[], kept: readonly string[]): Weight {
  return { shape: weight.shape.filter((_, i) => kept.includes(axes[i]!)), data: weight.data };
}

/** x · kernel + bias over the last axis; the kernel seen as [inputs, outputs]. */
export function project(
  x: Tensor,
  kernel: Weight,
  outputs: number,
  bias: Float64Array | null, // [outputs]
  b: Builder,
): Tensor {
  const inputs = x.shape.at(-1)!;
  const rows = x.units.length / inputs;
  const y = b.buffer(rows * outputs);
  const matrix = b.matrix(kernel, outputs);
  for (let r = 0; r < rows; r++) {
    const row = b.range({ shape: [inputs], units: x.units.subarray(r * inputs, (r + 1) * inputs) });
    b.affine({ at: y.at + r * outputs, n: outputs }, [{ matrix, transposed: false, x: row }], bias);
  }
  return tensorOf(y, [...x.shape.slice(0, -1), outputs]);
}

/** The letters of an equation's terms without the batch's, and the length of each that its kernel or x has. */
function axesOfEinsum({ equation, kernel }: EinsumDenseLayer, x: Shape) {
  const [input = "", letters = "", output = ""] = equation.split(/,|->/);
  const sizes = new Map(Array.from(letters, (letter, i) => [letter, kernel.shape[i]!]));
  Array.from(input.slice(1)).forEach((letter, i) => {
    sizes.set(letter, x[i] ?? 0);
  });
  const shapeOf = (axes: Iterable<string>) => Array.from(axes, (axis) => sizes.get(axis)!);
  return { input: input.slice(1), kernel: letters, output: output.slice(1), shapeOf };
}

function einsumWeights(layer: EinsumDenseLayer, x: Shape): readonly ExpectedWeight[] {
  const axes = axesOfEinsum(layer, x);
  return [
    ["kernel", layer.kernel, axes.shapeOf(axes.kernel)],
    ["bias", layer.bias, axes.shapeOf(layer.biasAxes)],
  ];
}

/** The sums are a projection, once the axes that they go over are the last of x and the first of the kernel. */
function placeEinsum(layer: EinsumDenseLayer, x: Tensor, b: Builder): Tensor {
  const { input, kernel, output, shapeOf } = axesOfEinsum(layer, x.shape);
  if (x.shape.length !== input.length)
    misfit(`takes ${input.length} axes ('${layer.equation}'), and its input is ${shown(x.shape)}`);
  const summed = [...kernel].filter((letter) => input.includes(letter));
  const fresh = [...kernel].filter((letter) => !input.includes(letter));
  const kept = [...input].filter((letter) => !summed.includes(letter));
  const order = (of: Iterable<string>, to: readonly string[]) => to.map((letter) => [...of].indexOf(letter));
  const arranged = transpose(x, order(input, [...kept, ...summed]));
  const weight = arrange(layer.kernel, order(kernel, [...summed, ...fresh]));
  const flat = reshape(arranged, [sizeOf(shapeOf(kept)), sizeOf(shapeOf(summed))]);
  const projected = project(flat, weight, sizeOf(shapeOf(fresh)), null, b);
  const apart = reshape(projected, shapeOf([...kept, ...fresh]));
  const y = transpose(apart, order([...kept, ...fresh], [...output]));
  if (!layer.bias) return b.activate(y, layer.activation);
  const biasShape = [...output].map((letter, i) => (layer.biasAxes.includes(letter) ? y.shape[i]! : 1));
  const positions = broadcast(
    { shape: biasShape, units: Int32Array.from(layer.bias.data, (_, i) => i) },
    y.shape,
  );
  const bias = Float64Array.from(positions.units, (i) => layer.bias!.data[i]!);
  return b.activate(b.scale(y, new Float64Array(bias.length).fill(1), bias), layer.activation);
}

const arranged = new WeakMap<Weight, Map<string, Weight>>();

/** The weight with its axes in another order; the same object for the same weight and order. */
function arrange(weight: Weight, order: readonly number[]): Weight {
  if (order.every((axis, i) => axis === i)) return weight;
  const known = arranged.get(weight) ?? new Map<string, Weight>();
  arranged.set(weight, known);
  const key = order.join();
  const positions = transpose(
    { shape: weight.shape, units: Int32Array.from(weight.data, (_, i) => i) },
    order,
  );
  const result = known.get(key) ?? {
    shape: positions.shape,
    data: Float64Array.from(positions.units, (i) => weight.data[i]!),
  };
  known.set(key, result);
  return result;
}
