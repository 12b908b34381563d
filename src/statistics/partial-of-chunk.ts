import type { Part } from "../shared/part.js";
import type { Chunk } from "../shared/plan.js";
import type { RunSpec } from "../shared/run-spec.js";
import { accumulateTarget } from "./accumulate-target.js";
import { emptyPartial, type PartialStatistics } from "./partial.js";
import { planStatistics, type StatisticsPlan } from "./plan-statistics.js";
import type { WindowInputs } from "./tile.js";

/** The statistics of one chunk, from its part and the inputs its windows had. */
export function partialOfChunk(
  part: Part,
  inputs: WindowInputs,
  spec: RunSpec,
  chunk: Chunk,
): PartialStatistics {
  return partialOf(part, inputs, planStatistics(spec), chunk.from);
}

/** The same for windows whose first has the position `from` among the planned ones. */
export function partialOf(
  part: Part,
  inputs: WindowInputs,
  plan: StatisticsPlan,
  from: number,
): PartialStatistics {
  const windows = part.window.length;
  const first = Math.floor(from / plan.binWidth);
  const last = windows === 0 ? first - 1 : Math.floor((from + windows - 1) / plan.binWidth);
  const partial = emptyPartial(plan, first, last - first + 1);
  partial.bins.timeUnit = part.time?.unit ?? null;
  for (let bin = 0; bin < partial.bins.count; bin++) {
    const w = Math.max(0, (first + bin) * plan.binWidth - from);
    partial.bins.position[bin] = from + w;
    partial.bins.window[bin] = part.window[w]!;
    partial.bins.row[bin] = part.row[w]!;
    partial.bins.time[bin] = part.time?.values[w] ?? 0n;
  }
  for (let w = 0; w < windows; w++) {
    partial.inputs.add(Number(part.row[w]!), inputs.rows, inputs.starts[w]!);
  }
  for (let t = 0; t < plan.targets.length; t++) accumulateTarget(partial, t, part, inputs, from);
  return partial;
}
