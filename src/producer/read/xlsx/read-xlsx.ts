import { askThread } from "../../../shared/ask-thread.js";
import { messageOf, UserError } from "../../../shared/errors.js";
import { openZip, type Zip } from "../../../shared/open-zip.js";
import { CellGrid, type Cells, columnLetters } from "../cell-grid.js";
import { MAX_CELLS, type Sheet } from "../dataset.js";
import { findHeader } from "../find-header.js";

/** What xlsx-thread.mjs is asked. */
export interface Question {
  readonly name: string; // the file's, for messages
  /** The archive's parts, inflated. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
  readonly choice: string | undefined;
  /** Of the sheets that may be meant, how many have been looked at. */
  readonly skip: number;
  readonly maxCells: number;
}

type Answer =
  | { readonly refusal: string }
  | {
      readonly sheet: string;
      readonly otherSheets: readonly string[];
      readonly date1904: boolean;
      readonly cells: Cells;
      readonly looked: number; // at so many sheets
    };

/** Parts that say nothing of cells; a program that writes them may make them large. */
const UNUSED =
  /^(docProps|customXml|META-INF)\/|\/(theme|drawings|charts|diagrams|media|externalLinks|pivot\w*|queryTables|tables|(threaded)?comments\w*|(work|chart)sheets\/_rels)\/|\/(comments\d*|calcChain|vmlDrawing\d*)\.\w+$/i;

/** Bytes inflated: all rows of the format with five columns of all digits. Past 400 MB, V8 ends the whole process. */
const MAX_SIZE = 288 * 2 ** 20;
const MAX_RATIO = 200; // inflated to packed, past the size below: zip bombs reach 1000, sheets 30
const FREE_SIZE = 2 ** 25;

/** By the size inflated: SheetJS takes up to 10 bytes of memory for one of XML, and a second for 17 MB. */
const HEAP = { base: 256, perByte: 16, most: 4096 }; // MiB of objects
const PATIENCE = { base: 10_000, perByte: 5e-4 }; // ms

/**
 * Reads one sheet of an .xlsx workbook: the one that is asked for, or the first that has data, those in view first.
 * SheetJS reads it, in a thread. Since it trusts the sizes that an archive claims and does not look at checksums,
 * it is given parts that have been inflated here.
 */
export async function readXlsx(file: Buffer, name: string, choice: string | undefined): Promise<Sheet> {
  let bare: Sheet | null = null; // names and no rows, as a sheet of notes has
  for (let skip = 0; ; ) {
    const answer = await ask(file, name, choice, skip);
    if ("refusal" in answer) {
      if (bare !== null) return bare;
      throw new UserError(answer.refusal);
    }
    const { sheet, otherSheets, date1904, cells, looked } = answer;
    const place = `${name}, sheet ${sheet}`;
    const cell = (row: number, column: number) => `${place}, cell ${columnLetters(column)}${row + 1}`;
    const read: Sheet = { grid: new CellGrid(cells), place, sheet, otherSheets, date1904, cell };
    if (findHeader(read.grid).data < read.grid.rows) return read;
    bare ??= read;
    skip = looked;
  }
}

async function ask(file: Buffer, name: string, choice: string | undefined, skip: number): Promise<Answer> {
  try {
    const zip = await openZip(file);
    refuseOtherFormats(zip, name);
    const parts = zip.names.filter((part) => /\.(xml|rels)$/i.test(part) && !UNUSED.test(part));
    const size = parts.reduce((sum, part) => sum + zip.size(part), 0); // as claimed, to be checked on the way
    const most = Math.min(MAX_SIZE, Math.max(FREE_SIZE, file.length * MAX_RATIO));
    if (size > most)
      throw new UserError(
        `${name} holds ${toMiB(size)} MiB of cells and texts when it is unpacked, more than the ${toMiB(most)} MiB that are read of a file of its size; save the sheet as .csv or .parquet`,
      );
    const limits = {
      heap: Math.min(HEAP.most, HEAP.base + HEAP.perByte * toMiB(size)),
      patience: PATIENCE.base + PATIENCE.perByte * size,
    };
    const question = inflate(zip, parts).then(
      (inflated): Question => ({ name, parts: inflated, choice, skip, maxCells: MAX_CELLS }),
    );
    return await askThread<Answer>(new URL("./xlsx-thread.mjs", import.meta.url), question, limits);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(
      `${name} cannot be read as an .xlsx workbook (${messageOf(cause)}); if it is damaged or cut short, save it again`,
      { cause },
    );
  }
}

async function inflate(zip: Zip, parts: readonly string[]): Promise<Map<string, Uint8Array>> {
  const inflated = new Map<string, Uint8Array>();
  for (const part of parts) inflated.set(part, await zip.bytes(part, zip.size(part)));
  return inflated;
}

function toMiB(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

function refuseOtherFormats(zip: Zip, name: string): void {
  if (zip.has("xl/workbook.bin"))
    throw new UserError(`${name} is a binary workbook (.xlsb); save it as .xlsx`);
  if (zip.has("mimetype")) throw new UserError(`${name} is an OpenDocument file; save it as .xlsx`);
  if (!zip.has("[Content_Types].xml"))
    throw new UserError(`${name} is a zip archive, not an .xlsx workbook; export the sheet as .xlsx or .csv`);
}
