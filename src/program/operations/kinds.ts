import type { Kind } from "../operation.js";
import type { Operation } from "../program.js";
import { affine } from "./affine.js";
import { gru, gruAdjoint, lstm, lstmAdjoint } from "./cells.js";
import { contract } from "./contract.js";
import { activate, activateAdjoint, combine, fill, multiply, scale } from "./elementwise.js";
import { normalise, normaliseAdjoint } from "./normalise.js";
import { gather, maximum, maximumAdjoint, scatter } from "./selection.js";
import { softmax, softmaxAdjoint } from "./softmax.js";

const kinds: { [K in Operation["kind"]]: Kind<Extract<Operation, { kind: K }>> } = {
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
