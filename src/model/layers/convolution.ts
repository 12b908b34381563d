import type { Activation } from "../../program/activation.js";
import type { Builder } from "../../program/builder.js";
import type { Affine } from "../../program/program.js";
import { contiguous, MOST_UNITS, step, type Tensor, tensorOf } from "../../program/tensor.js";
import type { Weight } from "../../program/weight.js";
import { UserError } from "../../shared/errors.js";
import { channelsLast, type LayerBuilder, type LayerContext, refuse } from "../layer-context.js";
import type { LayerFamily } from "../layer-family.js";
import { parseActivation } from "../parse-activation.js";

/** What stands beyond the ends of a sequence: nothing, or zeros at both ends or before the first step. */
export type Padding = "valid" | "same" | "causal";

/** For each output step the kernel applied to `size` input steps, `dilation` apart. */
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

/** The 1-D convolutions; all of them are Conv1D with a kernel made for it. */
export const convolution: LayerFamily<Conv1dLayer> = {
  classes: {
    Conv1D: parseConv1d,
    Convolution1D: parseConv1d,
    DepthwiseConv1D: parseDepthwiseConv1d,
    SeparableConv1D: parseSeparableConv1d,
    SeparableConvolution1D: parseSeparableConv1d,
  },
  kinds: {
    Conv1D: {
      inputs: [1, 1],
      takes: "sequence",
      weights({ kernel, bias, groups }, [x]) {
        const [size = 0, , filters = 0] = kernel.shape;
        return [
          ["kernel", kernel, [size, x![1]! / groups, filters]],
          ["bias", bias, [filters]],
        ];
      },
      results: () => 1,
      place: (layer, [x], b) => [placeConv1d(layer, x!, b)],
    },
  },
};

function parseOptions({ config, keras }: LayerContext) {
  channelsLast(config);
  return {
    size: config.axisCount("kernel_size"),
    strides: config.axisCount("strides", 1),
    padding: config.choice("padding", ["valid", "same", "causal"], "valid"),
    dilation: config.axisCount("dilation_rate", 1),
    activation: parseActivation(config, "activation", keras),
  };
}

function parseConv1d(context: LayerContext): LayerBuilder<Conv1dLayer> {
  const { config, weights } = context;
  const { size, ...options } = parseOptions(context);
  const filters = config.count("filters");
  const groups = config.count("groups", 1);
  if (filters % groups !== 0) config.fail("groups", `a number that divides the ${filters} filters`);
  const kernel = weights.want("kernel", [size, null, filters]);
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [filters]) : null;
  return () => ({ kind: "Conv1D", kernel, bias, groups, ...options });
}

/** Every channel has its own filters: a convolution with as many groups as channels. */
function parseDepthwiseConv1d(context: LayerContext): LayerBuilder<Conv1dLayer> {
  const { config, weights } = context;
  const { size, ...options } = parseOptions(context);
  const depthwise = weights.want("depthwise_kernel", [size, null, config.count("depth_multiplier", 1)]);
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [null]) : null;
  return () => {
    const [, channels = 0, multiplier = 0] = depthwise.shape;
    const kernel = { shape: [size, 1, channels * multiplier], data: depthwise.data };
    return { kind: "Conv1D", kernel, bias, groups: channels, ...options };
  };
}

/** Depthwise filters then a mix of the channels: nothing between them, so one convolution with the product. */
function parseSeparableConv1d(context: LayerContext): LayerBuilder<Conv1dLayer> {
  const { config, weights } = context;
  const { size, ...options } = parseOptions(context);
  const filters = config.count("filters");
  const depthwise = weights.want("depthwise_kernel", [size, null, config.count("depth_multiplier", 1)]);
  const pointwise = weights.want("pointwise_kernel", [1, null, filters]);
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [filters]) : null;
  return () => {
    const [, channels = 0, multiplier = 0] = depthwise.shape;
    const between = channels * multiplier;
    if (pointwise.shape[1] !== between || size * channels * filters > MOST_UNITS) {
      const shapes = `[${depthwise.shape.join(", ")}] and [${pointwise.shape.join(", ")}]`;
      refuse(config.where, `a pair of kernels ${shapes}`, "save the model again");
    }
    const kernel = separableKernel(depthwise, pointwise);
    return { kind: "Conv1D", kernel, bias, groups: 1, ...options };
  };
}

