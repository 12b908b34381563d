import type { Kind } from "../operation.js";
import type { Gather, Maximum, MaximumAdjoint, Scatter } from "../program.js";

/** y = max of xs, unit by unit. */
export const maximum: Kind<Maximum> = {
  ranges: { y: "written", xs: "read" },
  assigns: () => true,
  elementwise: true,
  multiplyAdds: (op) => op.xs.length * op.y.n,

  differentiate({ y, xs, tie }, adjoints) {
    const dy = adjoints.of(y);
    if (!dy) return;
    adjoints.emit({ kind: "maximum-adjoint", dxs: xs.map((x) => adjoints.onto(x)), dy, y, xs, tie });
  },

  run({ y, xs, least }, { arena, lanes }) {
    const better = least ? Math.min : Math.max;
    for (let i = 0; i < y.n * lanes; i++) {
      let best = arena[xs[0]!.at * lanes + i]!;
      for (const x of xs) best = better(best, arena[x.at * lanes + i]!);
      arena[y.at * lanes + i] = best;
    }
  },
};

/** dx += dy for the x that attains the maximum: the first of them, or a share to each. */
export const maximumAdjoint: Kind<MaximumAdjoint> = {
  ranges: { dxs: "written", dy: "read", y: "read", xs: "read" },
  assigns: () => false,
  elementwise: false,
  multiplyAdds: (op) => op.xs.length * op.y.n,

  run({ dxs, dy, y, xs, tie }, { arena, lanes }) {
    for (let i = 0; i < y.n * lanes; i++) {
      const best = arena[y.at * lanes + i]!;
      const winners = dxs.filter((_, k) => arena[xs[k]!.at * lanes + i] === best);
      const taking = tie === "first" ? winners.slice(0, 1) : winners;
      for (const dx of taking) arena[dx.at * lanes + i]! += arena[dy.at * lanes + i]! / taking.length;
    }
  },
};

/** y[i] = x[index[i]], 0 where the index is −1. */
export const gather: Kind<Gather> = {
  ranges: { y: "written", x: "read" },
  assigns: () => true,
  elementwise: false,
  multiplyAdds: (op) => op.y.n,

  differentiate(op, adjoints) {
    const dy = adjoints.of(op.y);
    if (!dy) return;
    adjoints.emit({ kind: "scatter", dx: adjoints.onto(op.x), dy, index: op.index });
  },

  run(op, { arena, lanes, indices }) {
    const index = indices[op.index]!; // [y.n]
    for (let i = 0; i < op.y.n; i++) {
      const from = index[i]!;
      const to = (op.y.at + i) * lanes;
      for (let lane = 0; lane < lanes; lane++)
        arena[to + lane] = from < 0 ? 0 : arena[(op.x.at + from) * lanes + lane]!;
    }
  },
};

/** dx[index[i]] += dy[i]. */
export const scatter: Kind<Scatter> = {
  ranges: { dx: "written", dy: "read" },
  assigns: () => false,
  elementwise: false,
  multiplyAdds: (op) => op.dy.n,

  run(op, { arena, lanes, indices }) {
    const index = indices[op.index]!; // [dy.n]
    for (let i = 0; i < op.dy.n; i++) {
      const to = index[i]!;
      if (to < 0) continue;
      for (let lane = 0; lane < lanes; lane++) {
        arena[(op.dx.at + to) * lanes + lane]! += arena[(op.dy.at + i) * lanes + lane]!;
      }
    }
  },
};
