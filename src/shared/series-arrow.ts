import {
  type Data,
  Dictionary,
  Field,
  FixedSizeList,
  Int32,
  makeData,
  makeVector,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Table,
  Utf8,
  type Vector,
} from "apache-arrow";
import { numberData, textData, timeData, timeUnit } from "./data-arrow.js";
import { PermanentError } from "./errors.js";
import { openArrow } from "./open-arrow.js";
import type { Scaler, Series, Time } from "./series.js";

/** What a run's `input/series.arrow` holds. */
export interface StoredSeries {
  readonly series: Series;
  readonly scaler: Scaler | null;
  /** [rows, features], as the model takes them; without a scaler the series' own values. */
  readonly scaled: Float64Array;
}

const METADATA = "jac.series";

/** The metadata of the schema, as JSON: all that is not a column. */
interface Description {
  readonly name: string;
  readonly columns: readonly string[];
  readonly timeColumn: string | null;
  readonly extra: readonly string[];
  readonly scaler: {
    kind: Scaler["kind"];
    columns: readonly string[];
    shift: number[];
    scale: number[];
  } | null;
}

/**
 * A series as the bytes of an Arrow IPC file of one record batch: `values` and, where there is a scaler, `scaled`
 * (lists of F float64; NaN where a cell is empty), `time`, `group`, and `extra:NAME`. The same series gives the same
 * bytes.
 */
export function encodeSeries({ series, scaler, scaled }: StoredSeries): Uint8Array {
  const columns: [Field, Data][] = [rowsColumn("values", series, series.values)];
  if (scaler !== null) columns.push(rowsColumn("scaled", series, scaled));
  if (series.time !== null) columns.push(column("time", timeData(series.time), true));
  if (series.group !== null) columns.push(groupColumn(series.group));
  for (const [name, values] of series.extra) columns.push(column(`extra:${name}`, numberData(values)));
  const description: Description = {
    name: series.name,
    columns: series.columns,
    timeColumn: series.time?.column ?? null,
    extra: [...series.extra.keys()],
    scaler: scaler && { ...scaler, shift: Array.from(scaler.shift), scale: Array.from(scaler.scale) },
  };
  const fields = columns.map(([field]) => field);
  const schema = new Schema(fields, new Map([[METADATA, JSON.stringify(description)]]));
  const children = columns.map(([, data]) => data);
  const batch = makeData({ type: new Struct(fields), length: series.rows, nullCount: 0, children });
  return RecordBatchFileWriter.writeAll(new Table([new RecordBatch(schema, batch)])).toUint8Array(true);
}

/**
 * Reads back what `encodeSeries` wrote; the arrays are views of the bytes where those are aligned. Throws a
 * PermanentError where the bytes are damaged.
 */
export function decodeSeries(bytes: Uint8Array): StoredSeries {
  try {
    return storedSeriesOf(openArrow(bytes));
  } catch (cause) {
    throw new PermanentError(
      "the run's copy of the series is damaged: it is not the Arrow file it should be",
      {
        cause,
      },
    );
  }
}

function storedSeriesOf(table: Table): StoredSeries {
  const {
    name,
    columns,
    timeColumn: time,
    extra,
    scaler,
  }: Description = JSON.parse(table.schema.metadata.get(METADATA) ?? "");
  const rows = table.numRows;
  const numbers = (data: Data | undefined, length: number): Float64Array => {
    const values: unknown = data?.values;
    if (!(values instanceof Float64Array) || values.length !== length)
      throw new Error("a column has no numbers");
    return values;
  };
  const matrix = (column: string) => numbers(dataOf(table, column).children[0], rows * columns.length);
  const values = matrix("values"); // [rows, features]
  return {
    series: {
      name,
      columns,
      values,
      rows,
      time: time === null ? null : timeOf(time, dataOf(table, "time")),
      group: table.getChild("group") === null ? null : groupOf(dataOf(table, "group")),
      extra: new Map(extra.map((column) => [column, numbers(dataOf(table, `extra:${column}`), rows)])),
    },
    scaler: scaler && {
      ...scaler,
      shift: Float64Array.from(scaler.shift),
      scale: Float64Array.from(scaler.scale),
    },
    scaled: scaler === null ? values : matrix("scaled"),
  };
}

/** One list of F numbers a row, whose items are the array itself. */
function rowsColumn(name: string, series: Series, values: Float64Array): [Field, Data] {
  const width = series.columns.length;
  if (values.length !== series.rows * width)
    throw new Error(`${name} has ${values.length} numbers, not rows × columns`);
  const child = numberData(values);
  const type = new FixedSizeList(width, new Field("item", child.type, false));
  return column(name, makeData({ type, length: series.rows, nullCount: 0, child }));
}

function column(name: string, data: Data, nullable = false): [Field, Data] {
  return [new Field(name, data.type, nullable), data];
}

/** The values below nulls are NO_TIME still, as they were written. */
function timeOf(column: string, { type, values }: Data): Time {
  return { column, unit: timeUnit(type), values: values as BigInt64Array };
}

function groupColumn(group: readonly string[]): [Field, Data] {
  const codes = new Map<string, number>();
  const data = Int32Array.from(group, (label) => {
    if (!codes.has(label)) codes.set(label, codes.size);
    return codes.get(label)!;
  });
  // Numbered here, since apache-arrow numbers dictionaries by a count over the process.
  const type = new Dictionary(new Utf8(), new Int32(), 0);
  const dictionary = makeVector(textData([...codes.keys()]) as Data<Utf8>);
  return column("group", makeData({ type, length: group.length, nullCount: 0, data, dictionary }));
}

function groupOf({ values, dictionary, length }: Data): string[] {
  const labels = Array.from(dictionary as Vector<Utf8>, String);
  // The file pads columns to eight bytes, so an odd number of codes has one more after it.
  return Array.from((values as Int32Array).subarray(0, length), (code) => labels[code]!);
}

function dataOf(table: Table, name: string): Data {
  const chunks = table.getChild(name)?.data;
  if (chunks?.length !== 1) throw new Error(`expected a column ${name} in one record batch`);
  return chunks[0]!;
}
