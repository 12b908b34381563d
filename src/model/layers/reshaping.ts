import type { Builder } from "../../program/builder.js";
import {
  broadcast,
  checkUnits,
  misfit,
  reshape,
  shown,
  sizeOf,
  type Tensor,
  take,
  transpose,
} from "../../program/tensor.js";
import { channelsLast, type LayerBuilder, type LayerContext } from "../layer-context.js";
import { type LayerFamily, type LayerParser, plainKind } from "../layer-family.js";

/** All values on one axis. */
export interface FlattenLayer {
  readonly kind: "Flatten";
}

/** The same values, row-major, in another shape. */
export interface ReshapeLayer {
  readonly kind: "Reshape";
  readonly shape: readonly number[]; // without the batch axis; one −1 allowed
}

/** The axes in another order. */
export interface PermuteLayer {
  readonly kind: "Permute";
  readonly dims: readonly number[]; // 1-based, as in Keras
}

/** The input as each of `count` steps. */
export interface RepeatVectorLayer {
  readonly kind: "RepeatVector";
  readonly count: number;
}

/** Steps added to both ends of a sequence, or taken away. */
export interface EndsLayer {
  readonly kind: "ZeroPadding1D" | "Cropping1D";
  readonly before: number;
  readonly after: number;
}

/** Each step `size` times. */
export interface UpSampling1dLayer {
  readonly kind: "UpSampling1D";
  readonly size: number;
}

/** Layers that put the same values into another shape. */
export const reshaping: LayerFamily<
  FlattenLayer | ReshapeLayer | PermuteLayer | RepeatVectorLayer | EndsLayer | UpSampling1dLayer
> = {
  classes: {
    Flatten: ({ config }) => {
      channelsLast(config);
      return () => ({ kind: "Flatten" });
    },
    Reshape: parseReshape,
    Permute: parsePermute,
    RepeatVector: ({ config }) => {
      const count = config.count("n");
      return () => ({ kind: "RepeatVector", count });
    },
    ZeroPadding1D: parseEnds("ZeroPadding1D", "padding"),
    Cropping1D: parseEnds("Cropping1D", "cropping"),
    UpSampling1D: ({ config }) => {
      const size = config.axisCount("size", 2);
      return () => ({ kind: "UpSampling1D", size });
    },
  },
  kinds: {
    Flatten: plainKind("any", (_, x) => reshape(x, [x.units.length])),
    Reshape: plainKind("any", placeReshape),
    Permute: plainKind("any", placePermute),
    RepeatVector: plainKind("any", ({ count }, x) =>
      broadcast(reshape(x, [1, ...x.shape]), [count, ...x.shape]),
    ),
    ZeroPadding1D: plainKind("sequence", placeZeroPadding),
    Cropping1D: plainKind("sequence", ({ before, after }, x) =>
      take(x, 0, numbersFrom(before, x.shape[0]! - after)),
    ),
    UpSampling1D: plainKind("sequence", ({ size }, x) => {
      const steps = checkUnits(x.shape[0]! * size);
      return take(
        x,
        0,
        Array.from({ length: steps }, (_, t) => Math.floor(t / size)),
      );
    }),
  },
};

function parseReshape({ config }: LayerContext): LayerBuilder<ReshapeLayer> {
  const shape = config.integers("target_shape");
  if (shape.filter((n) => n === -1).length > 1 || shape.some((n) => n < -1 || n === 0)) {
    config.fail("target_shape", "counts of at least 1, with at most one -1");
  }
  return () => ({ kind: "Reshape", shape });
}

function placeReshape({ shape }: ReshapeLayer, x: Tensor): Tensor {
  const known = sizeOf(shape.filter((n) => n !== -1));
  const full = shape.map((n) => (n === -1 ? Math.floor(x.units.length / known) : n));
  if (sizeOf(full) !== x.units.length) misfit(`makes ${shown(shape)} of ${shown(x.shape)}`);
  return reshape(x, full);
}

function parsePermute({ config }: LayerContext): LayerBuilder<PermuteLayer> {
  const dims = config.integers("dims");
  if ([...dims].sort((a, b) => a - b).some((dim, i) => dim !== i + 1)) {
    config.fail("dims", "each axis once, counted from 1");
  }
  return () => ({ kind: "Permute", dims });
}

function placePermute({ dims }: PermuteLayer, x: Tensor): Tensor {
  if (dims.length !== x.shape.length)
    misfit(`orders ${dims.length} axes, and its input is ${shown(x.shape)}`);
  return transpose(
    x,
    dims.map((dim) => dim - 1),
  );
}

/** One number for both ends, or one for each. */
function parseEnds(kind: EndsLayer["kind"], key: "padding" | "cropping"): LayerParser<EndsLayer> {
  return ({ config }) => {
    channelsLast(config);
    const [before = 1, after = before] = config.integers(key, [1, 1]);
    if (before < 0 || after < 0) config.fail(key, "counts of at least 0");
    return () => ({ kind, before, after });
  };
}

function placeZeroPadding({ before, after }: EndsLayer, x: Tensor, b: Builder): Tensor {
  const zero = b.zeros([1]).units[0]!;
  const steps = x.shape[0]!;
  checkUnits(before + steps + after);
  const padding = (n: number) => Array<number>(n).fill(-1);
  return take(x, 0, [...padding(before), ...numbersFrom(0, steps), ...padding(after)], zero);
}

/** The numbers from … to − 1 by `by`. */
export function numbersFrom(from: number, to: number, by = 1): number[] {
  const result: number[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) result.push(i);
  return result;
}
