import type { Layer, Weight } from "./graph.js";
import { channelsLast, type LayerContext, type LayerParser } from "./layer-context.js";
import { parseActivation } from "./parse-activation.js";

function convolution({ config, keras }: LayerContext) {
  channelsLast(config);
  return {
    size: config.axisCount("kernel_size"),
    strides: config.axisCount("strides", 1),
    padding: config.choice("padding", ["valid", "same", "causal"], "valid"),
    dilation: config.axisCount("dilation_rate", 1),
    activation: parseActivation(config, "activation", keras),
  };
}

export const parseConv1d: LayerParser = (context) => {
  const { config, weights } = context;
  const { size, ...options } = convolution(context);
  const filters = config.count("filters");
  const groups = config.count("groups", 1);
  const kernel = weights.want("kernel", [size, null, filters]);
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [filters]) : null;
  return () => ({ kind: "Conv1D", kernel, bias, groups, ...options });
};

/** Every channel has its own filters: a convolution with as many groups as channels. */
export const parseDepthwiseConv1d: LayerParser = (context) => {
  const { config, weights } = context;
  const { size, ...options } = convolution(context);
  const depthwise = weights.want("depthwise_kernel", [size, null, config.count("depth_multiplier", 1)]);
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [null]) : null;
  return () => {
    const [, channels = 0, multiplier = 0] = depthwise.shape;
    const kernel = { shape: [size, 1, channels * multiplier], data: depthwise.data };
    return { kind: "Conv1D", kernel, bias, groups: channels, ...options };
  };
};

/** Depthwise filters then a mix of the channels: nothing between them, so one convolution with the product. */
export const parseSeparableConv1d: LayerParser = (context) => {
  const { config, weights } = context;
  const { size, ...options } = convolution(context);
  const filters = config.count("filters");
  const depthwise = weights.want("depthwise_kernel", [size, null, config.count("depth_multiplier", 1)]);
  const pointwise = weights.want("pointwise_kernel", [1, null, filters]);
  const bias = config.boolean("use_bias", true) ? weights.want("bias", [filters]) : null;
  return () => ({
    kind: "Conv1D",
    kernel: separableKernel(depthwise, pointwise),
    bias,
    groups: 1,
    ...options,
  });
};

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

function pooling(kind: "MaxPooling1D" | "AveragePooling1D"): LayerParser {
  return ({ config }) => {
    channelsLast(config);
    const size = config.axisCount("pool_size", 2);
    const strides = config.axisCount("strides", size);
    const padding = config.choice("padding", ["valid", "same"], "valid");
    return (): Layer => ({ kind, size, strides, padding });
  };
}

function globalPooling(kind: "GlobalMaxPooling1D" | "GlobalAveragePooling1D"): LayerParser {
  return ({ config }) => {
    channelsLast(config);
    const keepDims = config.boolean("keepdims", false);
    return () => ({ kind, keepDims });
  };
}

export const parseMaxPooling1d = pooling("MaxPooling1D");
export const parseAveragePooling1d = pooling("AveragePooling1D");
export const parseGlobalMaxPooling1d = globalPooling("GlobalMaxPooling1D");
export const parseGlobalAveragePooling1d = globalPooling("GlobalAveragePooling1D");
