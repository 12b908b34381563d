import { UserError } from "../shared/errors.js";

/** Lengths of a tensor's axes, without the batch's. */
export type Shape = readonly number[];

/** A weight tensor, row-major, in the layout Keras keeps it. */
export interface Weight {
  readonly shape: Shape;
  readonly data: Float64Array; // [product of shape]
}

/** A weight of a layer (null: the layer does without) and the shape that its input asks of it. */
export type ExpectedWeight = readonly [name: string, weight: Weight | null, shape: Shape];

/**
 * Checks a layer's weights against the shape `x` that it is called on. The configuration of a layer does not say
 * the width of its input, so a file can hold weights that fit the one and not the other.
 * @throws UserError that names the weight, its shape and the shape it needs.
 */
export function checkWeights(expected: readonly ExpectedWeight[], x: Shape): void {
  for (const [name, weight, shape] of expected) {
    if (weight && !(weight.shape.length === shape.length && weight.shape.every((n, i) => n === shape[i]))) {
      throw new UserError(
        `its ${name} has shape [${weight.shape.join(", ")}], its input of (${x.join(", ")}) needs [${shape.join(", ")}]; save the model again`,
      );
    }
  }
}
