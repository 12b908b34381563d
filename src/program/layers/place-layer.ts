import type { Layer } from "../../model/graph.js";
import type { Builder } from "../builder.js";
import {
  axisOf,
  broadcast,
  checkUnits,
  concatenate,
  reshape,
  type Tensor,
  take,
  transpose,
} from "../tensor.js";
import { attention } from "./attention.js";
import { conv1d, globalPool1d, pool1d } from "./convolution.js";
import { dense, einsumDense } from "./dense.js";
import { dot, merge } from "./merging.js";
import { multiHeadAttention } from "./multi-head-attention.js";
import {
  batchNormalisation,
  featureNormalisation,
  groupNormalisation,
  layerNormalisation,
  rescaling,
  softmaxOver,
  unitNormalisation,
} from "./normalisation.js";
import { bidirectional, recurrent, timeDistributed } from "./recurrent.js";
import { count, prelu, reshapeTo, slice } from "./reshaping.js";

/** Places a layer's operations on its input tensors (shapes without the batch axis) and returns its results. */
export function placeLayer(layer: Layer, inputs: readonly Tensor[], b: Builder): Tensor[] {
  switch (layer.kind) {
    case "LSTM":
    case "GRU":
    case "SimpleRNN":
      return recurrent(layer, inputs, b);
    case "Bidirectional":
      return bidirectional(layer, inputs, b);
    case "TimeDistributed":
      return timeDistributed(inputs, (steps) => placeLayer(layer.layer, steps, b));
    default:
      return [placeSingle(layer, inputs, b)];
  }
}

type SingleLayer = Exclude<
  Layer,
  { kind: "LSTM" | "GRU" | "SimpleRNN" | "Bidirectional" | "TimeDistributed" }
>;

/** A layer with one result. */
function placeSingle(layer: SingleLayer, inputs: readonly Tensor[], b: Builder): Tensor {
  const x = inputs[0]!;
  const steps = x.shape[0]!;
  switch (layer.kind) {
    case "Input":
    case "Identity":
      return x;
    case "Dense":
      return dense(layer, x, b);
    case "EinsumDense":
      return einsumDense(layer, x, b);
    case "Conv1D":
      return conv1d(layer, x, b);
    case "MaxPooling1D":
    case "AveragePooling1D":
      return pool1d(layer, x, b);
    case "GlobalMaxPooling1D":
    case "GlobalAveragePooling1D": {
      const pooled = globalPool1d(layer.kind, x, b);
      return layer.keepDims ? reshape(pooled, [1, ...pooled.shape]) : pooled;
    }
    case "BatchNormalization":
      return batchNormalisation(layer, x, b);
    case "LayerNormalization":
      return layerNormalisation(layer, x, b);
    case "GroupNormalization":
      return groupNormalisation(layer, x, b);
    case "UnitNormalization":
      return unitNormalisation(layer, x, b);
    case "Normalization":
      return featureNormalisation(layer, x, b);
    case "Rescaling":
      return rescaling(layer, x, b);
    case "Activation":
      return b.activate(x, layer.activation);
    case "Softmax":
      return softmaxOver(x, layer.axes, "softmax", b);
    case "PReLU":
      return prelu(layer.alpha, x, b);
    case "Flatten":
      return reshape(x, [x.units.length]);
    case "Reshape":
      return reshapeTo(x, layer.shape);
    case "Permute":
      return transpose(
        x,
        layer.dims.map((dim) => dim - 1),
      );
    case "RepeatVector":
      return broadcast(reshape(x, [1, ...x.shape]), [layer.count, ...x.shape]);
    case "ZeroPadding1D": {
      const padding = b.zeros([1]).units[0]!;
      checkUnits(layer.before + steps + layer.after);
      const pad = (n: number) => Array<number>(n).fill(-1);
      return take(x, 0, [...pad(layer.before), ...count(0, steps), ...pad(layer.after)], padding);
    }
    case "Cropping1D":
      return take(x, 0, count(layer.before, steps - layer.after));
    case "UpSampling1D":
      checkUnits(steps * layer.size);
      return take(
        x,
        0,
        count(0, steps).flatMap((t) => Array<number>(layer.size).fill(t)),
      );
    case "Slice":
      return slice(x, layer.axes);
    case "Add":
    case "Subtract":
    case "Multiply":
    case "Average":
    case "Maximum":
    case "Minimum":
      return merge(layer.kind, inputs, b);
    case "Concatenate":
      return concatenate(inputs, axisOf(layer.axis, x.shape.length));
    case "Dot":
      return dot(layer, inputs, b);
    case "MultiHeadAttention":
      return multiHeadAttention(layer, inputs, b);
    case "Attention":
    case "AdditiveAttention":
      return attention(layer, inputs, b);
  }
}
