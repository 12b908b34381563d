import {
  type ColumnData as Chunk,
  parquetMetadata,
  parquetRead,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { messageOf, UserError } from "../../../shared/errors.js";
import { NO_TIME, type Time } from "../../../shared/series.js";
import type { ColumnData, TypedTable } from "../column-data.js";
import { type Dataset, MAX_CELLS } from "../dataset.js";
import { datasetOfTable } from "../typed-dataset.js";
import { checkParquet } from "./check-parquet.js";

/**
 * Reads a Parquet file, of any compression. Columns of types that a series has no use for (lists, structs, binary)
 * come as empty ones.
 */
export async function readParquet(file: Buffer, name: string): Promise<Dataset> {
  return datasetOfTable(name, await readTable(file, name));
}

async function readTable(file: Buffer, name: string): Promise<TypedTable> {
  try {
    const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
    const metadata = parquetMetadata(bytes);
    const rows = Number(metadata.num_rows);
    const fields = parquetSchema(metadata).children;
    const names = fields.map(({ element }) => element.name);
    const twice = names.find((column, i) => names.indexOf(column) !== i);
    if (twice !== undefined)
      throw new UserError(
        `${name} has two columns named "${twice}"; rename one, since columns are read by name`,
      );
    if (rows * fields.length > MAX_CELLS)
      throw new Error(`it holds more than ${MAX_CELLS / 1e6} million cells`);
    checkParquet(bytes, metadata, new Set(fields.filter(isFlat).map(({ element }) => element.name)));
    const sinks = new Map(fields.map((field) => [field.element.name, sinkOf(field, rows)]));
    await parquetRead({
      file: { byteLength: bytes.byteLength, slice: (start, end) => bytes.slice(start, end) },
      metadata,
      columns: [...sinks].filter(([, sink]) => sink !== null).map(([column]) => column),
      compressors,
      // Timestamps stay the integers that they are stored as.
      parsers: {
        timestampFromMilliseconds: (value) => value,
        timestampFromMicroseconds: (value) => value,
        timestampFromNanoseconds: (value) => value,
        dateFromDays: (days) => BigInt(days) * 86_400_000n,
      },
      onChunk: ({ columnName, columnData, rowStart }: Chunk) =>
        sinks.get(columnName)?.put(columnData, rowStart),
    });
    const columns = [...sinks].map(([column, sink]) => ({ name: column, data: sink?.data ?? EMPTY }));
    return { rows, columns };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(
      `${name} cannot be read as a Parquet file (${messageOf(cause)}); if it is damaged or cut short, write it again`,
      { cause },
    );
  }
}

const EMPTY: ColumnData = { kind: "empty" };

/** Where the values of a column go as they are read. */
interface Sink {
  readonly data: ColumnData;
  put(values: ArrayLike<unknown>, row: number): void;
}

/** null where the column is of no use. */
function sinkOf(field: SchemaTree, rows: number): Sink | null {
  if (!isFlat(field)) return null;
  const { element } = field;
  const unit = timeUnitOf(element);
  if (unit !== null) {
    const time = new BigInt64Array(rows).fill(NO_TIME); // [rows]
    return {
      data: { kind: "time", unit, time },
      put: (values, row) => each(values, (value, i) => (time[row + i] = BigInt(value as bigint))),
    };
  }
  if (element.type === "BYTE_ARRAY" && !isDecimal(element)) {
    const text = new Array<string>(rows).fill(""); // [rows]
    return {
      data: { kind: "text", text },
      put: (values, row) => each(values, (value, i) => (text[row + i] = String(value).trim())),
    };
  }
  if (
    element.type === "FIXED_LEN_BYTE_ARRAY" &&
    !isDecimal(element) &&
    element.logical_type?.type !== "FLOAT16"
  )
    return null;
  const numbers = new Float64Array(rows).fill(Number.NaN); // [rows]
  return {
    data: { kind: element.type === "BOOLEAN" ? "boolean" : "number", numbers },
    put: (values, row) => each(values, (value, i) => (numbers[row + i] = Number(value))),
  };
}

function each(values: ArrayLike<unknown>, put: (value: unknown, i: number) => void): void {
  for (let i = 0; i < values.length; i++)
    if (values[i] !== null && values[i] !== undefined) put(values[i], i);
}

function isFlat({ element, children }: SchemaTree): boolean {
  return children.length === 0 && element.repetition_type !== "REPEATED";
}

type Element = SchemaTree["element"];

function isDecimal(element: Element): boolean {
  return element.converted_type === "DECIMAL" || element.logical_type?.type === "DECIMAL";
}

function timeUnitOf({
  type,
  converted_type: converted,
  logical_type: logical,
}: Element): Time["unit"] | null {
  if (type === "INT96") return "ns";
  if (converted === "DATE" || logical?.type === "DATE" || converted === "TIMESTAMP_MILLIS") return "ms";
  if (converted === "TIMESTAMP_MICROS") return "us";
  if (logical?.type !== "TIMESTAMP") return null;
  return logical.unit === "MILLIS" ? "ms" : logical.unit === "MICROS" ? "us" : "ns";
}
