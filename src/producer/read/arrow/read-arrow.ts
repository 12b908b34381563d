import { askThread } from "../../../shared/ask-thread.js";
import { messageOf, UserError } from "../../../shared/errors.js";
import type { TypedTable } from "../column-data.js";
import { type Dataset, MAX_CELLS } from "../dataset.js";
import { datasetOfTable } from "../typed-dataset.js";

const HEAP = 2048; // MiB
const PATIENCE = 10_000; // ms, and
const PATIENCE_PER_BYTE = 1e-4; // ms: 10 MB/s

/** Reads an Arrow IPC file or stream (.arrow, .feather), plain or compressed by LZ4 or Zstandard, in a thread. */
export async function readArrow(file: Buffer, name: string): Promise<Dataset> {
  if (file.toString("latin1", 0, 4) === "FEA1")
    throw new UserError(`${name} is a Feather file of version 1; write it again as version 2`);
  return datasetOfTable(name, await readTable(file, name));
}

async function readTable(file: Buffer, name: string): Promise<TypedTable> {
  try {
    const limits = { heap: HEAP, patience: PATIENCE + file.length * PATIENCE_PER_BYTE };
    const question = { file: new Uint8Array(file), maxCells: MAX_CELLS };
    return await askThread<TypedTable>(new URL("./arrow-thread.mjs", import.meta.url), question, limits);
  } catch (cause) {
    // Where what a damaged file claims sends the library astray, its error is about itself.
    const astray = cause instanceof TypeError || cause instanceof RangeError;
    const why = astray ? "its parts are not where they should be" : messageOf(cause);
    throw new UserError(
      `${name} cannot be read as an Arrow file (${why}); if it is damaged or cut short, write it again`,
      { cause },
    );
  }
}
