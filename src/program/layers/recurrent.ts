import type { Activation, GruLayer, LstmLayer, RecurrentLayer, SimpleRnnLayer } from "../../model/graph.js";
import { derivativeFrom, isElementwise } from "../activations.js";
import type { Builder } from "../builder.js";
import type { Affine, Elementwise, Range } from "../program.js";
import { concatenate, reshape, stack, step, type Tensor, take, tensorOf } from "../tensor.js";

/** The state of a recurrent layer: h, or h and c. Null ranges stand for the zero state. */
interface State {
  readonly h: Range | null;
  readonly c: Range | null;
}
/** Places one step of a cell: input and state in, the new state out; h goes where the caller says. */
type Cell = (b: Builder, x: Range, state: State, h: Range) => { h: Range; c: Range | null };

/** A recurrent layer, unrolled: the output (a sequence, or the last step), then its final states where asked for. */
export function recurrent(layer: RecurrentLayer, [x, ...initial]: readonly Tensor[], b: Builder): Tensor[] {
  const steps = x!.shape[0]!;
  const { units } = layer;
  const cell = cellOf(layer);
  // One buffer where the sequence is wanted, so that what follows finds it in one piece.
  const sequence = layer.returnSequences ? b.buffer(steps * units) : null;
  let state: State = {
    h: initial[0] ? b.range(initial[0]) : null,
    c: initial[1] ? b.range(initial[1]) : null,
  };
  for (let s = 0; s < steps; s++) {
    const input = b.range(step(x!, layer.goBackwards ? steps - 1 - s : s));
    const h = sequence ? { at: sequence.at + s * units, n: units } : b.buffer(units);
    state = cell(b, input, state, h);
  }
  const last = tensorOf(state.h!, [units]);
  const output = sequence ? tensorOf(sequence, [steps, units]) : last;
  if (!layer.returnState) return [output];
  return layer.kind === "LSTM" ? [output, last, tensorOf(state.c!, [units])] : [output, last];
}

/** Two recurrent layers over the sequence and its reverse, merged step by step. */
export function bidirectional(
  layer: {
    forward: RecurrentLayer;
    backward: RecurrentLayer;
    mergeMode: "concat" | "sum" | "mul" | "ave" | null;
  },
  [x, ...initial]: readonly Tensor[],
  b: Builder,
): Tensor[] {
  const half = initial.length / 2;
  const [ahead, ...aheadStates] = recurrent(layer.forward, [x!, ...initial.slice(0, half)], b);
  const [reversed, ...backStates] = recurrent(layer.backward, [x!, ...initial.slice(half)], b);
  const back = layer.backward.returnSequences ? reverse(reversed!) : reversed!;
  return [...merge(layer.mergeMode, ahead!, back, b), ...aheadStates, ...backStates];
}

function merge(
  mode: "concat" | "sum" | "mul" | "ave" | null,
  ahead: Tensor,
  back: Tensor,
  b: Builder,
): Tensor[] {
  const weighted = (factor: number) => [b.combine([ahead, back].map((tensor) => ({ tensor, factor })))];
  switch (mode) {
    case "concat":
      return [concatenate([ahead, back], ahead.shape.length - 1)];
    case "sum":
      return weighted(1);
    case "ave":
      return weighted(0.5);
    case "mul":
      return [b.multiply(ahead, back)];
    case null:
      return [ahead, back];
  }
}

/** A layer applied to each step of its sequences alone. */
export function timeDistributed(
  inputs: readonly Tensor[],
  place: (steps: readonly Tensor[]) => Tensor[],
): Tensor[] {
  const each = Array.from({ length: inputs[0]!.shape[0]! }, (_, t) => place(inputs.map((x) => step(x, t))));
  return each[0]!.map((_, result) => stack(each.map((results) => results[result]!)));
}

const reverse = (x: Tensor): Tensor =>
  take(
    x,
    0,
    Array.from({ length: x.shape[0]! }, (_, t) => x.shape[0]! - 1 - t),
  );

function cellOf(layer: RecurrentLayer): Cell {
  switch (layer.kind) {
    case "LSTM":
      return lstmCell(layer);
    case "GRU":
      return layer.resetAfter ? gruResetAfterCell(layer) : gruClassicCell(layer);
    case "SimpleRNN":
      return simpleCell(layer);
  }
}

/** A fused cell keeps only the activated gates, so its activations must differentiate from their outputs. */
const fusable = (...fs: Activation[]): boolean =>
  fs.every((f) => isElementwise(f) && derivativeFrom(f) === "y");

function lstmCell(layer: LstmLayer): Cell {
  const { units: u } = layer;
  const fused = fusable(layer.activation, layer.recurrentActivation);
  return (b, x, { h: hPrev, c: cPrev }, h) => {
    const terms = [{ matrix: b.matrix(layer.kernel, 4 * u), transposed: false, x }];
    if (hPrev) terms.push({ matrix: b.matrix(layer.recurrentKernel, 4 * u), transposed: false, x: hPrev });
    const gates = b.buffer(4 * u);
    b.affine(gates, terms, layer.bias?.data ?? null);
    if (fused) {
      const c = b.buffer(u);
      const activation = layer.activation as Elementwise;
      b.emit({
        kind: "lstm",
        gates,
        cPrev,
        c,
        h,
        activation,
        recurrent: layer.recurrentActivation as Elementwise,
      });
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
    multiplyInto(b, h, output, b.activate(cell, layer.activation));
    return { h, c: b.range(cell) };
  };
}

/** z and r from input and state; the candidate's recurrent part is computed whole, then gated by r. */
function gruResetAfterCell(layer: GruLayer): Cell {
  const { units: u, kernel, recurrentKernel, bias } = layer;
  const fused = fusable(layer.activation, layer.recurrentActivation);
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
      const activation = layer.activation as Elementwise;
      const recurrent = layer.recurrentActivation as Elementwise;
      b.emit({ kind: "gru", gates, candidate, inner, hPrev, h, activation, recurrent });
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
function gruClassicCell(layer: GruLayer): Cell {
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

function simpleCell(layer: SimpleRnnLayer): Cell {
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
    else copyInto(b, h, b.activate(tensorOf(sum, [u]), layer.activation));
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

function multiplyInto(b: Builder, y: Range, left: Tensor, right: Tensor): void {
  b.emit({ kind: "multiply", y, a: b.range(left), b: b.range(right), accumulate: false });
}

function copyInto(b: Builder, y: Range, tensor: Tensor): void {
  b.emit({ kind: "combine", y, terms: [{ x: b.range(tensor), factor: 1 }], accumulate: false });
}
