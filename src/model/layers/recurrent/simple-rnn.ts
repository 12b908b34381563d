import { isElementwise } from "../../../program/activations.js";
import { tensorOf } from "../../../program/tensor.js";
import type { Weight } from "../../../program/weight.js";
import { type CellKind, type CellStep, parseCellBase, type Recurrent } from "./recurrent-loop.js";

/** h = f(kernelᵀ·x + recurrentKernelᵀ·h + bias). */
export interface SimpleRnnLayer extends Recurrent {
  readonly kind: "SimpleRNN";
  readonly kernel: Weight; // [features, units]
  readonly recurrentKernel: Weight; // [units, units]
  readonly bias: Weight | null; // [units]
}

/** The cell of SimpleRNN and of RNN(SimpleRNNCell). */
export const simpleRnnCell: CellKind<SimpleRnnLayer> = {
  gates: 1,
  states: 1,
  biasShape: ({ units }) => [units],

  parse(context, loop) {
    const { config, weights } = context;
    const base = parseCellBase(context, 1);
    const bias = config.boolean("use_bias", true) ? weights.want("bias", [base.units]) : null;
    return () => ({ kind: "SimpleRNN", ...base, bias, ...loop });
  },

  stepOf: stepOfSimpleRnn,
};

function stepOfSimpleRnn(layer: SimpleRnnLayer): CellStep {
  const { units: u } = layer;
  return (b, x, { h: hPrev }, h) => {
    const terms = [{ matrix: b.matrix(layer.kernel, u), transposed: false, x }];
    if (hPrev) terms.push({ matrix: b.matrix(layer.recurrentKernel, u), transposed: false, x: hPrev });
    if (layer.activation.kind === "linear") {
      b.affine(h, terms, layer.bias?.data ?? null);
      return { h, c: null };
    }
    const sum = b.buffer(u);
    b.affine(sum, terms, layer.bias?.data ?? null);
    if (isElementwise(layer.activation)) b.emit({ kind: "activate", y: h, x: sum, f: layer.activation });
    else {
      const bent = b.range(b.activate(tensorOf(sum, [u]), layer.activation));
      b.emit({ kind: "combine", y: h, terms: [{ x: bent, factor: 1 }], accumulate: false });
    }
    return { h, c: null };
  };
}
