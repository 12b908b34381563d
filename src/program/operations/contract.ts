import type { Kind } from "../operation.js";
import type { Contract } from "../program.js";

/** y[i, j] (+)= factor · Σₖ a[i, k] · b[k, j] of two computed operands. Its adjoints are two of the same. */
export const contract: Kind<Contract> = {
  ranges: { y: "written", a: "read", b: "read" },
  assigns: (op) => !op.accumulate && op.y.n === op.size[0] * op.size[1],
  elementwise: false,
  multiplyAdds: (op) => op.size[0] * op.size[1] * op.size[2],

  differentiate(op, adjoints) {
    const dy = adjoints.of(op.y);
    if (!dy) return;
    const [i, j, k] = op.size;
    const [yi, yj] = op.strideY;
    const [ai, ak] = op.strideA;
    const [bk, bj] = op.strideB;
    const common = { kind: "contract", factor: op.factor, accumulate: true } as const;
    adjoints.emit({
      ...common, // da = factor · dy · bᵀ
      y: adjoints.onto(op.a),
      a: dy,
      b: op.b,
      size: [i, k, j],
      strideY: [ai, ak],
      strideA: [yi, yj],
      strideB: [bj, bk],
    });
    adjoints.emit({
      ...common, // db = factor · aᵀ · dy
      y: adjoints.onto(op.b),
      a: op.a,
      b: dy,
      size: [k, j, i],
      strideY: [bk, bj],
      strideA: [ak, ai],
      strideB: [yi, yj],
    });
  },

  run({ y, a, b, size, strideY, strideA, strideB, factor, accumulate }, { arena, lanes }) {
    const [rows, cols, inner] = size;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        const to = (y.at + i * strideY[0] + j * strideY[1]) * lanes;
        for (let lane = 0; lane < lanes; lane++) {
          let sum = 0;
          for (let k = 0; k < inner; k++) {
            const left = (a.at + i * strideA[0] + k * strideA[1]) * lanes;
            const right = (b.at + k * strideB[0] + j * strideB[1]) * lanes;
            sum += arena[left + lane]! * arena[right + lane]!;
          }
          arena[to + lane] = factor * sum + (accumulate ? arena[to + lane]! : 0);
        }
      }
    }
  },
};
