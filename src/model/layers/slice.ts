import { misfit, reshape, shown, type Tensor, take } from "../../program/tensor.js";
import { isJson, show } from "../config.js";
import { refuse } from "../layer-context.js";
import { type LayerFamily, plainKind } from "../layer-family.js";
import { numbersFrom } from "./reshaping.js";

/** x[:, spec…] as functional models record it; one entry an axis after the batch's. */
export interface SliceLayer {
  readonly kind: "Slice";
  readonly axes: readonly (
    | { readonly index: number }
    | { readonly start: number | null; readonly stop: number | null; readonly step: number }
  )[];
}

/** No class of Keras: a tensor of a functional model sliced by itself (tensor-operations.ts). */
export const slice: LayerFamily<SliceLayer> = {
  classes: {},
  kinds: { Slice: plainKind("any", placeSlice) },
};

/**
 * x[…]: the slices of a call, one an axis, the batch's first. Keras 2 writes `{start, stop, step}`, Keras 3
 * `__slice__` objects. `rank` is that of x with its batch axis, where the file says.
 */
export function parseSlice(where: string, spec: unknown, rank: number | null): SliceLayer {
  const entries: unknown[] = Array.isArray(spec) ? [...spec] : [spec];
  const whole = { start: null, stop: null, step: 1 };
  const ellipsis = entries.findIndex(
    (entry) => entry === "Ellipsis" || (isJson(entry) && entry["class_name"] === "__ellipsis__"),
  );
  if (ellipsis >= 0) {
    if (rank === null) refuse(where, "a slice with '...'", "write every axis, as in x[:, :, -1]");
    const fill = Array.from({ length: Math.max(rank - entries.length + 1, 0) }, () => whole);
    entries.splice(ellipsis, 1, ...fill);
  }
  const axes = entries.map((entry) => axisSlice(entry, where));
  const [batch, ...rest] = axes;
  if (!batch || !("step" in batch) || batch.start !== null || batch.stop !== null || batch.step !== 1) {
    refuse(where, `a slice of the windows, ${show(spec)}`, "leave the first axis whole, as in x[:, -1]");
  }
  return { kind: "Slice", axes: rest };
}

function axisSlice(entry: unknown, where: string): SliceLayer["axes"][number] {
  if (Number.isInteger(entry)) return { index: entry as number };
  const bounds = isJson(entry) && isJson(entry["config"]) ? entry["config"] : entry;
  if (!isJson(bounds)) refuse(where, `a slice ${show(entry)}`, "use whole numbers and ranges");
  const read = (key: string): number | null => {
    const value = bounds[key] ?? null;
    return value === null || Number.isInteger(value)
      ? (value as number | null)
      : refuse(where, `a slice with ${key} ${show(value)}`, "use whole numbers");
  };
  const step = read("step") ?? 1;
  if (step === 0) refuse(where, "a slice of step 0", "use a step of at least 1");
  return { start: read("start"), stop: read("stop"), step };
}

/** With Python's rules for negative and open bounds. */
function placeSlice({ axes }: SliceLayer, x: Tensor): Tensor {
  if (axes.length > x.shape.length) misfit(`slices ${axes.length} axes, and its input is ${shown(x.shape)}`);
  let result = x;
  const dropped: number[] = [];
  axes.forEach((spec, axis) => {
    const n = x.shape[axis]!;
    if ("index" in spec) {
      const index = spec.index < 0 ? spec.index + n : spec.index;
      if (index < 0 || index >= n) misfit(`takes entry ${spec.index} of an axis of ${shown(x.shape)}`);
      result = take(result, axis, [index]);
      dropped.push(axis);
      return;
    }
    const { start, stop, step } = spec;
    const clamp = (value: number, low: number, high: number) =>
      Math.min(Math.max(value < 0 ? value + n : value, low), high);
    const from =
      start === null ? (step > 0 ? 0 : n - 1) : step > 0 ? clamp(start, 0, n) : clamp(start, -1, n - 1);
    const to = stop === null ? (step > 0 ? n : -1) : step > 0 ? clamp(stop, 0, n) : clamp(stop, -1, n - 1);
    result = take(result, axis, numbersFrom(from, to, step));
  });
  return reshape(
    result,
    result.shape.filter((_, axis) => !dropped.includes(axis)),
  );
}
