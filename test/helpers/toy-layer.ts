import { type LayerFamily, plainKind } from "../../src/model/layer-family.js";
import type { Weight } from "../../src/program/weight.js";

/** y = weight ∘ (x + shift)², the weight over the last axis. */
export interface ShiftedSquareLayer {
  readonly kind: "ShiftedSquare";
  readonly shift: number;
  readonly weight: Weight; // [features]
}

/** A family of one layer that no Keras has, as docs/architecture.md tells to write one. */
export const shiftedSquare: LayerFamily<ShiftedSquareLayer> = {
  classes: {
    ShiftedSquare: ({ config, weights }) => {
      const shift = config.number("shift", 0);
      const weight = weights.want("weight", [null]);
      return () => ({ kind: "ShiftedSquare", shift, weight });
    },
  },
  kinds: {
    ShiftedSquare: {
      inputs: [1, 1],
      takes: "any",
      weights: ({ weight }, [x]) => [["weight", weight, [x!.at(-1) ?? 0]]],
      results: () => 1,
      place({ shift, weight }, [x], b) {
        const { length } = x!.units;
        const constants = (of: (i: number) => number) => Float64Array.from({ length }, (_, i) => of(i));
        const moved = b.scale(
          x!,
          constants(() => 1),
          constants(() => shift),
        );
        const square = b.multiply(moved, moved);
        const scale = constants((i) => weight.data[i % weight.data.length]!);
        return [b.scale(square, scale, null)];
      },
    },
  },
};

/** scale · x + offset, as Keras' Rescaling by another name. */
export interface ToyRescalingLayer {
  readonly kind: "ToyRescaling";
  readonly scale: number;
  readonly offset: number;
}

/** A family that stands in for a layer of Keras, whose results are recorded. */
export const toyRescaling: LayerFamily<ToyRescalingLayer> = {
  classes: {
    ToyRescaling: ({ config }) => {
      const [scale, offset] = [config.number("scale", 1), config.number("offset", 0)].map(Math.fround); // as Keras does
      return () => ({ kind: "ToyRescaling", scale: scale!, offset: offset! });
    },
  },
  kinds: {
    ToyRescaling: plainKind("any", ({ scale, offset }, x, b) => {
      const all = (value: number) => new Float64Array(x.units.length).fill(value);
      return b.scale(x, all(scale), all(offset));
    }),
  },
};
