import type { Builder } from "../../program/builder.js";
import { reshape, step, type Tensor, tensorOf } from "../../program/tensor.js";
import { channelsLast } from "../layer-context.js";
import { type LayerFamily, type LayerParser, plainKind } from "../layer-family.js";
import { slide } from "./convolution.js";

/** The maximum or average of `size` steps, each `strides` steps. */
export interface Pooling1dLayer {
  readonly kind: "MaxPooling1D" | "AveragePooling1D";
  readonly size: number;
  readonly strides: number;
  readonly padding: "valid" | "same";
}

/** The maximum or average of all steps; `keepDims` leaves an axis of one step. */
export interface GlobalPooling1dLayer {
  readonly kind: "GlobalMaxPooling1D" | "GlobalAveragePooling1D";
  readonly keepDims: boolean;
}

/** Maxima and averages over steps, of some at a time or of all. */
export const pooling: LayerFamily<Pooling1dLayer | GlobalPooling1dLayer> = {
  classes: {
    MaxPooling1D: parsePooling("MaxPooling1D"),
    MaxPool1D: parsePooling("MaxPooling1D"),
    AveragePooling1D: parsePooling("AveragePooling1D"),
    AvgPool1D: parsePooling("AveragePooling1D"),
    GlobalMaxPooling1D: parseGlobalPooling("GlobalMaxPooling1D"),
    GlobalMaxPool1D: parseGlobalPooling("GlobalMaxPooling1D"),
    GlobalAveragePooling1D: parseGlobalPooling("GlobalAveragePooling1D"),
    GlobalAvgPool1D: parseGlobalPooling("GlobalAveragePooling1D"),
  },
  kinds: {
    MaxPooling1D: plainKind("sequence", placePooling),
    AveragePooling1D: plainKind("sequence", placePooling),
    GlobalMaxPooling1D: plainKind("sequence", placeGlobalPooling),
    GlobalAveragePooling1D: plainKind("sequence", placeGlobalPooling),
  },
};

function parsePooling(kind: Pooling1dLayer["kind"]): LayerParser<Pooling1dLayer> {
  return ({ config }) => {
    channelsLast(config);
    const size = config.axisCount("pool_size", 2);
    const strides = config.axisCount("strides", size);
    const padding = config.choice("padding", ["valid", "same"], "valid");
    return () => ({ kind, size, strides, padding });
  };
}

function parseGlobalPooling(kind: GlobalPooling1dLayer["kind"]): LayerParser<GlobalPooling1dLayer> {
  return ({ config }) => {
    channelsLast(config);
    const keepDims = config.boolean("keepdims", false);
    return () => ({ kind, keepDims });
  };
}

/** Padding takes no part in either. */
function placePooling(layer: Pooling1dLayer, x: Tensor, b: Builder): Tensor {
  const [steps, channels] = x.shape as [number, number];
  const { outputs, before } = slide(steps, layer.size, layer.strides, layer.padding);
  const y = b.buffer(outputs * channels);
  for (let t = 0; t < outputs; t++) {
    const first = Math.max(0, t * layer.strides - before);
    const end = Math.min(steps, t * layer.strides - before + layer.size);
    const xs = Array.from({ length: end - first }, (_, k) => b.range(step(x, first + k)));
    const out = { at: y.at + t * channels, n: channels };
    if (layer.kind === "MaxPooling1D") b.emit({ kind: "maximum", y: out, xs, least: false, tie: "first" });
    else {
      const terms = xs.map((range) => ({ x: range, factor: 1 / xs.length }));
      b.emit({ kind: "combine", y: out, terms, accumulate: false });
    }
  }
  return tensorOf(y, [outputs, channels]);
}

/** TensorFlow shares the gradient of a reduced maximum among ties. */
function placeGlobalPooling({ kind, keepDims }: GlobalPooling1dLayer, x: Tensor, b: Builder): Tensor {
  const [steps, channels] = x.shape as [number, number];
  const xs = Array.from({ length: steps }, (_, t) => b.range(step(x, t)));
  const y = b.buffer(channels);
  if (kind === "GlobalMaxPooling1D") b.emit({ kind: "maximum", y, xs, least: false, tie: "share" });
  else {
    const terms = xs.map((range) => ({ x: range, factor: 1 / steps }));
    b.emit({ kind: "combine", y, terms, accumulate: false });
  }
  return reshape(tensorOf(y, [channels]), keepDims ? [1, channels] : [channels]);
}
