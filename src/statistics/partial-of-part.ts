import { PermanentError } from "../shared/errors.js";
import { ownBlocks } from "../shared/full-part.js";
import { decodePart } from "../shared/jacobian-arrow.js";
import type { Part } from "../shared/part.js";
import type { Chunk } from "../shared/plan.js";
import type { RunSpec } from "../shared/run-spec.js";
import type { PartialStatistics } from "./partial.js";
import { partialOfChunk } from "./partial-of-chunk.js";

/**
 * The statistics of a chunk from its committed part: those that the chunk's own attempt computed, byte for byte.
 * `scaled` [rows, F]: the series as the model takes it. Throws a PermanentError where the part is not that chunk's.
 */
export function partialOfPart(
  bytes: Uint8Array,
  scaled: Float64Array,
  spec: RunSpec,
  chunk: Chunk,
): PartialStatistics {
  const part = decodePart(bytes);
  const sizes = ({ targets }: Part | RunSpec["layout"]) =>
    JSON.stringify(targets.map(({ name, m, wrt }) => [name, m, wrt.shape]));
  const fits =
    part.window.length === chunk.count &&
    part.steps === spec.layout.steps &&
    part.columns.length === spec.layout.features &&
    sizes(part) === sizes(spec.layout);
  if (!fits) throw new PermanentError(`the part of chunk ${chunk.index} is not one of run ${spec.run}`);
  const starts = Int32Array.from(part.row, Number);
  return partialOfChunk(ownBlocks(part, chunk.from), { rows: scaled, starts }, spec, chunk);
}
