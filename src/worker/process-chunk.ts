import { type Meter, stopwatch } from "../queue/meter.js";
import { commitChunk, committedChunk } from "../shared/committed-chunks.js";
import { failpoint } from "../shared/failpoint.js";
import { spreadOut } from "../shared/full-part.js";
import { encodePart } from "../shared/jacobian-arrow.js";
import type { Part } from "../shared/part.js";
import { chunkAt } from "../shared/run-spec.js";
import { ofOwnWindow } from "../shared/wrt.js";
import { encodePartial } from "../statistics/encode-partial.js";
import { partialOfChunk } from "../statistics/partial-of-chunk.js";
import type { OpenRun } from "./open-run.js";
import { sliceWindows } from "./slice-windows.js";

/**
 * Computes one chunk and commits it: the partial statistics first, then the part (see committed-chunks.ts). A chunk
 * that is there already is left alone. Rejects with the signal's reason when aborted.
 */
export async function processChunk(
  run: OpenRun,
  index: number,
  signal: AbortSignal,
  meter: Meter,
): Promise<"computed" | "present"> {
  const { spec, folder, stored, method } = run;
  const chunk = chunkAt(spec, index);
  if ((await committedChunk(folder, spec, index)) !== null) return "present";
  failpoint("chunk:started", index);
  const ended = stopwatch(meter);
  const slice = sliceWindows(stored, spec.plan, chunk, run.comparedColumn);
  ended("slice");
  const results = await method.attribute(run, slice, signal);
  ended("compute");
  signal.throwIfAborted();
  const part: Part = {
    columns: spec.columns,
    steps: spec.plan.steps,
    method: method.name,
    window: slice.window,
    row: slice.row,
    time: slice.time,
    group: slice.group,
    targets: spec.layout.targets.map(({ shape: _, ...target }, k) => ({
      ...target,
      wrt: ofOwnWindow(target.wrt),
      ...results[k]!,
    })),
  };
  const statistics = partialOfChunk(part, slice.batch, spec, chunk);
  statistics.engines.add(run.engine);
  const partial = encodePartial(statistics);
  ended("statistics");
  const full = spec.options.mode === "full";
  const bytes = encodePart(full ? spreadOut(part, chunk.from, spec.plan.count) : part);
  ended("encode");
  signal.throwIfAborted();
  failpoint("chunk:computed", index);
  await commitChunk(folder, index, bytes, partial);
  ended("commit");
  meter.windows(chunk.count);
  return "computed";
}
