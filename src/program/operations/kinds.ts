import type { Kind, Ranges, Touch } from "../operation.js";
import type { Operation, Range } from "../program.js";
import { affine } from "./affine.js";
import { gru, gruAdjoint, lstm, lstmAdjoint } from "./cells.js";
import { contract } from "./contract.js";
import { activate, activateAdjoint, combine, fill, multiply, scale } from "./elementwise.js";
import { normalise, normaliseAdjoint } from "./normalise.js";
import { gather, maximum, maximumAdjoint, scatter } from "./selection.js";
import { softmax, softmaxAdjoint } from "./softmax.js";

/** Every kind of operation, by its name in `Operation`. */
export const kinds: { readonly [K in Operation["kind"]]: Kind<Extract<Operation, { kind: K }>> } = {
  affine,
  combine,
  scale,
  multiply,
  contract,
  activate,
  "activate-adjoint": activateAdjoint,
  maximum,
  "maximum-adjoint": maximumAdjoint,
  softmax,
  "softmax-adjoint": softmaxAdjoint,
  normalise,
  "normalise-adjoint": normaliseAdjoint,
  gather,
  scatter,
  fill,
  lstm,
  "lstm-adjoint": lstmAdjoint,
  gru,
  "gru-adjoint": gruAdjoint,
};

/** All that is known of an operation's kind. */
export function kindOf(op: Operation): Kind<Operation> {
  return kinds[op.kind] as unknown as Kind<Operation>;
}

/** The ranges that an operation reads (where it accumulates, not counting the one that it adds to). */
export const readsOf = (op: Operation): Range[] => touched(op, "read");

/** The ranges that an operation writes. */
export const writesOf = (op: Operation): Range[] => touched(op, "written");

/** The operation with each of its ranges mapped. */
export function mapRanges<Op extends Operation>(op: Op, map: (range: Range) => Range): Op {
  const fields = rangesOf(op).map(([field, , held]) => {
    if (!isList(held)) return [field, held && map(held)];
    return [field, held.map((each) => ("x" in each ? { ...each, x: map(each.x) } : map(each)))];
  });
  return { ...op, ...Object.fromEntries(fields) };
}

function touched(op: Operation, touch: Touch): Range[] {
  return rangesOf(op)
    .filter(([, does]) => does === touch || does === "both")
    .flatMap(([, , held]) =>
      isList(held) ? held.map((each) => ("x" in each ? each.x : each)) : (held ?? []),
    );
}

/** Each field that holds ranges, what the operation does to them, and the ranges. */
function rangesOf(op: Operation): readonly (readonly [field: string, does: Touch, held: Ranges])[] {
  const held = op as unknown as Readonly<Record<string, Ranges>>;
  const fields: Readonly<Record<string, Touch>> = kinds[op.kind].ranges;
  return Object.entries(fields).map(([field, does]) => [field, does, held[field]!]);
}

const isList = (held: Ranges): held is Extract<Ranges, readonly unknown[]> => Array.isArray(held);
