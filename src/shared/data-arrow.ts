import {
  Bool,
  type Data,
  DataType,
  Float32,
  Float64,
  Int32,
  Int64,
  makeData,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimeUnit,
  Utf8,
} from "apache-arrow";
import type { Floats } from "./part.js";
import { NO_TIME, type Time } from "./series.js";

/** Numbers without nulls, not copied. */
export function numberData(values: Floats | Int32Array | BigInt64Array): Data {
  const type =
    values instanceof Float32Array
      ? new Float32()
      : values instanceof Float64Array
        ? new Float64()
        : values instanceof Int32Array
          ? new Int32()
          : new Int64();
  return makeData({ type, length: values.length, nullCount: 0, data: values } as never);
}

/** float64 with null for what is not a finite number. */
export function finiteData(values: Float64Array): Data {
  return makeData({ type: new Float64(), ...validity(values, Number.isFinite), data: values } as never);
}

/** Timestamps, null where the cell was empty; the value below a null stays NO_TIME, so that it reads back as it was. */
export function timeData({ unit, values }: Pick<Time, "unit" | "values">): Data {
  const type =
    unit === "ms"
      ? new TimestampMillisecond()
      : unit === "us"
        ? new TimestampMicrosecond()
        : new TimestampNanosecond();
  return makeData({ type, ...validity(values, (value) => value !== NO_TIME), data: values } as never);
}

/** The unit of a timestamp column; throws on any other type. */
export function timeUnit(type: DataType): Time["unit"] {
  if (!DataType.isTimestamp(type)) throw new Error("the column holds no timestamps");
  if (type.unit === TimeUnit.MILLISECOND) return "ms";
  return type.unit === TimeUnit.MICROSECOND ? "us" : "ns";
}

/** Texts without nulls, as UTF-8. */
export function textData(texts: readonly string[]): Data {
  const bytes = texts.map((text) => Buffer.from(text, "utf8"));
  const valueOffsets = new Int32Array(texts.length + 1);
  for (const [i, text] of bytes.entries()) valueOffsets[i + 1] = valueOffsets[i]! + text.length;
  const data = Buffer.concat(bytes);
  return makeData({ type: new Utf8(), length: texts.length, nullCount: 0, valueOffsets, data });
}

/** Booleans without nulls, a bit each. */
export function flagData(flags: readonly boolean[]): Data {
  const data = new Uint8Array((flags.length + 7) >> 3);
  for (const [i, flag] of flags.entries()) if (flag) data[i >> 3]! |= 1 << (i & 7);
  return makeData({ type: new Bool(), length: flags.length, nullCount: 0, data });
}

function validity<N>(values: { readonly length: number; [i: number]: N }, valid: (value: N) => boolean) {
  const nullBitmap = new Uint8Array((values.length + 7) >> 3);
  let nullCount = 0;
  for (let i = 0; i < values.length; i++) {
    if (valid(values[i]!)) nullBitmap[i >> 3]! |= 1 << (i & 7);
    else nullCount += 1;
  }
  return { length: values.length, nullCount, nullBitmap };
}
