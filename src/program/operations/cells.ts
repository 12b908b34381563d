import { activate, derivative } from "../activations.js";
import type { Adjoints, Kind } from "../operation.js";
import type { Gru, GruAdjoint, Lstm, LstmAdjoint, Range } from "../program.js";

/** One step of an LSTM (Hochreiter & Schmidhuber 1997, with Keras' gate order i, f, g, o). */
export const lstm: Kind<Lstm> = {
  ranges: { gates: "both", cPrev: "read", c: "written", h: "written" },
  assigns: () => true,
  elementwise: false,
  multiplyAdds: (op) => 40 * op.h.n,

  differentiate(op, adjoints) {
    const dh = adjoints.of(op.h);
    const dc = adjoints.of(op.c);
    if (!dh && !dc) return;
    const dGates = fresh(op.gates, adjoints);
    const dcPrev = op.cPrev && fresh(op.cPrev, adjoints);
    adjoints.emit({
      kind: "lstm-adjoint",
      dGates: dGates.range,
      dcPrev: dcPrev?.range ?? null,
      dh,
      dc,
      gates: op.gates,
      cPrev: op.cPrev,
      c: op.c,
      activation: op.activation,
      recurrent: op.recurrent,
    });
    dGates.settle();
    dcPrev?.settle();
  },

  run({ gates, cPrev, c, h, activation, recurrent }, { arena, lanes }) {
    const n = h.n * lanes;
    const at = gates.at * lanes;
    for (let u = 0; u < n; u++) {
      const i = activate(recurrent, arena[at + u]!);
      const f = activate(recurrent, arena[at + n + u]!);
      const g = activate(activation, arena[at + 2 * n + u]!);
      const o = activate(recurrent, arena[at + 3 * n + u]!);
      const kept = cPrev ? f * arena[cPrev.at * lanes + u]! : 0;
      const cell = kept + i * g;
      arena[at + u] = i;
      arena[at + n + u] = f;
      arena[at + 2 * n + u] = g;
      arena[at + 3 * n + u] = o;
      arena[c.at * lanes + u] = cell;
      arena[h.at * lanes + u] = o * activate(activation, cell);
    }
  },
};

/** The adjoint of an LSTM's step: from dh and dc the adjoints of the gates before activation and of the cell before. */
export const lstmAdjoint: Kind<LstmAdjoint> = {
  ranges: {
    dGates: "written",
    dcPrev: "written",
    dh: "read",
    dc: "read",
    gates: "read",
    cPrev: "read",
    c: "read",
  },
  assigns: () => true,
  elementwise: true, // dGates may take the gates' place,
  multiplyAdds: (op) => 25 * op.c.n,

  run({ dGates, dcPrev, dh, dc, gates, cPrev, c, activation, recurrent }, { arena, lanes }) {
    const n = c.n * lanes;
    const at = gates.at * lanes;
    const to = dGates.at * lanes;
    for (let u = 0; u < n; u++) {
      const i = arena[at + u]!;
      const f = arena[at + n + u]!;
      const g = arena[at + 2 * n + u]!;
      const o = arena[at + 3 * n + u]!;
      const shown = activate(activation, arena[c.at * lanes + u]!); // the activated cell
      const dHidden = dh ? arena[dh.at * lanes + u]! : 0;
      const dCell = (dc ? arena[dc.at * lanes + u]! : 0) + dHidden * o * derivative(activation, shown);
      const previous = cPrev ? arena[cPrev.at * lanes + u]! : 0;
      arena[to + u] = dCell * g * derivative(recurrent, i);
      arena[to + n + u] = dCell * previous * derivative(recurrent, f);
      arena[to + 2 * n + u] = dCell * i * derivative(activation, g);
      arena[to + 3 * n + u] = dHidden * shown * derivative(recurrent, o);
      if (dcPrev) arena[dcPrev.at * lanes + u] = dCell * f;
    }
  },
};

