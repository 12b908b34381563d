import type { Builder } from "../program/builder.js";
import type { LayerData, LayerKind } from "../program/graph.js";
import type { Tensor } from "../program/tensor.js";
import type { LayerBuilder, LayerContext } from "./layer-context.js";

/** Checks a layer's configuration, states the weights it needs, and gives the function that makes it. */
export type LayerParser<L extends LayerData = LayerData> = (context: LayerContext) => LayerBuilder<L>;

/**
 * Layers that belong together, in one module: their data `L` (a union, told apart by `kind`), how the classes of
 * Keras are parsed into it, and what each kind of it is to a compilation. The compiler asks for every kind of `L`.
 */
export interface LayerFamily<L extends LayerData = LayerData> {
  /** By the names of Keras' classes, old names and all that comes to the same layer included. */
  readonly classes: Readonly<Record<string, LayerParser<L>>>;
  readonly kinds: { readonly [K in L["kind"]]: LayerKind<L & { readonly kind: K }> };
}

/** The data of a family's layers. */
export type LayerOf<Family extends LayerFamily> = ReturnType<ReturnType<Family["classes"][string]>>;

/** A kind of layer with one input, one result and no weights. */
export function plainKind<L extends LayerData>(
  takes: LayerKind["takes"],
  place: (layer: L, x: Tensor, b: Builder) => Tensor,
): LayerKind<L> {
  return {
    inputs: [1, 1],
    takes,
    weights: () => [],
    results: () => 1,
    place: (layer, [x], b) => [place(layer, x!, b)],
  };
}
