import type { Call, LayerBuilder, TensorRef } from "./layer-context.js";

/** A model as its configuration describes it: layers and their calls, nested models still nested. */
export interface ModelSpec {
  readonly name: string;
  /** As an error names it: `model 'encoder'`. */
  readonly where: string;
  readonly layers: readonly LayerSpec[];
  /** Its input layers' tensors, with the names by which it may be called on them. */
  readonly inputs: readonly { readonly name: string | null; readonly ref: TensorRef }[];
  readonly outputs: readonly { readonly name: string; readonly ref: TensorRef }[];
}

/** One layer of a model, with its calls. */
export interface LayerSpec {
  readonly name: string;
  /** As an error names it: `layer 'encoder/lstm'`. */
  readonly where: string;
  readonly content: Content;
  readonly calls: readonly Call[];
}

/** What stands in the place of a layer: an input, a layer, or a model of its own. */
export type Content =
  | { readonly kind: "input"; readonly shape: readonly (number | null)[] | null } // without the batch axis
  | {
      readonly kind: "layer";
      readonly build: LayerBuilder;
      /** The tensors of a call, in the order in which the graph's layer takes them. */
      readonly inputs: (call: Call) => readonly TensorRef[];
      /** How many TimeDistributed stand around it: it is applied to every step of so many axes by itself. */
      readonly perStep: number;
    }
  | {
      readonly kind: "model";
      readonly model: ModelSpec;
      readonly perStep: number;
    };