/** One step of a GRU in the reset_after form (Cho et al. 2014; cuDNN's variant). */
export const gru: Kind<Gru> = {
  ranges: { gates: "both", candidate: "both", inner: "read", hPrev: "read", h: "written" },
  assigns: () => true,
  elementwise: false,
  multiplyAdds: (op) => 30 * op.h.n,

  differentiate(op, adjoints) {
    const dh = adjoints.of(op.h);
    if (!dh) return;
    const dGates = fresh(op.gates, adjoints);
    const dCandidate = fresh(op.candidate, adjoints);
    const dInner = fresh(op.inner, adjoints);
    const dhPrev = op.hPrev && fresh(op.hPrev, adjoints);
    adjoints.emit({
      kind: "gru-adjoint",
      dGates: dGates.range,
      dCandidate: dCandidate.range,
      dInner: dInner.range,
      dhPrev: dhPrev?.range ?? null,
      dh,
      gates: op.gates,
      candidate: op.candidate,
      inner: op.inner,
      hPrev: op.hPrev,
      activation: op.activation,
      recurrent: op.recurrent,
    });
    for (const part of [dGates, dCandidate, dInner, dhPrev]) part?.settle();
  },

  run({ gates, candidate, inner, hPrev, h, activation, recurrent }, { arena, lanes }) {
    const n = h.n * lanes;
    const at = gates.at * lanes;
    for (let u = 0; u < n; u++) {
      const z = activate(recurrent, arena[at + u]!);
      const r = activate(recurrent, arena[at + n + u]!);
      const proposed = activate(
        activation,
        arena[candidate.at * lanes + u]! + r * arena[inner.at * lanes + u]!,
      );
      const previous = hPrev ? arena[hPrev.at * lanes + u]! : 0;
      arena[at + u] = z;
      arena[at + n + u] = r;
      arena[candidate.at * lanes + u] = proposed;
      arena[h.at * lanes + u] = z * previous + (1 - z) * proposed;
    }
  },
};

/** The adjoint of a GRU's step: from dh those of the gates, the candidate's two parts and the state before. */
export const gruAdjoint: Kind<GruAdjoint> = {
  ranges: {
    dGates: "written",
    dCandidate: "written",
    dInner: "written",
    dhPrev: "written",
    dh: "read",
    gates: "read",
    candidate: "read",
    inner: "read",
    hPrev: "read",
  },
  assigns: () => true,
  elementwise: true,
  multiplyAdds: (op) => 20 * op.candidate.n,

  run(op, { arena, lanes }) {
    const n = op.candidate.n * lanes;
    const at = op.gates.at * lanes;
    const to = op.dGates.at * lanes;
    for (let u = 0; u < n; u++) {
      const z = arena[at + u]!;
      const r = arena[at + n + u]!;
      const proposed = arena[op.candidate.at * lanes + u]!;
      const inner = arena[op.inner.at * lanes + u]!;
      const previous = op.hPrev ? arena[op.hPrev.at * lanes + u]! : 0;
      const dh = arena[op.dh.at * lanes + u]!;
      const dSum = dh * (1 - z) * derivative(op.activation, proposed);
      arena[to + u] = dh * (previous - proposed) * derivative(op.recurrent, z);
      arena[to + n + u] = dSum * inner * derivative(op.recurrent, r);
      arena[op.dCandidate.at * lanes + u] = dSum;
      arena[op.dInner.at * lanes + u] = dSum * r;
      if (op.dhPrev) arena[op.dhPrev.at * lanes + u] = dh * z;
    }
  },
};

/**
 * Where a cell's adjoint, which assigns, may write: the range's own adjoint, or, where something has reached
 * that already (a state that two decoders start from), scratch that `settle` then adds to it.
 */
function fresh(range: Range, adjoints: Adjoints): { range: Range; settle(): void } {
  const own = adjoints.into(range);
  if (!own.accumulate) return { range: own.range, settle() {} };
  const scratch = adjoints.scratch(range.n);
  return {
    range: scratch,
    settle: () =>
      adjoints.emit({ kind: "combine", y: own.range, terms: [{ x: scratch, factor: 1 }], accumulate: true }),
  };
}
