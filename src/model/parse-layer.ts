import { isJson } from "./config.js";
import type { Layer } from "./graph.js";
import type { LayerBuilder, LayerContext, LayerParser } from "./layer-context.js";
import { refuse } from "./layer-context.js";
import { activationOfLayer } from "./parse-activation.js";
import {
  parseAdditiveAttention,
  parseAttention,
  parseGroupedQueryAttention,
  parseMultiHeadAttention,
} from "./parse-attention.js";
import {
  parseAveragePooling1d,
  parseConv1d,
  parseDepthwiseConv1d,
  parseGlobalAveragePooling1d,
  parseGlobalMaxPooling1d,
  parseMaxPooling1d,
  parseSeparableConv1d,
} from "./parse-convolution.js";
import { parseDense, parseEinsumDense } from "./parse-dense.js";
import {
  parseBatchNormalization,
  parseGroupNormalization,
  parseLayerNormalization,
  parseNormalization,
  parseRescaling,
  parseRmsNormalization,
  parseUnitNormalization,
} from "./parse-normalization.js";
import { parseBidirectional, parseRecurrent } from "./parse-recurrent.js";
import {
  parseConcatenate,
  parseCropping1d,
  parseDot,
  parseFlatten,
  parsePermute,
  parsePrelu,
  parseRepeatVector,
  parseReshape,
  parseSoftmax,
  parseUpSampling1d,
  parseZeroPadding1d,
} from "./parse-shape.js";

const plain =
  (layer: Layer): LayerParser =>
  () =>
  () =>
    layer;

/** Layers that only do something in training. */
const identity = plain({ kind: "Identity" });

const recurrent: LayerParser = (context) => parseRecurrent(context);

const PARSERS: Readonly<Record<string, LayerParser>> = {
  LSTM: recurrent,
  GRU: recurrent,
  SimpleRNN: recurrent,
  RNN: recurrent,
  CuDNNLSTM: recurrent,
  CuDNNGRU: recurrent,
  Bidirectional: parseBidirectional,
  Dense: parseDense,
  EinsumDense: parseEinsumDense,
  Conv1D: parseConv1d,
  Convolution1D: parseConv1d,
  DepthwiseConv1D: parseDepthwiseConv1d,
  SeparableConv1D: parseSeparableConv1d,
  SeparableConvolution1D: parseSeparableConv1d,
  MaxPooling1D: parseMaxPooling1d,
  MaxPool1D: parseMaxPooling1d,
  AveragePooling1D: parseAveragePooling1d,
  AvgPool1D: parseAveragePooling1d,
  GlobalMaxPooling1D: parseGlobalMaxPooling1d,
  GlobalMaxPool1D: parseGlobalMaxPooling1d,
  GlobalAveragePooling1D: parseGlobalAveragePooling1d,
  GlobalAvgPool1D: parseGlobalAveragePooling1d,
  BatchNormalization: parseBatchNormalization,
  BatchNormalizationV1: parseBatchNormalization,
  BatchNormalizationV2: parseBatchNormalization,
  SyncBatchNormalization: parseBatchNormalization,
  LayerNormalization: parseLayerNormalization,
  RMSNormalization: parseRmsNormalization,
  GroupNormalization: parseGroupNormalization,
  UnitNormalization: parseUnitNormalization,
  Normalization: parseNormalization,
  Rescaling: parseRescaling,
  MultiHeadAttention: parseMultiHeadAttention,
  GroupedQueryAttention: parseGroupedQueryAttention,
  GroupQueryAttention: parseGroupedQueryAttention,
  Attention: parseAttention,
  AdditiveAttention: parseAdditiveAttention,
  Softmax: parseSoftmax,
  PReLU: parsePrelu,
  Flatten: parseFlatten,
  Reshape: parseReshape,
  Permute: parsePermute,
  RepeatVector: parseRepeatVector,
  ZeroPadding1D: parseZeroPadding1d,
  Cropping1D: parseCropping1d,
  UpSampling1D: parseUpSampling1d,
  Concatenate: parseConcatenate,
  Dot: parseDot,
  Add: plain({ kind: "Add" }),
  Subtract: plain({ kind: "Subtract" }),
  Multiply: plain({ kind: "Multiply" }),
  Average: plain({ kind: "Average" }),
  Maximum: plain({ kind: "Maximum" }),
  Minimum: plain({ kind: "Minimum" }),
  Identity: identity,
  Dropout: identity,
  SpatialDropout1D: identity,
  AlphaDropout: identity,
  GaussianDropout: identity,
  GaussianNoise: identity,
  ActivityRegularization: identity,
};

/** What to do instead of a layer that jac cannot differentiate, where there is something better than to rebuild. */
const REMEDIES: Readonly<Record<string, string>> = {
  Lambda:
    "its Python code is not in the model's configuration; replace it by a Keras layer (Rescaling, Reshape, Activation, …)",
  Embedding: "it takes whole numbers, which have no derivative; save the part of the model after it",
  Masking: "jac differentiates windows without masked steps; remove the layer, and use --missing for gaps",
};

/** Checks a layer, states its weights, and gives the function that makes it. */
export function parseLayer(context: LayerContext): LayerBuilder {
  const { className, config, keras } = context;
  checkPolicy(context);
  if (Object.hasOwn(PARSERS, className)) return PARSERS[className]!(context);
  const activation = activationOfLayer(className, config, keras);
  if (activation) return () => ({ kind: "Activation", activation });
  refuse(
    config.where,
    `a layer of kind ${className}`,
    Object.hasOwn(REMEDIES, className)
      ? REMEDIES[className]!
      : "replace it by built-in Keras layers of one time axis (docs/models.md lists them)",
  );
}

/** The precision of a layer's computation: a name, or in newer files a policy object. */
function checkPolicy({ config, note }: LayerContext): void {
  const policy = config.raw("dtype");
  const name = isJson(policy)
    ? JSON.stringify([policy["class_name"], policy["config"]])
    : String(policy ?? "");
  if (/Quantized|int[48]|float8/.test(name))
    refuse(config.where, "a quantised layer", "save the model before quantize()");
  if (name.includes("float16"))
    note("the model computes in 16 bits; jac computes in full precision with its weights");
}
