import { isJson, show } from "./config.js";
import type { Layer } from "./graph.js";
import { refuse } from "./layer-context.js";

type Slice = Extract<Layer, { kind: "Slice" }>;

/**
 * x[…]: the slices of a call, one an axis, the batch's first. Keras 2 writes `{start, stop, step}`, Keras 3
 * `__slice__` objects. `rank` is that of x with its batch axis, where the file says.
 */
export function parseSlice(where: string, spec: unknown, rank: number | null): Slice {
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

function axisSlice(entry: unknown, where: string): Slice["axes"][number] {
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
