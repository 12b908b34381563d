import type { LayerData, LayerKind } from "../../program/graph.js";
import type { LayerFamily, LayerOf, LayerParser } from "../layer-family.js";
import { activationLayers } from "./activation-layers.js";
import { attention } from "./attention.js";
import { convolution } from "./convolution.js";
import { dense } from "./dense.js";
import { featureNormalisation } from "./feature-normalisation.js";
import { identity } from "./identity.js";
import { layerNormalisation } from "./layer-normalisation.js";
import { merging } from "./merging.js";
import { multiHeadAttention } from "./multi-head-attention.js";
import { pooling } from "./pooling.js";
import { bidirectional } from "./recurrent/bidirectional.js";
import { recurrent } from "./recurrent/recurrent.js";
import { reshaping } from "./reshaping.js";
import { slice } from "./slice.js";

/** Every layer that jac knows, a module a family. */
const FAMILIES = [
  recurrent,
  bidirectional,
  dense,
  convolution,
  pooling,
  layerNormalisation,
  featureNormalisation,
  attention,
  multiHeadAttention,
  activationLayers,
  reshaping,
  slice,
  merging,
  identity,
] as const;

/** The data of any layer, told apart by `kind`. */
export type Layer = LayerOf<(typeof FAMILIES)[number]>;

/** The layers that a model is read with. */
export class LayerKinds {
  readonly #parsers = new Map<string, LayerParser>();
  readonly #kinds = new Map<string, LayerKind>();

  /** Those that jac knows, and those of `more` families. Throws an Error where two have one name. */
  constructor(more: readonly LayerFamily[] = []) {
    for (const { classes, kinds } of [...FAMILIES, ...more] as readonly LayerFamily[]) {
      for (const [name, parser] of Object.entries(classes)) addTo(this.#parsers, name, parser);
      for (const [name, kind] of Object.entries(kinds)) addTo(this.#kinds, name, kind);
    }
  }

  /** How a class of Keras is parsed; undefined for one that jac does not know. */
  parserOf(className: string): LayerParser | undefined {
    return this.#parsers.get(className);
  }

  /** What a layer is to a compilation. */
  kindOf(layer: LayerData): LayerKind {
    const kind = this.#kinds.get(layer.kind);
    if (!kind) throw new Error(`no family has the layer kind ${layer.kind}, which its parser makes`);
    return kind;
  }
}

function addTo<T>(map: Map<string, T>, name: string, value: T): void {
  if (map.has(name)) throw new Error(`two families of layers have ${name}`);
  map.set(name, value);
}
