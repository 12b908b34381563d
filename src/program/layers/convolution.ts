import type { Conv1dLayer, Pooling1dLayer } from "../../model/graph.js";
import type { Builder } from "../builder.js";
import type { Affine } from "../program.js";
import { contiguous, step, type Tensor, tensorOf } from "../tensor.js";

/** Output steps and how many steps of padding stand before the first input step, as TensorFlow has them. */
function slide(steps: number, extent: number, strides: number, padding: "valid" | "same" | "causal") {
  if (padding === "causal") return { outputs: Math.floor((steps - 1) / strides) + 1, before: extent - 1 };
  if (padding === "valid") return { outputs: Math.floor((steps - extent) / strides) + 1, before: 0 };
  const outputs = Math.ceil(steps / strides);
  return { outputs, before: Math.floor(Math.max((outputs - 1) * strides + extent - steps, 0) / 2) };
}

/** A 1-D convolution: for each output step an affine operation on the taps that fall within the sequence. */
export function conv1d(layer: Conv1dLayer, x: Tensor, b: Builder): Tensor {
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

/** Max or average pooling; padding takes no part in either. */
export function pool1d(layer: Pooling1dLayer, x: Tensor, b: Builder): Tensor {
  const [steps, channels] = x.shape as [number, number];
  const { outputs, before } = slide(steps, layer.size, layer.strides, layer.padding);
  const y = b.buffer(outputs * channels);
  for (let t = 0; t < outputs; t++) {
    const xs = Array.from({ length: layer.size }, (_, k) => t * layer.strides - before + k)
      .filter((from) => from >= 0 && from < steps)
      .map((from) => b.range(step(x, from)));
    const out = { at: y.at + t * channels, n: channels };
    if (layer.kind === "MaxPooling1D") b.emit({ kind: "maximum", y: out, xs, least: false, tie: "first" });
    else {
      const terms = xs.map((range) => ({ x: range, factor: 1 / xs.length }));
      b.emit({ kind: "combine", y: out, terms, accumulate: false });
    }
  }
  return tensorOf(y, [outputs, channels]);
}

/** Max or average over all steps; TensorFlow shares the gradient of a reduced maximum among ties. */
export function globalPool1d(
  kind: "GlobalMaxPooling1D" | "GlobalAveragePooling1D",
  x: Tensor,
  b: Builder,
): Tensor {
  const [steps, channels] = x.shape as [number, number];
  const xs = Array.from({ length: steps }, (_, t) => b.range(step(x, t)));
  const y = b.buffer(channels);
  if (kind === "GlobalMaxPooling1D") b.emit({ kind: "maximum", y, xs, least: false, tie: "share" });
  else
    b.emit({
      kind: "combine",
      y,
      terms: xs.map((range) => ({ x: range, factor: 1 / steps })),
      accumulate: false,
    });
  return tensorOf(y, [channels]);
}
