import { derivative, derivativeFrom, activate as f } from "../activations.js";
import type { Kind } from "../operation.js";
import type { Activate, ActivateAdjoint, Combine, Fill, Multiply, Scale } from "../program.js";

/** y (+)= Σ factor · x. */
export const combine: Kind<Combine> = {
  ranges: { y: "written", terms: "read" },
  assigns: (op) => !op.accumulate,
  elementwise: true,
  multiplyAdds: (op) => op.terms.length * op.y.n,

  differentiate(op, adjoints) {
    const dy = adjoints.of(op.y);
    if (!dy) return;
    for (const { x, factor } of op.terms) {
      const dx = adjoints.into(x);
      adjoints.emit({ kind: "combine", y: dx.range, terms: [{ x: dy, factor }], accumulate: dx.accumulate });
    }
  },

  run({ y, terms, accumulate }, { arena, lanes }) {
    for (let i = 0; i < y.n * lanes; i++) {
      let sum = accumulate ? arena[y.at * lanes + i]! : 0;
      for (const { x, factor } of terms) sum += factor * arena[x.at * lanes + i]!;
      arena[y.at * lanes + i] = sum;
    }
  },
};

/** y (+)= scale ∘ x + offset. */
export const scale: Kind<Scale> = {
  ranges: { y: "written", x: "read" },
  assigns: (op) => !op.accumulate,
  elementwise: true,
  multiplyAdds: (op) => op.y.n,

  differentiate(op, adjoints) {
    const dy = adjoints.of(op.y);
    if (!dy) return;
    const dx = adjoints.into(op.x);
    adjoints.emit({ ...op, y: dx.range, x: dy, offset: -1, accumulate: dx.accumulate });
  },

  run(op, { arena, lanes, vectors }) {
    const factors = vectors[op.scale]!;
    const offsets = op.offset < 0 ? null : vectors[op.offset]!;
    for (let i = 0; i < op.y.n; i++) {
      const to = (op.y.at + i) * lanes;
      const from = (op.x.at + i) * lanes;
      for (let lane = 0; lane < lanes; lane++) {
        const value = factors[i]! * arena[from + lane]! + (offsets ? offsets[i]! : 0);
        arena[to + lane] = op.accumulate ? arena[to + lane]! + value : value;
      }
    }
  },
};

/** y (+)= a ∘ b. */
export const multiply: Kind<Multiply> = {
  ranges: { y: "written", a: "read", b: "read" },
  assigns: (op) => !op.accumulate,
  elementwise: true,
  multiplyAdds: (op) => op.y.n,

  differentiate(op, adjoints) {
    const dy = adjoints.of(op.y);
    if (!dy) return;
    const da = adjoints.into(op.a);
    adjoints.emit({ kind: "multiply", y: da.range, a: dy, b: op.b, accumulate: da.accumulate });
    const db = adjoints.into(op.b);
    adjoints.emit({ kind: "multiply", y: db.range, a: dy, b: op.a, accumulate: db.accumulate });
  },

  run({ y, a, b, accumulate }, { arena, lanes }) {
    for (let i = 0; i < y.n * lanes; i++) {
      const value = arena[a.at * lanes + i]! * arena[b.at * lanes + i]!;
      arena[y.at * lanes + i] = accumulate ? arena[y.at * lanes + i]! + value : value;
    }
  },
};

/** y = f(x). */
export const activate: Kind<Activate> = {
  ranges: { y: "written", x: "read" },
  assigns: () => true,
  elementwise: true,
  multiplyAdds: (op) => 8 * op.y.n,

  differentiate(op, adjoints) {
    const dy = adjoints.of(op.y);
    if (!dy) return;
    const dx = adjoints.into(op.x);
    const v = derivativeFrom(op.f) === "y" ? op.y : op.x;
    adjoints.emit({ kind: "activate-adjoint", dx: dx.range, dy, v, f: op.f, accumulate: dx.accumulate });
  },

  run(op, { arena, lanes }) {
    for (let i = 0; i < op.y.n * lanes; i++)
      arena[op.y.at * lanes + i] = f(op.f, arena[op.x.at * lanes + i]!);
  },
};

/** dx (+)= f′ ∘ dy. */
export const activateAdjoint: Kind<ActivateAdjoint> = {
  ranges: { dx: "written", dy: "read", v: "read" },
  assigns: (op) => !op.accumulate,
  elementwise: true,
  multiplyAdds: (op) => 4 * op.dx.n,

  run(op, { arena, lanes }) {
    for (let i = 0; i < op.dx.n * lanes; i++) {
      const value = derivative(op.f, arena[op.v.at * lanes + i]!) * arena[op.dy.at * lanes + i]!;
      arena[op.dx.at * lanes + i] = op.accumulate ? arena[op.dx.at * lanes + i]! + value : value;
    }
  },
};

/** y = a constant, which nothing differentiates. */
export const fill: Kind<Fill> = {
  ranges: { y: "written" },
  assigns: () => true,
  elementwise: true,
  multiplyAdds: () => 0,
  differentiate() {},

  run({ y, value }, { arena, lanes }) {
    arena.fill(value, y.at * lanes, (y.at + y.n) * lanes);
  },
};
