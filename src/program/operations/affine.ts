import type { Kind } from "../operation.js";
import type { Affine } from "../program.js";

/** y (+)= bias + Σ Mᵀ·x. Its adjoint is itself, transposed: dx (+)= M·dy. */
export const affine: Kind<Affine> = {
  ranges: { y: "written", terms: "read" },
  assigns: (op) => !op.accumulate,
  elementwise: false,
  multiplyAdds: (op) => op.terms.reduce((sum, term) => sum + term.x.n * op.y.n, 0),

  differentiate(op, adjoints) {
    const dy = adjoints.of(op.y);
    if (!dy) return;
    for (const { matrix, transposed, x } of op.terms) {
      const dx = adjoints.into(x);
      adjoints.emit({
        kind: "affine",
        y: dx.range,
        terms: [{ matrix, transposed: !transposed, x: dy }],
        bias: -1,
        accumulate: dx.accumulate,
      });
    }
  },

  run({ y, terms, bias, accumulate }, { arena, lanes, matrices, vectors }) {
    for (let j = 0; j < y.n; j++) {
      const row = (y.at + j) * lanes;
      const start = bias < 0 ? 0 : vectors[bias]![j]!;
      for (let lane = 0; lane < lanes; lane++)
        arena[row + lane] = start + (accumulate ? arena[row + lane]! : 0);
      for (const { matrix, transposed, x } of terms) {
        const { data, cols } = matrices[matrix]!; // [rows, cols]
        for (let i = 0; i < x.n; i++) {
          const weight = transposed ? data[j * cols + i]! : data[i * cols + j]!;
          const from = (x.at + i) * lanes;
          for (let lane = 0; lane < lanes; lane++) arena[row + lane]! += weight * arena[from + lane]!;
        }
      }
    }
  },
};
