import type { Layer } from "./graph.js";
import { channelsLast, type LayerParser } from "./layer-context.js";

export const parseFlatten: LayerParser = ({ config }) => {
  channelsLast(config);
  return () => ({ kind: "Flatten" });
};

export const parseReshape: LayerParser = ({ config }) => {
  const shape = config.integers("target_shape");
  if (shape.filter((n) => n === -1).length > 1 || shape.some((n) => n < -1 || n === 0)) {
    config.fail("target_shape", "counts of at least 1, with at most one -1");
  }
  return () => ({ kind: "Reshape", shape });
};

export const parsePermute: LayerParser = ({ config }) => {
  const dims = config.integers("dims");
  if ([...dims].sort((a, b) => a - b).some((dim, i) => dim !== i + 1)) {
    config.fail("dims", "each axis once, counted from 1");
  }
  return () => ({ kind: "Permute", dims });
};

export const parseRepeatVector: LayerParser = ({ config }) => {
  const count = config.count("n");
  return () => ({ kind: "RepeatVector", count });
};

/** ZeroPadding1D and Cropping1D: one number for both ends, or one for each. */
function ends(kind: "ZeroPadding1D" | "Cropping1D", key: "padding" | "cropping"): LayerParser {
  return ({ config }) => {
    channelsLast(config);
    const [before = 1, after = before] = config.integers(key, [1, 1]);
    if (before < 0 || after < 0) config.fail(key, "counts of at least 0");
    return (): Layer => ({ kind, before, after });
  };
}

export const parseZeroPadding1d = ends("ZeroPadding1D", "padding");
export const parseCropping1d = ends("Cropping1D", "cropping");

export const parseUpSampling1d: LayerParser = ({ config }) => {
  const size = config.axisCount("size", 2);
  return () => ({ kind: "UpSampling1D", size });
};

export const parseConcatenate: LayerParser = ({ config }) => {
  const axis = config.integer("axis", -1);
  return () => ({ kind: "Concatenate", axis });
};

export const parseDot: LayerParser = ({ config }) => {
  const [first = -1, second = first] = config.integers("axes");
  const normalize = config.boolean("normalize", false);
  return () => ({ kind: "Dot", axes: [first, second], normalize });
};

export const parseSoftmax: LayerParser = ({ config }) => {
  const axes = config.integers("axis", [-1]);
  return () => ({ kind: "Softmax", axes });
};

export const parsePrelu: LayerParser = ({ weights }) => {
  const alpha = weights.want("alpha", null); // its rank is the input's, with 1 where an axis shares a slope
  return () => ({ kind: "PReLU", alpha });
};
