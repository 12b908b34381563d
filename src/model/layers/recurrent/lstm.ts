import type { Activation } from "../../../program/activation.js";
import { tensorOf } from "../../../program/tensor.js";
import type { Weight } from "../../../program/weight.js";
import {
  type CellKind,
  type CellStep,
  cellActivation,
  fusedActivations,
  parseCellBase,
  type Recurrent,
} from "./recurrent-loop.js";

/** LSTM. */
export interface LstmLayer extends Recurrent {
  readonly kind: "LSTM";
  readonly recurrentActivation: Activation;
  readonly kernel: Weight; // [features, 4·units], gates in Keras order: input, forget, cell, output
  readonly recurrentKernel: Weight; // [units, 4·units]
  readonly bias: Weight | null; // [4·units]
}

/** The cell of LSTM and of RNN(LSTMCell). */
export const lstmCell: CellKind<LstmLayer> = {
  gates: 4,
  states: 2,
  biasShape: ({ units }) => [4 * units],

  parse(context, loop) {
    const { config, weights } = context;
    const base = parseCellBase(context, 4);
    const recurrentActivation = cellActivation(context, "recurrent_activation", "sigmoid");
    const bias = config.boolean("use_bias", true) ? weights.want("bias", [4 * base.units]) : null;
    return () => ({ kind: "LSTM", ...base, recurrentActivation, bias, ...loop });
  },

  stepOf: stepOfLstm,
};

function stepOfLstm(layer: LstmLayer): CellStep {
  const { units: u } = layer;
  const fused = fusedActivations(layer.activation, layer.recurrentActivation);
  return (b, x, { h: hPrev, c: cPrev }, h) => {
    const terms = [{ matrix: b.matrix(layer.kernel, 4 * u), transposed: false, x }];
    if (hPrev) terms.push({ matrix: b.matrix(layer.recurrentKernel, 4 * u), transposed: false, x: hPrev });
    const gates = b.buffer(4 * u);
    b.affine(gates, terms, layer.bias?.data ?? null);
    if (fused) {
      const c = b.buffer(u);
      b.emit({ kind: "lstm", gates, cPrev, c, h, ...fused });
      return { h, c };
    }
    const part = (n: number) => tensorOf({ at: gates.at + n * u, n: u }, [u]);
    const input = b.activate(part(0), layer.recurrentActivation);
    const forget = b.activate(part(1), layer.recurrentActivation);
    const proposed = b.activate(part(2), layer.activation);
    const output = b.activate(part(3), layer.recurrentActivation);
    const gained = b.multiply(input, proposed);
    const kept = cPrev && b.multiply(forget, tensorOf(cPrev, [u]));
    const cell = kept ? b.combine([gained, kept].map((tensor) => ({ tensor, factor: 1 }))) : gained;
    const shown = b.activate(cell, layer.activation);
    b.emit({ kind: "multiply", y: h, a: b.range(output), b: b.range(shown), accumulate: false });
    return { h, c: b.range(cell) };
  };
}
