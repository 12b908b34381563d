import type { Activation } from "../../../program/activation.js";
import { derivativeFrom, isElementwise } from "../../../program/activations.js";
import type { Builder } from "../../../program/builder.js";
import type { LayerData, LayerKind } from "../../../program/graph.js";
import type { Elementwise, Range } from "../../../program/program.js";
import { misfit, shown, step, type Tensor, tensorOf } from "../../../program/tensor.js";
import type { ExpectedWeight, Shape, Weight } from "../../../program/weight.js";
import type { LayerContext } from "../../layer-context.js";
import { parseActivation } from "../../parse-activation.js";

/** What a recurrent layer says about its loop over time; the cell is the rest. */
export interface Loop {
  readonly returnSequences: boolean;
  /** The layer then has several results: the output, then each final state (LSTM: h, c). */
  readonly returnState: boolean;
  readonly goBackwards: boolean;
}

/** A recurrent layer's data; `gates` of its cell stand side by side in its weights. */
export interface Recurrent extends LayerData, Loop {
  readonly units: number;
  readonly activation: Activation;
  readonly kernel: Weight; // [features, gates·units]
  readonly recurrentKernel: Weight; // [units, gates·units]
  readonly bias: Weight | null;
}

/** The state of a recurrent layer: h, or h and c. Null ranges stand for the zero state. */
export interface State {
  readonly h: Range | null;
  readonly c: Range | null;
}

/** Places one step of a cell: input and state in, the new state out; h goes where the caller says. */
export type CellStep = (b: Builder, x: Range, state: State, h: Range) => { h: Range; c: Range | null };

/** All that is known of a kind of cell; `recurrentKind` puts the loop around it. */
export interface CellKind<L extends Recurrent> {
  readonly gates: number;
  /** What it hands to the next step: h, or h and c. */
  readonly states: 1 | 2;
  /** Reads the cell's configuration (class LSTMCell, …), as `Loop` goes over it. */
  parse(context: LayerContext, loop: Loop): () => L;
  biasShape(layer: L): Shape;
  /** The placement of one step; called once a layer, the constants of all steps are made here. */
  stepOf(layer: L): CellStep;
}

/** The kind of layer that a cell and the loop over time are, unrolled. */
export function recurrentKind<L extends Recurrent>(cell: CellKind<L>): LayerKind<L> {
  return {
    inputs: [1, 1 + cell.states], // x, then the initial states
    takes: "sequence",
    weights: (layer, [x]) => recurrentWeights(layer, cell, x![1]!),
    results: ({ returnState }) => (returnState ? 1 + cell.states : 1),
    place(layer, [x, ...initial], b) {
      checkStates(initial, cell.states, layer.units);
      return unroll(layer, cell.stepOf(layer), x!, initial, b);
    },
  };
}

function recurrentWeights<L extends Recurrent>(
  layer: L,
  cell: CellKind<L>,
  features: number,
): readonly ExpectedWeight[] {
  const width = cell.gates * layer.units;
  return [
    ["kernel", layer.kernel, [features, width]],
    ["recurrent_kernel", layer.recurrentKernel, [layer.units, width]],
    ["bias", layer.bias, cell.biasShape(layer)],
  ];
}

function checkStates(initial: readonly Tensor[], states: number, units: number): void {
  const fits = initial.length === 0 || initial.length === states;
  if (fits && initial.every(({ shape }) => shape.length === 1 && shape[0] === units)) return;
  const given = initial.map(({ shape }) => shown(shape)).join(" and ");
  const taken = Array.from({ length: states }, () => shown([units])).join(" and ");
  misfit(`is given the initial states ${given}, and takes ${taken}`);
}

/** The output (a sequence, or the last step), then the final states where they are asked for. */
function unroll(
  layer: Recurrent,
  cell: CellStep,
  x: Tensor,
  initial: readonly Tensor[],
  b: Builder,
): Tensor[] {
  const steps = x.shape[0]!;
  const { units } = layer;
  // One buffer where the sequence is wanted, so that what follows finds it in one piece.
  const sequence = layer.returnSequences ? b.buffer(steps * units) : null;
  let state: State = {
    h: initial[0] ? b.range(initial[0]) : null,
    c: initial[1] ? b.range(initial[1]) : null,
  };
  for (let s = 0; s < steps; s++) {
    const input = b.range(step(x, layer.goBackwards ? steps - 1 - s : s));
    const h = sequence ? { at: sequence.at + s * units, n: units } : b.buffer(units);
    state = cell(b, input, state, h);
  }
  const last = tensorOf(state.h!, [units]);
  const output = sequence ? tensorOf(sequence, [steps, units]) : last;
  if (!layer.returnState) return [output];
  return state.c ? [output, last, tensorOf(state.c, [units])] : [output, last];
}

/** What every cell's configuration has. */
export function parseCellBase(context: LayerContext, gates: number) {
  const { config, weights } = context;
  const units = config.count("units");
  return {
    units,
    activation: cellActivation(context, "activation", "tanh"),
    kernel: weights.want("kernel", [null, gates * units]),
    recurrentKernel: weights.want("recurrent_kernel", [units, gates * units]),
  };
}

/** An activation inside a cell, which gives as many values as it takes. */
export function cellActivation({ config, keras }: LayerContext, key: string, absent: string): Activation {
  const activation = parseActivation(config, key, keras, absent);
  return activation.kind === "glu"
    ? config.fail(key, "an activation that gives a value for each")
    : activation;
}

/**
 * The activations of a cell as its one operation takes them, or null where it must be composed of several: a fused
 * cell keeps only the activated gates, so its activations must differentiate from their outputs.
 */
export function fusedActivations(activation: Activation, recurrent: Activation) {
  if (!isFusable(activation) || !isFusable(recurrent)) return null;
  return { activation, recurrent };
}

function isFusable(f: Activation): f is Elementwise {
  return isElementwise(f) && derivativeFrom(f) === "y";
}
