import type { Kind } from "../operation.js";
import type { Normalise, NormaliseAdjoint } from "../program.js";

/** y = (x − mean) · inverse over the range, with the reciprocal of the divisor kept for the adjoint. */
export const normalise: Kind<Normalise> = {
  ranges: { y: "written", inverse: "written", x: "read" },
  assigns: () => true,
  elementwise: false,
  multiplyAdds: (op) => 4 * op.y.n,

  differentiate({ y, inverse, x, form, epsilon }, adjoints) {
    const dy = adjoints.of(y);
    if (!dy) return;
    const dx = adjoints.into(x);
    adjoints.emit({
      kind: "normalise-adjoint",
      dx: dx.range,
      dy,
      y,
      inverse,
      form,
      epsilon,
      accumulate: dx.accumulate,
    });
  },

  run({ y, inverse, x, form, epsilon }, { arena, lanes }) {
    for (let lane = 0; lane < lanes; lane++) {
      let mean = 0;
      if (form === "layer") {
        for (let i = 0; i < x.n; i++) mean += arena[(x.at + i) * lanes + lane]!;
        mean /= x.n;
      }
      let squares = 0;
      for (let i = 0; i < x.n; i++) squares += (arena[(x.at + i) * lanes + lane]! - mean) ** 2;
      const divisor = form === "unit" ? Math.max(squares, epsilon) : squares / x.n + epsilon;
      const reciprocal = 1 / Math.sqrt(divisor);
      arena[inverse.at * lanes + lane] = reciprocal;
      for (let i = 0; i < x.n; i++) {
        arena[(y.at + i) * lanes + lane] = (arena[(x.at + i) * lanes + lane]! - mean) * reciprocal;
      }
    }
  },
};

/** dx = inverse · (dy − mean(dy) − y · mean(dy∘y)); rms: no mean(dy); unit: a sum in place of the second mean. */
export const normaliseAdjoint: Kind<NormaliseAdjoint> = {
  ranges: { dx: "written", dy: "read", y: "read", inverse: "read" },
  assigns: (op) => !op.accumulate,
  elementwise: false,
  multiplyAdds: (op) => 5 * op.dx.n,

  run({ dx, dy, y, inverse, form, epsilon, accumulate }, { arena, lanes }) {
    const n = y.n;
    for (let lane = 0; lane < lanes; lane++) {
      let sum = 0; // Σ dy
      let along = 0; // Σ dy∘y
      for (let i = 0; i < n; i++) {
        const d = arena[(dy.at + i) * lanes + lane]!;
        sum += d;
        along += d * arena[(y.at + i) * lanes + lane]!;
      }
      const reciprocal = arena[inverse.at * lanes + lane]!;
      if (form !== "layer") sum = 0;
      // A vector shorter than √ε is divided by the constant √ε: its length then has no part in the derivative.
      const held = form === "unit" && reciprocal >= 1 / Math.sqrt(epsilon);
      const share = form === "unit" ? (held ? 0 : 1) : 1 / n;
      for (let i = 0; i < n; i++) {
        const d = arena[(dy.at + i) * lanes + lane]!;
        const result = reciprocal * (d - sum / n - arena[(y.at + i) * lanes + lane]! * along * share);
        const to = (dx.at + i) * lanes + lane;
        arena[to] = accumulate ? arena[to]! + result : result;
      }
    }
  },
};
