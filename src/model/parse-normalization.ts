import type { Config } from "./config.js";
import type { Weight } from "./graph.js";
import type { LayerParser } from "./layer-context.js";

function oneAxis(config: Config): number {
  const axes = config.integers("axis", [-1]);
  return axes.length === 1 ? axes[0]! : config.fail("axis", "one axis");
}

export const parseBatchNormalization: LayerParser = ({ config, weights }) => {
  config.only("renorm", false, "rebuild the model without renorm");
  const axes = config.integers("axis", [-1]);
  const shape = axes.length === 1 ? [null] : null; // several, in Keras 2: of the input's rank
  const epsilon = config.number("epsilon", 1e-3);
  const gamma = config.boolean("scale", true) ? weights.want("gamma", shape) : null;
  const beta = config.boolean("center", true) ? weights.want("beta", shape) : null;
  const mean = weights.want("moving_mean", shape, { trainable: false });
  const variance = weights.want("moving_variance", shape, { trainable: false });
  return () => ({ kind: "BatchNormalization", axes, epsilon, gamma, beta, mean, variance });
};

export const parseLayerNormalization: LayerParser = ({ config, weights }) => {
  config.only("rms_scaling", false, "use RMSNormalization, which divides by the root of the mean square");
  const axes = config.integers("axis", [-1]);
  const shape = axes.map(() => null);
  const epsilon = config.number("epsilon", 1e-3);
  const gamma = config.boolean("scale", true) ? weights.want("gamma", shape) : null;
  const beta = config.boolean("center", true) ? weights.want("beta", shape) : null;
  return () => ({ kind: "LayerNormalization", axes, epsilon, gamma, beta, rms: false });
};

export const parseRmsNormalization: LayerParser = ({ config, weights }) => {
  const axes = config.integers("axis", [-1]);
  const epsilon = config.number("epsilon", 1e-6);
  const gamma = weights.want(
    "scale",
    axes.map(() => null),
  );
  return () => ({ kind: "LayerNormalization", axes, epsilon, gamma, beta: null, rms: true });
};

export const parseGroupNormalization: LayerParser = ({ config, weights }) => {
  const groups = config.integer("groups", 32); // −1: as many as channels
  const axis = oneAxis(config);
  const epsilon = config.number("epsilon", 1e-3);
  const gamma = config.boolean("scale", true) ? weights.want("gamma", [null]) : null;
  const beta = config.boolean("center", true) ? weights.want("beta", [null]) : null;
  return () => ({ kind: "GroupNormalization", groups, axis, epsilon, gamma, beta });
};

export const parseUnitNormalization: LayerParser = ({ config }) => {
  const axes = config.integers("axis", [-1]);
  return () => ({ kind: "UnitNormalization", axes });
};

export const parseNormalization: LayerParser = ({ config, weights }) => {
  const axes = config.raw("axis") === null ? [] : config.integers("axis", [-1]);
  const invert = config.boolean("invert", false);
  const given = config.has("mean") && config.has("variance");
  const shape = axes.map(() => null);
  const mean = given ? constant(config, "mean") : weights.want("mean", shape, { trainable: false });
  const variance = given
    ? constant(config, "variance")
    : weights.want("variance", shape, { trainable: false });
  if (!given) weights.want("count", [], { trainable: false }); // of the samples seen: not part of the formula
  return () => ({
    kind: "Normalization",
    axes,
    mean,
    variance,
    invert,
  });
};

/** The mean or variance given to the layer instead of adapted: one number, or one for each kept entry. */
function constant(config: Config, key: string): Weight {
  const data = Float64Array.from(config.numbers(key));
  if (!data.every(Number.isFinite)) config.fail(key, "finite numbers");
  return { shape: data.length === 1 ? [] : [data.length], data };
}

export const parseRescaling: LayerParser = ({ config }) => {
  // TensorFlow has both as float32, whatever the precision of the layer.
  const scale = config.numbers("scale").map(Math.fround);
  const offset = config.numbers("offset", [0]).map(Math.fround);
  return () => ({ kind: "Rescaling", scale, offset });
};
