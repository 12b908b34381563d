import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDataset } from "../../../src/producer/read/read-dataset.js";
import { selectSeries } from "../../../src/producer/series/select-series.js";
import { NO_TIME } from "../../../src/shared/series.js";
import { scratchFolder } from "../../helpers/folders.js";
import { DATA } from "../../helpers/places.js";

const write = scratchFolder();
const data = (name: string) => join(DATA, name);

/** What the fixtures hold (make_data.py), as a dataset's columns. */
function expected(): Record<string, unknown> {
  const rows = Array.from({ length: 40 }, (_, i) => i);
  const start = BigInt(Date.UTC(2024, 1, 28, 22, 30)); // ms
  const times = (of: (i: number) => bigint | null) => BigInt64Array.from(rows, (i) => of(i) ?? NO_TIME);
  const numbers = (of: (i: number) => number | null) => Float64Array.from(rows, (i) => of(i) ?? Number.NaN);
  const dates = rows.map((i) => BigInt(Date.UTC(2024, 0, 1 + (i % 28))));
  return {
    seconds: {
      kind: "time",
      unit: "ms",
      time: times((i) => (i % 5 ? start + 1000n * BigInt(i) : null)),
    },
    nanos: {
      kind: "time",
      unit: "ns",
      time: times((i) => (i === 3 ? null : 1_700_000_000_000_000_001n + BigInt(i))),
    },
    zone: {
      kind: "time",
      unit: "ms",
      time: times((i) => (i % 5 ? start + 1000n * BigInt(i) : null)),
    },
    day: { kind: "time", unit: "ms", time: times((i) => (i % 5 ? BigInt(Date.UTC(2024, 1, 28)) : null)) },
    f32: { kind: "number", numbers: numbers((i) => (i === 7 ? null : Math.fround(i / 3))) },
    f64: { kind: "number", numbers: numbers((i) => i / 3) },
    i64: { kind: "number", numbers: numbers((i) => (i === 1 ? null : 2 ** 40 * i)) },
    u8: { kind: "number", numbers: numbers((i) => i) },
    truth: { kind: "boolean", numbers: numbers((i) => (i === 2 ? null : i % 3 === 0 ? 1 : 0)) },
    text: { kind: "text", text: rows.map((i) => (i === 4 ? "" : `t${i}`)) },
    label: { kind: "text", text: rows.map((i) => (i % 2 ? "b" : "a")) },
    iso: { kind: "time", unit: "ms", time: BigInt64Array.from(dates) },
    list: { kind: "empty" },
  };
}

async function columnsOf(path: string): Promise<Record<string, unknown>> {
  const dataset = await readDataset(path);
  return Object.fromEntries(dataset.columns.map((column) => [column.name, column.data]));
}

describe("the readers of typed files", () => {
  it.each(["none", "zstd", "gzip", "brotli", "lz4"])(
    "read each type of column from Parquet, compression %s",
    async (codec) => {
      expect(await columnsOf(data(`kinds-${codec}.parquet`))).toEqual(expected());
    },
  );

  it.each(["kinds-uncompressed.feather", "kinds-lz4.feather", "kinds-zstd.feather", "kinds-stream.arrow"])(
    "read each type of column from %s",
    async (name) => {
      expect(await columnsOf(data(name))).toEqual(expected());
    },
  );

  it("read LZ4 buffers of several blocks", async () => {
    const { ramp, noise } = (await columnsOf(data("blocks-lz4.feather"))) as Record<
      string,
      { numbers: Float64Array }
    >;
    expect(ramp?.numbers).toEqual(Float64Array.from({ length: 12_000 }, (_, i) => (i % 100) / 7));
    expect(noise?.numbers.every((value) => value >= 0 && value < 6.25 && Number.isInteger(value * 8))).toBe(
      true,
    );
  });

  it("give the numbers and times of the same table as .csv and .xlsx", async () => {
    const options = { columns: ["level", "flow"], groupBy: "station" };
    const read = async (name: string) => selectSeries(await readDataset(data(name)), options);
    const workbook = await read("pandas.xlsx");
    for (const name of ["pandas.csv", "pandas.parquet", "pandas.feather"]) {
      const series = await read(name);
      // float32 is written to text by its own shortest digits, and by those of its float64 elsewhere.
      for (const [i, value] of series.values.entries())
        if (Number.isNaN(value)) expect(workbook.values[i]).toBeNaN();
        else expect(Math.abs(value - workbook.values[i]!)).toBeLessThan(1e-7);
      expect(series.time).toEqual(workbook.time);
      expect(series.group).toEqual(workbook.group);
    }
  });

  it("name the row and column of what is no number", async () => {
    const dataset = await readDataset(data("kinds-none.parquet"));
    expect(() => selectSeries(dataset, { columns: ["text"] })).toThrow(
      'kinds-none.parquet, row 1, column text: "t0" is not a number',
    );
    expect(() => selectSeries(dataset, { columns: ["list"] })).toThrow("column list is empty");
  });

  it("tell columns of one name apart, or refuse them", async () => {
    const { columns } = await readDataset(data("twice.feather"));
    expect(columns.map(({ name, data }) => [name, data])).toEqual([
      ["x", { kind: "number", numbers: Float64Array.of(1, 1.5) }],
      ["x.1", { kind: "number", numbers: Float64Array.of(2, 2.5) }],
    ]);
    await expect(readDataset(data("twice.parquet"))).rejects.toThrow(
      'twice.parquet has two columns named "x"; rename one',
    );
  });

  it("refuse what is damaged, cut short or of another format", async () => {
    const parquet = readFileSync(data("kinds-zstd.parquet"));
    const arrow = readFileSync(data("kinds-lz4.feather"));
    const read = (name: string, content: Uint8Array) => readDataset(write(name, content));
    await expect(read("a.parquet", parquet.subarray(0, 3000))).rejects.toThrow(
      /^a\.parquet cannot be read as a Parquet file \(/,
    );
    await expect(read("a.arrow", arrow.subarray(0, 3000))).rejects.toThrow(
      /^a\.arrow cannot be read as an Arrow file \(its parts are not where they should be\); .*write it again$/,
    );
    await expect(read("b.parquet", arrow)).rejects.toThrow(
      "b.parquet is not a Parquet file but an Arrow file",
    );
    await expect(read("b.arrow", parquet)).rejects.toThrow("b.arrow is not an Arrow file but a Parquet file");
    await expect(read("c.parquet", Buffer.from("a,b\n1,2\n"))).rejects.toThrow(
      "c.parquet is not a Parquet file; give",
    );
    await expect(read("old.feather", Buffer.from("FEA1xxxx"))).rejects.toThrow(
      "is a Feather file of version 1",
    );
    await expect(readDataset(data("kinds-none.parquet"), { sheet: "1" })).rejects.toThrow("has no sheets");
  });
});
