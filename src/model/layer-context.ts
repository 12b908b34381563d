import type { LayerData } from "../program/graph.js";
import { UserError } from "../shared/errors.js";
import type { Config } from "./config.js";
import type { WeightScope } from "./weight-slots.js";

/** What a layer's parser works from. */
export interface LayerContext {
  readonly className: string;
  readonly config: Config;
  /** Major version of the Keras that wrote the file: some defaults and formulas changed with 3. */
  readonly keras: number;
  readonly weights: WeightScope;
  /** Tells the user something once the model is read. */
  readonly note: (text: string) => void;
}

/** A tensor of a functional model: the `result`-th result of the `call`-th call of a layer. */
export class TensorRef {
  constructor(
    readonly layer: string,
    readonly call: number,
    readonly result: number,
    /** Its axes with the batch's, where the file says. */
    readonly rank: number | null = null,
  ) {}
}

/** An argument of a call: a tensor, a constant (JSON), or a list or object of them. */
export type Argument = unknown;

/** One call of a layer, as the configuration records it. */
export interface Call {
  readonly args: readonly Argument[];
  readonly kwargs: Readonly<Record<string, Argument>>;
}

/**
 * Makes the layer of one call, once the weights are filled in. Most layers are the same whatever the call;
 * attention layers take their causal mask from it, operations their constants.
 */
export type LayerBuilder<L extends LayerData = LayerData> = (call: Call) => L;

/** Refuses what the file may well hold and jac does not compute, with what to do instead. */
export function refuse(where: string, what: string, remedy: string): never {
  throw new UserError(`${where}: ${what} is not supported; ${remedy}`);
}

/** Layers of jac see [steps, features]: the channels are last. */
export function channelsLast(config: Config): void {
  config.only("data_format", "channels_last", "rebuild the model with channels_last");
}

/** The tensors in an argument, in order. */
export function tensorsIn(argument: Argument): TensorRef[] {
  if (argument instanceof TensorRef) return [argument];
  if (Array.isArray(argument)) return argument.flatMap(tensorsIn);
  if (typeof argument === "object" && argument !== null) return Object.values(argument).flatMap(tensorsIn);
  return [];
}
