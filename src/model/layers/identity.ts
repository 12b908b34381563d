import { type LayerFamily, type LayerParser, plainKind } from "../layer-family.js";

/** y = x. */
export interface IdentityLayer {
  readonly kind: "Identity";
}

/** The input of a model: node 0 of its graph, which nothing places. */
export interface InputLayer {
  readonly kind: "Input";
}

const same: LayerParser<IdentityLayer> = () => () => ({ kind: "Identity" });

/** Layers that only do something in training. */
export const identity: LayerFamily<IdentityLayer | InputLayer> = {
  classes: {
    Identity: same,
    Dropout: same,
    SpatialDropout1D: same,
    AlphaDropout: same,
    GaussianDropout: same,
    GaussianNoise: same,
    ActivityRegularization: same,
  },
  kinds: {
    Identity: plainKind("any", (_, x) => x),
    Input: plainKind("any", (_, x) => x),
  },
};
