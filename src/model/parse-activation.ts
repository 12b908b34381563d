import type { Activation } from "../program/activation.js";
import { UserError } from "../shared/errors.js";
import { Config, isJson, show } from "./config.js";

/** Activations by the names Keras writes, with the defaults of the functions of that name. */
const NAMED: Readonly<Record<string, Activation>> = {
  linear: { kind: "linear" },
  relu: { kind: "relu", negativeSlope: 0, maxValue: Number.POSITIVE_INFINITY, threshold: 0 },
  relu6: { kind: "relu", negativeSlope: 0, maxValue: 6, threshold: 0 },
  leaky_relu: {
    kind: "relu",
    negativeSlope: Math.fround(0.2),
    maxValue: Number.POSITIVE_INFINITY,
    threshold: 0,
  },
  elu: { kind: "elu", alpha: 1 },
  celu: { kind: "celu", alpha: 1 },
  selu: { kind: "selu" },
  gelu: { kind: "gelu", approximate: false },
  silu: { kind: "silu" },
  swish: { kind: "silu" },
  mish: { kind: "mish" },
  tanh: { kind: "tanh" },
  sigmoid: { kind: "sigmoid" },
  softplus: { kind: "softplus" },
  softsign: { kind: "softsign" },
  exponential: { kind: "exponential" },
  exp: { kind: "exponential" },
  log_sigmoid: { kind: "log_sigmoid" },
  hard_tanh: { kind: "hard_tanh" },
  tanh_shrink: { kind: "tanh_shrink" },
  soft_shrink: { kind: "soft_shrink", alpha: 0.5 },
  hard_shrink: { kind: "hard_shrink", alpha: 0.5 },
  squareplus: { kind: "squareplus", b: 4 },
  sparse_plus: { kind: "sparse_plus" },
  sparse_sigmoid: { kind: "sparse_sigmoid" },
  glu: { kind: "glu" },
  softmax: { kind: "softmax" },
  softmax_v2: { kind: "softmax" }, // the name under which TensorFlow's own function is saved
  log_softmax: { kind: "log_softmax" },
  log_softmax_v2: { kind: "log_softmax" },
};

/** Hard sigmoid is clip(slope·x + ½, 0, 1); its slope changed with Keras 3, so the file's version decides. */
function hardSlope(keras: number): number {
  return keras < 3 ? 0.2 : 1 / 6;
}

/** An activation by its bare name; undefined if there is none. */
export function activationByName(name: string, keras: number): Activation | undefined {
  if (name === "hard_sigmoid") return { kind: "hard_sigmoid", slope: hardSlope(keras) };
  if (name === "hard_silu" || name === "hard_swish") return { kind: "hard_silu", slope: hardSlope(keras) };
  return Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
}

type LayerActivation = (config: Config, keras: number) => Activation;

/**
 * A relu with options. TensorFlow takes some of them as float32 whatever the precision of the layer, so a trained
 * model means the rounded values: the slope of its leaky_relu, the bound, and with Keras 2 all three.
 */
function relu(negativeSlope: number, maxValue: number, threshold: number, keras: number): Activation {
  const leakyOnly = maxValue === Number.POSITIVE_INFINITY && threshold === 0;
  return {
    kind: "relu",
    negativeSlope: leakyOnly || keras < 3 ? Math.fround(negativeSlope) : negativeSlope,
    maxValue: Math.fround(maxValue),
    threshold: keras < 3 ? Math.fround(threshold) : threshold,
  };
}

/** Layers that are an activation with options, by class. Softmax and PReLU are layers of their own. */
export const ACTIVATION_LAYERS: Readonly<Record<string, LayerActivation>> = {
  ReLU: (config, keras) =>
    relu(
      config.number("negative_slope", 0),
      config.number("max_value", Number.POSITIVE_INFINITY),
      config.number("threshold", 0),
      keras,
    ),
  LeakyReLU: (config, keras) => {
    const slope = config.has("negative_slope")
      ? config.number("negative_slope")
      : config.number("alpha", 0.3);
    return relu(slope, Number.POSITIVE_INFINITY, 0, keras);
  },
  ELU: (config, keras) => {
    const alpha = config.number("alpha", 1);
    return { kind: "elu", alpha: keras < 3 ? Math.fround(alpha) : alpha };
  },
  ThresholdedReLU: (config) => ({ kind: "threshold", threshold: config.number("theta", 1), value: 0 }),
  Activation: (config, keras) => parseActivation(config, "activation", keras),
};

/**
 * The activation in a layer's configuration: a name, a registered function (`{class_name: "function", config}`)
 * or a layer object (`{class_name: "LeakyReLU", config}`). Absent or null is linear, unless the layer has
 * another default.
 */
export function parseActivation(config: Config, key: string, keras: number, absent = "linear"): Activation {
  let value: unknown = config.raw(key) ?? absent;
  if (isJson(value)) {
    const { class_name: className, config: inner } = value;
    if (typeof className === "string" && isJson(inner)) {
      const where = `${config.where}, ${key} ${className}`;
      if (Object.hasOwn(ACTIVATION_LAYERS, className))
        return ACTIVATION_LAYERS[className]!(new Config(inner, where), keras);
      if (className === "Softmax") {
        const axes = new Config(inner, where).integers("axis", [-1]);
        if (axes.length === 1 && axes[0] === -1) return { kind: "softmax" };
      }
      value = className;
    } else value = inner ?? className; // {class_name: "function", config: "relu"}
  }
  // Registered functions carry their package: keras.activations>gelu.
  const name = typeof value === "string" ? value.slice(value.lastIndexOf(">") + 1) : "";
  if (name === "sparsemax") {
    fail(
      `${config.where}: sparsemax is not supported: what Keras computes under that name is not the published function (its results do not sum to 1); rebuild the model with softmax`,
    );
  }
  return (
    activationByName(name, keras) ??
    fail(
      `${config.where}: ${key} ${show(value)} is not an activation of Keras; rebuild the model with a named one, such as 'tanh'`,
    )
  );
}

function fail(message: string): never {
  throw new UserError(message);
}
