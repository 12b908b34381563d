import type { Builder } from "./builder.js";
import type { Tensor } from "./tensor.js";
import type { ExpectedWeight, Shape } from "./weight.js";

/** A layer as plain data: its typed configuration and its weights; no field is optional where Keras has a default. */
export interface LayerData {
  readonly kind: string; // LSTM, Dense, …
}

/** What a compilation has to know of one kind of layer. */
export interface LayerKind<L extends LayerData = LayerData> {
  /** How many tensors it is called on. */
  readonly inputs: readonly [least: number, most: number];
  /** Whether the first of them has to be [steps, features]: without the steps, features would pass for them. */
  readonly takes: "sequence" | "any";
  /** Its weights with the shapes that they need to have for inputs of these shapes. */
  weights(layer: L, inputs: readonly Shape[]): readonly ExpectedWeight[];
  /** How many results it gives: most layers one, recurrent ones may return their final states too. */
  results(layer: L): number;
  /**
   * Places its operations for one window, and returns its results. The number of inputs, the axes that `takes`
   * asks for and the weights' shapes are checked; what else a file can get wrong is refused by `misfit`.
   */
  place(layer: L, inputs: readonly Tensor[], b: Builder): Tensor[];
}

/** One result of a node: most layers have one, recurrent ones with returnState several. */
export interface Ref {
  readonly node: number;
  readonly result: number;
}

/** One call of a layer. A shared layer is called by several nodes, with the same `layer` object. */
export interface Node {
  /** The layer's name; inside a nested model `outer/inner`. */
  readonly name: string;
  readonly layer: LayerData;
  readonly kind: LayerKind;
  /** It is applied to each step of so many leading axes by itself (Keras' TimeDistributed). */
  readonly perStep: number;
  /** The tensors the layer is called on, in order (recurrent layers: x, then initial states). */
  readonly inputs: readonly Ref[];
}

/** A trained model: calls of layers in topological order. src/model reads it, compile.ts makes a program of it. */
export interface Graph {
  readonly name: string;
  /** The one input without its batch axis: [T, F] or [F]; null for a length the model leaves open. */
  readonly inputShape: readonly (number | null)[];
  /** Topological order; node 0 is the input. Nested models are flattened in. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly { readonly name: string; readonly ref: Ref }[];
  /** What `layer:NAME` may name: layer and nested-model names → the result of their last call. */
  readonly layers: ReadonlyMap<string, Ref>;
  /** Things the user should know (a stateful layer is run from zero state, …), one line each. */
  readonly notes: readonly string[];
}
