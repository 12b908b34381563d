import type { Program } from "../../program/program.js";

/** Work of a chunk: some 0.7 s at the 60 GFLOP/s of one present core. A figure, never a clock, so that plans repeat. */
const CHUNK_FLOPS = 4e10;

/** A part is written, read and retried whole: its Jacobians stay within this. */
const CHUNK_BYTES = 128 * 2 ** 20;

/**
 * Engines work on tiles of up to so many windows, and a tile that is not full takes as long as one that is: a chunk of
 * a heavy model is one tile, however much more than a second that takes.
 */
const TILE = 64;

/** How the planned windows are cut into chunks. */
export interface ChunkPlan {
  readonly chunkSize: number; // windows
  readonly chunks: number;
}

/**
 * Cuts `windows` planned windows into chunks of `chunk` windows, or, where it is null, of a size computed from the
 * program's operation count and the size of its Jacobians: the same on every machine. `blocks`: windows by whose inputs
 * each one is differentiated, in full mode all planned ones.
 */
export function planChunks(
  windows: number,
  program: Pick<Program, "multiplyAdds" | "targets">,
  precision: "float32" | "float64",
  chunk: number | null,
  blocks = 1,
): ChunkPlan {
  const chunkSize = chunk ?? defaultChunkSize(program, precision, blocks);
  return { chunkSize, chunks: Math.ceil(windows / chunkSize) };
}

function defaultChunkSize(
  { multiplyAdds, targets }: Pick<Program, "multiplyAdds" | "targets">,
  precision: "float32" | "float64",
  blocks: number,
): number {
  const values = blocks * targets.reduce((sum, { output, gradient }) => sum + output.n * gradient.n, 0);
  const byBytes = Math.floor(CHUNK_BYTES / (values * (precision === "float64" ? 8 : 4)));
  const byWork = Math.floor(CHUNK_FLOPS / (2 * Math.max(1, multiplyAdds)));
  const size = Math.min(byBytes, Math.max(byWork, TILE));
  return size > TILE ? size - (size % TILE) : Math.max(1, size);
}
