import { messageOf, UserError } from "../shared/errors.js";
import type { Builder } from "./builder.js";
import type { Node } from "./graph.js";
import { misfit, shown, stack, step, type Tensor } from "./tensor.js";
import { checkWeights, type Shape } from "./weight.js";

/**
 * Places one call of a layer on its input tensors (shapes without the batch axis) and returns its results.
 * @throws UserError where the layer cannot be applied to them, and an Error with its cause for any defect of ours;
 * both name the layer.
 */
export function placeNode(node: Node, inputs: readonly Tensor[], b: Builder): Tensor[] {
  try {
    const shapes = inputs.map(({ shape }) => shape);
    checkCall(node, shapes);
    const results = placeEach(node, inputs, node.perStep, b);
    if (results.some(({ units }) => units.length === 0))
      misfit(`leaves no values of its input of ${shapes.map(shown).join(" and ")}`);
    return results;
  } catch (cause) {
    if (cause instanceof UserError) throw new UserError(`layer ${node.name}: ${cause.message}`, { cause });
    throw new Error(`layer ${node.name} (${node.layer.kind}): ${messageOf(cause)}`, { cause });
  }
}

/** Checks what every layer states about the tensors that it is called on. */
function checkCall({ layer, kind, perStep }: Node, inputs: readonly Shape[]): void {
  const [least, most] = kind.inputs;
  if (inputs.length < least || inputs.length > most) {
    const range =
      least === most ? `${least}` : most === Infinity ? `${least} or more` : `${least} to ${most}`;
    misfit(`is called on ${inputs.length} tensors, and takes ${range}`);
  }
  const steps = inputs.map((shape) => shape.slice(0, perStep));
  if (steps.some((each) => each.length < perStep || each.join() !== steps[0]!.join()))
    misfit(
      `is applied to each step along ${perStep} axes, and its input is ${inputs.map(shown).join(" and ")}`,
    );
  const shapes = inputs.map((shape) => shape.slice(perStep));
  const x = shapes[0]!;
  if (kind.takes === "sequence" && x.length !== 2)
    misfit(`takes [steps, features], and its input is ${shown(x)}`);
  checkWeights(kind.weights(layer, shapes), x);
}

/** Places the layer on each step of so many leading axes by itself. */
function placeEach(node: Node, inputs: readonly Tensor[], times: number, b: Builder): Tensor[] {
  if (times === 0) return node.kind.place(node.layer, inputs, b);
  const each = Array.from({ length: inputs[0]!.shape[0]! }, (_, t) =>
    placeEach(
      node,
      inputs.map((x) => step(x, t)),
      times - 1,
      b,
    ),
  );
  return each[0]!.map((_, result) => stack(each.map((results) => results[result]!)));
}
