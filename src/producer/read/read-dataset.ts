import { basename, extname } from "node:path";
import { UserError } from "../../shared/errors.js";
import type { Dataset } from "./dataset.js";
import { readInput } from "./read-input.js";
import { type Format, refuseForeign } from "./refuse-foreign.js";

/** What of a file is read. */
export interface ReadOptions {
  /** A sheet's name, or its number from 1; default: the first sheet that has data. */
  readonly sheet?: string | undefined;
  /** The file's content, where the caller has read it already. */
  readonly file?: Buffer | undefined;
}

/**
 * Reads a series' file into a table of typed columns. Throws a UserError, naming file, sheet and cell, for what
 * cannot be read: a file that is missing, of another format, damaged, encrypted or without data.
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const name = basename(path);
  const file = options.file ?? (await readInput(path, "series"));
  const format = FORMATS[extname(path).toLowerCase()];
  if (format === undefined)
    throw new UserError(
      `${name}: a series is .xlsx, .csv, .parquet, .arrow or .feather, not "${extname(path)}"; save it as one of these`,
    );
  if (file.length === 0) throw new UserError(`${name} is empty (0 bytes)`);
  if (options.sheet !== undefined && format !== "spreadsheet")
    throw new UserError(`${name} has no sheets; leave out --sheet ${options.sheet}`);
  refuseForeign(file, name, format);
  return await READERS[format](file, name, options.sheet);
}

const FORMATS: Readonly<Record<string, Format>> = {
  ".xlsx": "spreadsheet",
  ".xlsm": "spreadsheet",
  ".csv": "text",
  ".tsv": "text",
  ".txt": "text",
  ".parquet": "Parquet",
  ".pq": "Parquet",
  ".arrow": "Arrow",
  ".feather": "Arrow",
  ".ipc": "Arrow",
};

type Reader = (file: Buffer, name: string, sheet: string | undefined) => Promise<Dataset>;

/** Each format's reader is loaded when it is needed: a run reads one file. */
const READERS: Readonly<Record<Format, Reader>> = {
  async spreadsheet(file, name, sheet) {
    const { readXlsx } = await import("./xlsx/read-xlsx.js");
    const { typeColumns } = await import("./type-columns.js");
    return typeColumns(name, await readXlsx(file, name, sheet));
  },
  async text(file, name) {
    const { readCsv } = await import("./csv/read-csv.js");
    const { typeColumns } = await import("./type-columns.js");
    return typeColumns(name, await readCsv(file, name));
  },
  async Parquet(file, name) {
    const { readParquet } = await import("./parquet/read-parquet.js");
    return await readParquet(file, name);
  },
  async Arrow(file, name) {
    const { readArrow } = await import("./arrow/read-arrow.js");
    return readArrow(file, name);
  },
};
