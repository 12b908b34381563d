import type { Activation } from "../../../program/activation.js";
import type { Builder } from "../../../program/builder.js";
import type { Affine, Range } from "../../../program/program.js";
import { reshape, step, type Tensor, tensorOf } from "../../../program/tensor.js";
import type { Weight } from "../../../program/weight.js";
import {
  type CellKind,
  type CellStep,
  cellActivation,
  fusedActivations,
  parseCellBase,
  type Recurrent,
} from "./recurrent-loop.js";

/** GRU, in the classic form or with the reset gate after the recurrent product. */
export interface GruLayer extends Recurrent {
  readonly kind: "GRU";
  readonly recurrentActivation: Activation;
  readonly resetAfter: boolean;
  readonly kernel: Weight; // [features, 3·units], gates in Keras order: update z, reset r, candidate h
  readonly recurrentKernel: Weight; // [units, 3·units]
  readonly bias: Weight | null; // [3·units]; with resetAfter [2, 3·units]: of the input, of the recurrence
}

/** The cell of GRU and of RNN(GRUCell). */
export const gruCell: CellKind<GruLayer> = {
  gates: 3,
  states: 1,
  biasShape: ({ units, resetAfter }) => (resetAfter ? [2, 3 * units] : [3 * units]),

  parse(context, loop) {
    const { config, weights } = context;
    const base = parseCellBase(context, 3);
    const recurrentActivation = cellActivation(context, "recurrent_activation", "sigmoid");
    // Files from before the option existed do not have it, and mean the classic form.
    const resetAfter = config.boolean("reset_after", false);
    const shape = resetAfter ? [2, 3 * base.units] : [3 * base.units];
    const bias = config.boolean("use_bias", true) ? weights.want("bias", shape) : null;
    return () => ({ kind: "GRU", ...base, recurrentActivation, resetAfter, bias, ...loop });
  },

  stepOf: (layer) => (layer.resetAfter ? stepOfResetAfter(layer) : stepOfClassic(layer)),
};

/** z and r from input and state; the candidate's recurrent part is computed whole, then gated by r. */
function stepOfResetAfter(layer: GruLayer): CellStep {
  const { units: u, kernel, recurrentKernel, bias } = layer;
  const fused = fusedActivations(layer.activation, layer.recurrentActivation);
  const both = (from: number, to: number) =>
    bias
      ? Float64Array.from(
          { length: to - from },
          (_, i) => bias.data[from + i]! + bias.data[3 * u + from + i]!,
        )
      : null;
  const gateBias = both(0, 2 * u);
  const inputBias = bias ? bias.data.slice(2 * u, 3 * u) : null;
  const innerBias = bias ? bias.data.slice(5 * u, 6 * u) : null;
  return (b, x, { h: hPrev }, h) => {
    const termsOf = (cols: readonly [number, number]) => ({
      x: { matrix: b.matrix(kernel, 3 * u, { cols }), transposed: false, x },
      h: hPrev ? [{ matrix: b.matrix(recurrentKernel, 3 * u, { cols }), transposed: false, x: hPrev }] : [],
    });
    const gates = b.buffer(2 * u);
    const candidate = b.buffer(u);
    const inner = b.buffer(u);
    const gateTerms = termsOf([0, 2 * u]);
    const candidateTerms = termsOf([2 * u, 3 * u]);
    b.affine(gates, [gateTerms.x, ...gateTerms.h], gateBias);
    b.affine(candidate, [candidateTerms.x], inputBias);
    b.affine(inner, candidateTerms.h, innerBias);
    if (fused) {
      b.emit({ kind: "gru", gates, candidate, inner, hPrev, h, ...fused });
      return { h, c: null };
    }
    const activated = b.activate(tensorOf(gates, [2, u]), layer.recurrentActivation);
    const gated = b.multiply(step(activated, 1), tensorOf(inner, [u]));
    const sum = b.combine([tensorOf(candidate, [u]), gated].map((tensor) => ({ tensor, factor: 1 })));
    blendInto(b, h, step(activated, 0), hPrev, b.activate(sum, layer.activation));
    return { h, c: null };
  };
}

/** The original form: r gates the state before the candidate's recurrent kernel. */
function stepOfClassic(layer: GruLayer): CellStep {
  const { units: u, kernel, recurrentKernel, bias } = layer;
  const gateBias = bias ? bias.data.slice(0, 2 * u) : null;
  const candidateBias = bias ? bias.data.slice(2 * u) : null;
  return (b, x, { h: hPrev }, h) => {
    const term = (
      weight: typeof kernel,
      cols: readonly [number, number],
      range: Range,
    ): Affine["terms"][number] => ({
      matrix: b.matrix(weight, 3 * u, { cols }),
      transposed: false,
      x: range,
    });
    const gates = b.buffer(2 * u);
    const fromState = hPrev ? [term(recurrentKernel, [0, 2 * u], hPrev)] : [];
    b.affine(gates, [term(kernel, [0, 2 * u], x), ...fromState], gateBias);
    const activated = b.activate(tensorOf(gates, [2, u]), layer.recurrentActivation);
    const candidateTerms = [term(kernel, [2 * u, 3 * u], x)];
    if (hPrev) {
      const reset = b.multiply(step(activated, 1), tensorOf(hPrev, [u]));
      candidateTerms.push(term(recurrentKernel, [2 * u, 3 * u], b.range(reset)));
    }
    const candidate = b.buffer(u);
    b.affine(candidate, candidateTerms, candidateBias);
    blendInto(b, h, step(activated, 0), hPrev, b.activate(tensorOf(candidate, [u]), layer.activation));
    return { h, c: null };
  };
}

/** h = z∘hPrev + (1 − z)∘candidate, as candidate + z∘(hPrev − candidate). */
function blendInto(b: Builder, h: Range, z: Tensor, hPrev: Range | null, candidate: Tensor): void {
  const away = hPrev
    ? b.combine([
        { tensor: tensorOf(hPrev, [h.n]), factor: 1 },
        { tensor: candidate, factor: -1 },
      ])
    : b.combine([{ tensor: candidate, factor: -1 }]);
  const moved = b.multiply(z, away);
  const terms = [candidate, moved].map((tensor) => ({ x: b.range(reshape(tensor, [h.n])), factor: 1 }));
  b.emit({ kind: "combine", y: h, terms, accumulate: false });
}
