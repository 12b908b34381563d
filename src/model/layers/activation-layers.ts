import type { Activation } from "../../program/activation.js";
import type { Builder } from "../../program/builder.js";
import { axesOf, broadcast, type Tensor } from "../../program/tensor.js";
import type { Weight } from "../../program/weight.js";
import { type LayerFamily, type LayerParser, plainKind } from "../layer-family.js";
import { ACTIVATION_LAYERS } from "../parse-activation.js";
import { overAxes } from "./over-axes.js";

/** y = f(x). */
export interface ActivationLayer {
  readonly kind: "Activation";
  readonly activation: Activation;
}

/** A softmax over any axes. */
export interface SoftmaxLayer {
  readonly kind: "Softmax";
  readonly axes: readonly number[];
}

/** y = max(0, x) + alpha ∘ min(0, x). */
export interface PreluLayer {
  readonly kind: "PReLU";
  readonly alpha: Weight; // broadcast against the input without its batch axis
}

/** Layers that are an activation. */
export const activationLayers: LayerFamily<ActivationLayer | SoftmaxLayer | PreluLayer> = {
  classes: {
    ...Object.fromEntries(Object.entries(ACTIVATION_LAYERS).map(([name, read]) => [name, parserOf(read)])),
    Softmax: ({ config }) => {
      const axes = config.integers("axis", [-1]);
      return () => ({ kind: "Softmax", axes });
    },
    PReLU: ({ weights }) => {
      const alpha = weights.want("alpha", null); // its rank is the input's, with 1 where an axis shares a slope
      return () => ({ kind: "PReLU", alpha });
    },
  },
  kinds: {
    Activation: plainKind("any", ({ activation }, x, b) => b.activate(x, activation)),
    Softmax: plainKind("any", ({ axes }, x, b) =>
      overAxes(x, axesOf(axes, x), (grouped) => b.softmax(grouped, "softmax")),
    ),
    PReLU: {
      inputs: [1, 1],
      takes: "any",
      weights: ({ alpha }, [x]) => [["alpha", alpha, x!.map((n, i) => (alpha.shape[i] === 1 ? 1 : n))]],
      results: () => 1,
      place: (layer, [x], b) => [placePrelu(layer, x!, b)],
    },
  },
};

function parserOf(read: (typeof ACTIVATION_LAYERS)[string]): LayerParser<ActivationLayer> {
  return ({ config, keras }) => {
    const activation = read(config, keras);
    return () => ({ kind: "Activation", activation });
  };
}

/** max(0, x) + alpha ∘ min(0, x). */
function placePrelu({ alpha }: PreluLayer, x: Tensor, b: Builder): Tensor {
  const positions = broadcast(
    { shape: alpha.shape, units: Int32Array.from(alpha.data, (_, i) => i) },
    x.shape,
  );
  const slopes = Float64Array.from(positions.units, (i) => -alpha.data[i]!);
  const relu = { kind: "relu", negativeSlope: 0, maxValue: Number.POSITIVE_INFINITY, threshold: 0 } as const;
  const above = b.activate(x, relu);
  const below = b.activate(b.combine([{ tensor: x, factor: -1 }]), relu);
  return b.combine([above, b.scale(below, slopes, null)].map((tensor) => ({ tensor, factor: 1 })));
}