/** depthwise [size, channels, multiplier] · pointwise [1, channels·multiplier, filters] → [size, channels, filters] */
function separableKernel(depthwise: Weight, pointwise: Weight): Weight {
  const [size = 0, channels = 0, multiplier = 0] = depthwise.shape;
  const filters = pointwise.shape[2] ?? 0;
  const data = new Float64Array(size * channels * filters);
  for (let sc = 0; sc < size * channels; sc++) {
    for (let m = 0; m < multiplier; m++) {
      const weight = depthwise.data[sc * multiplier + m]!;
      const mixed = ((sc % channels) * multiplier + m) * filters;
      for (let f = 0; f < filters; f++) data[sc * filters + f]! += weight * pointwise.data[mixed + f]!;
    }
  }
  return { shape: [size, channels, filters], data };
}

/**
 * Output steps and how many steps of padding stand before the first input step, as TensorFlow has them.
 * @throws UserError where the sequence is shorter than one window of the layer.
 */
export function slide(steps: number, extent: number, strides: number, padding: Padding) {
  if (padding === "causal") return { outputs: Math.floor((steps - 1) / strides) + 1, before: extent - 1 };
  if (padding === "valid") {
    if (steps < extent)
      throw new UserError(`needs ${extent} steps, and its input has ${steps}; use a longer window`);
    return { outputs: Math.floor((steps - extent) / strides) + 1, before: 0 };
  }
  const outputs = Math.ceil(steps / strides);
  return { outputs, before: Math.floor(Math.max((outputs - 1) * strides + extent - steps, 0) / 2) };
}

/** For each output step an affine operation on the taps that fall within the sequence. */
function placeConv1d(layer: Conv1dLayer, x: Tensor, b: Builder): Tensor {
  const { kernel, strides, dilation, groups, bias } = layer;
  const [size, perGroup, filters] = kernel.shape as [number, number, number];
  const steps = x.shape[0]!;
  const { outputs, before } = slide(steps, (size - 1) * dilation + 1, strides, layer.padding);
  const y = b.buffer(outputs * filters);
  const width = filters / groups;
  for (let t = 0; t < outputs; t++) {
    const taps = Array.from({ length: size }, (_, k) => ({
      k,
      from: t * strides - before + k * dilation,
    })).filter(({ from }) => from >= 0 && from < steps);
    for (let g = 0; g < groups; g++) {
      const cols = [g * width, (g + 1) * width] as const;
      const inputs = taps.map(({ k, from }) => ({
        k,
        x: { shape: [perGroup], units: step(x, from).units.subarray(g * perGroup, (g + 1) * perGroup) },
      }));
      const terms = termsOf(layer, inputs, cols, b);
      b.affine({ at: y.at + t * filters + cols[0], n: width }, terms, bias ? sliceOf(bias.data, cols) : null);
    }
  }
  return b.activate(tensorOf(y, [outputs, filters]), layer.activation);
}

/** One term where the taps lie in one piece (no dilation, one group), else one a tap. */
function termsOf(
  { kernel }: Conv1dLayer,
  inputs: readonly { k: number; x: Tensor }[],
  cols: readonly [number, number],
  b: Builder,
): Affine["terms"] {
  const [, perGroup, filters] = kernel.shape as [number, number, number];
  const rowsOf = (first: number, last: number) => [first * perGroup, (last + 1) * perGroup] as const;
  const matrix = (first: number, last: number) =>
    b.matrix(kernel, filters, { rows: rowsOf(first, last), cols });
  if (inputs.length === 0) return [];
  const whole = contiguous({ shape: [], units: Int32Array.from(inputs.flatMap(({ x }) => [...x.units])) });
  if (whole) return [{ matrix: matrix(inputs[0]!.k, inputs.at(-1)!.k), transposed: false, x: whole }];
  return inputs.map(({ k, x }) => ({ matrix: matrix(k, k), transposed: false, x: b.range(x) }));
}

const slices = new WeakMap<Float64Array, Map<number, Float64Array>>();

/** A stretch of a constant; the same array for the same stretch, so that the program keeps it once. */
function sliceOf(data: Float64Array, [from, to]: readonly [number, number]): Float64Array {
  if (from === 0 && to === data.length) return data;
  const known = slices.get(data) ?? new Map<number, Float64Array>();
  slices.set(data, known);
  const slice = known.get(from) ?? data.slice(from, to);
  known.set(from, slice);
  return slice;
}
