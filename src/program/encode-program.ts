import { Constants, encodeFields, type ValuesOf } from "./encode-fields.js";
import { type Fields, OPERATIONS } from "./operation-layouts.js";
import type { Operation, Program } from "./program.js";
import { PROGRAM, VERSION } from "./program-layouts.js";
import { sizeOf } from "./tensor.js";

/** A program as the kernel takes it: words and numbers, with no pointer and no name in it. */
export interface EncodedProgram {
  readonly code: Int32Array;
  /** Weights and other constants; code refers to them by index. */
  readonly constants: Float64Array;
}

/**
 * Encodes a program: its head, its tables of matrices, vectors and indices, the forward operations, the targets,
 * all of them records of program-layouts.ts and operation-layouts.ts.
 */
export function encodeProgram(program: Program): EncodedProgram {
  const constants = new Constants();
  const code: number[] = [];
  const put = (words: Iterable<number>) => {
    for (const word of words) code.push(word); // not one call with all: a table may have millions
  };
  const record = <F extends Fields>({ fields }: { fields: F }, values: ValuesOf<F>) =>
    put(encodeFields(fields, values, constants));
  const section = (operations: readonly Operation[]) => {
    record(PROGRAM.section, { operations: operations.length });
    for (const op of operations) {
      const words = operationWords(op, constants);
      record(PROGRAM.operation, { code: CODES.indexOf(op.kind), words: words.length });
      put(words);
    }
  };
  record(PROGRAM.program, {
    version: VERSION,
    units: program.units,
    steps: program.steps,
    features: program.features,
    input: program.input,
    aux: program.aux,
    matrices: program.matrices.length,
    vectors: program.vectors.length,
    tables: program.indices.length,
    targets: program.targets.length,
  });
  for (const matrix of program.matrices) record(PROGRAM.matrix, matrix);
  for (const data of program.vectors) record(PROGRAM.vector, { n: data.length, data });
  for (const table of program.indices) {
    put([table.length]);
    put(table);
  }
  section(program.forward);
  for (const { shape, output, seed, gradient, adjoint } of program.targets) {
    record(PROGRAM.target, { m: sizeOf(shape), output, seed, gradient });
    section(adjoint);
  }
  return { code: Int32Array.from(code), constants: constants.take() };
}

const CODES = Object.keys(OPERATIONS);

function operationWords(op: Operation, constants: Constants): number[] {
  const values = valuesOf[op.kind] as (op: Operation) => ValuesOf<Fields>;
  return encodeFields(OPERATIONS[op.kind].fields, values(op), constants);
}

type OperationOf<K> = Extract<Operation, { kind: K }>;
type ValuesOfKind<K extends Operation["kind"]> = ValuesOf<(typeof OPERATIONS)[K]["fields"]>;

/** An operation's values for its layout: most operations have the very fields, and are given as they are. */
const valuesOf: { readonly [K in Operation["kind"]]: (op: OperationOf<K>) => ValuesOfKind<K> } = {
  affine: (op) => op,
  combine: (op) => op,
  scale: (op) => op,
  multiply: (op) => op,
  contract: ({ size: [rows, cols, inner], strideY, strideA, strideB, ...op }) => {
    const [yRow, yCol] = strideY;
    const [aRow, aInner] = strideA;
    const [bInner, bCol] = strideB;
    return { ...op, rows, cols, inner, yRow, yCol, aRow, aInner, bInner, bCol };
  },
  activate: (op) => op,
  "activate-adjoint": (op) => op,
  maximum: ({ y, least, xs }) => ({ y, least, operands: xs.map((x) => ({ x })) }),
  "maximum-adjoint": ({ dy, y, tie, dxs, xs }) => ({
    dy,
    y,
    share: tie === "share",
    operands: xs.map((x, i) => ({ dx: dxs[i]!, x })),
  }),
  softmax: (op) => op,
  "softmax-adjoint": (op) => op,
  normalise: (op) => op,
  "normalise-adjoint": (op) => op,
  gather: (op) => op,
  scatter: (op) => op,
  fill: (op) => op,
  lstm: (op) => ({ ...op, n: op.h.n }),
  "lstm-adjoint": (op) => ({ ...op, n: op.c.n }),
  gru: (op) => ({ ...op, n: op.h.n }),
  "gru-adjoint": (op) => ({ ...op, n: op.candidate.n }),
};
