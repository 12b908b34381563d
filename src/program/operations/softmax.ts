import type { Kind } from "../operation.js";
import type { Softmax, SoftmaxAdjoint } from "../program.js";

/** y = softmax(x), log softmax, or sparsemax (Martins & Astudillo 2016), over the range. */
export const softmax: Kind<Softmax> = {
  ranges: { y: "written", x: "read" },
  assigns: () => true,
  elementwise: false,
  multiplyAdds: (op) => 10 * op.y.n,

  differentiate({ y, x, form }, adjoints) {
    const dy = adjoints.of(y);
    if (!dy) return;
    const dx = adjoints.into(x);
    adjoints.emit({ kind: "softmax-adjoint", dx: dx.range, dy, y, form, accumulate: dx.accumulate });
  },

  run({ y, x, form }, { arena, lanes }) {
    const values = new Float64Array(x.n);
    for (let lane = 0; lane < lanes; lane++) {
      for (let i = 0; i < x.n; i++) values[i] = arena[(x.at + i) * lanes + lane]!;
      if (form === "sparsemax") {
        const threshold = sparsemaxThreshold(values);
        for (let i = 0; i < x.n; i++) arena[(y.at + i) * lanes + lane] = Math.max(values[i]! - threshold, 0);
        continue;
      }
      const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
      const total = values.reduce((sum, v) => sum + Math.exp(v - most), 0);
      for (let i = 0; i < x.n; i++) {
        const shifted = values[i]! - most;
        arena[(y.at + i) * lanes + lane] =
          form === "softmax" ? Math.exp(shifted) / total : shifted - Math.log(total);
      }
    }
  },
};

/** softmax: y ∘ (dy − Σ dy∘y); log softmax: dy − e^y · Σ dy; sparsemax: dy less its mean, on the support. */
export const softmaxAdjoint: Kind<SoftmaxAdjoint> = {
  ranges: { dx: "written", dy: "read", y: "read" },
  assigns: (op) => !op.accumulate,
  elementwise: false,
  multiplyAdds: (op) => 4 * op.dx.n,

  run({ dx, dy, y, form, accumulate }, { arena, lanes }) {
    for (let lane = 0; lane < lanes; lane++) {
      let sum = 0;
      let support = 0;
      for (let i = 0; i < y.n; i++) {
        const value = arena[(y.at + i) * lanes + lane]!;
        const d = arena[(dy.at + i) * lanes + lane]!;
        if (form === "softmax") sum += d * value;
        else if (form === "log_softmax" || value > 0) sum += d;
        if (value > 0) support++;
      }
      for (let i = 0; i < y.n; i++) {
        const value = arena[(y.at + i) * lanes + lane]!;
        const d = arena[(dy.at + i) * lanes + lane]!;
        let result: number;
        if (form === "softmax") result = value * (d - sum);
        else if (form === "log_softmax") result = d - Math.exp(value) * sum;
        else result = value > 0 ? d - sum / support : 0;
        const to = (dx.at + i) * lanes + lane;
        arena[to] = accumulate ? arena[to]! + result : result;
      }
    }
  },
};

/** The τ with Σ max(z − τ, 0) = 1. */
function sparsemaxThreshold(z: Float64Array): number {
  const sorted = Float64Array.from(z).sort().reverse();
  let sum = 0;
  let threshold = Number.NaN;
  for (let k = 0; k < sorted.length; k++) {
    sum += sorted[k]!;
    if (1 + (k + 1) * sorted[k]! > sum) threshold = (sum - 1) / (k + 1);
  }
  return threshold;
}
