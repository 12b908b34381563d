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
export const readsOf = (op: Operation): Range[] => rangesIn(op, FIELDS.get(op.kind)!.read);

/** The ranges that an operation writes. */
export const writesOf = (op: Operation): Range[] => rangesIn(op, FIELDS.get(op.kind)!.written);

/** The operation with each of its ranges mapped. */
export function mapRanges<Op extends Operation>(op: Op, map: (range: Range) => Range): Op {
  const fields = FIELDS.get(op.kind)!.all.map((field) => {
    const held = heldIn(op, field);
    if (!isList(held)) return [field, held && map(held)];
    return [field, held.map((each) => ("x" in each ? { ...each, x: map(each.x) } : map(each)))];
  });
  return { ...op, ...Object.fromEntries(fields) };
}

/** The fields that hold ranges, of each kind, by what it does to them. */
const FIELDS = new Map(
  Object.entries(kinds).map(([kind, { ranges }]) => {
    const all: readonly [string, Touch][] = Object.entries(ranges);
    const touched = (touch: Touch) =>
      all.filter(([, does]) => does === touch || does === "both").map(([field]) => field);
    return [kind, { all: Object.keys(ranges), read: touched("read"), written: touched("written") }] as const;
  }),
);

function rangesIn(op: Operation, fields: readonly string[]): Range[] {
  const ranges: Range[] = [];
  for (const field of fields) {
    const held = heldIn(op, field);
    if (isList(held)) for (const each of held) ranges.push("x" in each ? each.x : each);
    else if (held) ranges.push(held);
  }
  return ranges;
}

const heldIn = (op: Operation, field: string): Ranges =>
  (op as unknown as Readonly<Record<string, Ranges>>)[field]!;

const isList = (held: Ranges): held is Extract<Ranges, readonly unknown[]> => Array.isArray(held);
