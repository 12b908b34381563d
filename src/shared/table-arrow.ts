import {
  type Data,
  Field,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Table,
} from "apache-arrow";
import { finiteData, flagData, numberData, textData, timeData } from "./data-arrow.js";
import type { Time } from "./series.js";

/** A column of a tidy table, one value a row. What is not a finite number is null in a Float64Array. */
export type TableColumn =
  | readonly string[]
  | readonly boolean[]
  | Int32Array
  | BigInt64Array
  | Float64Array
  | Pick<Time, "unit" | "values">;

/**
 * A table as the bytes of an Arrow IPC file: one record batch, uncompressed, columns in the order of their keys.
 * The same table gives the same bytes.
 */
export function encodeTable(rows: number, columns: Readonly<Record<string, TableColumn>>): Uint8Array {
  const children = Object.values(columns).map(dataOf);
  const fields = Object.keys(columns).map((name, i) => new Field(name, children[i]!.type, true));
  const wrong = fields.find((_, i) => children[i]!.length !== rows);
  if (wrong) throw new Error(`column ${wrong.name} has not ${rows} values`);
  const data = makeData({ type: new Struct(fields), length: rows, nullCount: 0, children });
  const table = new Table([new RecordBatch(new Schema(fields), data)]);
  return RecordBatchFileWriter.writeAll(table).toUint8Array(true);
}

function dataOf(column: TableColumn): Data {
  if (column instanceof Float64Array) return finiteData(column);
  if (column instanceof Int32Array || column instanceof BigInt64Array) return numberData(column);
  if ("unit" in column) return timeData(column);
  return typeof column[0] === "boolean"
    ? flagData(column as readonly boolean[])
    : textData(column as readonly string[]);
}
