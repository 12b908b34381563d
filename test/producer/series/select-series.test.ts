import { describe, expect, it } from "vitest";
import { readDataset } from "../../../src/producer/read/read-dataset.js";
import type { LocatedSeries } from "../../../src/producer/series/located-series.js";
import type { SelectOptions } from "../../../src/producer/series/select-options.js";
import { selectSeries } from "../../../src/producer/series/select-series.js";
import { UserError } from "../../../src/shared/errors.js";
import { NO_TIME, type Scaler } from "../../../src/shared/series.js";
import { scratchFolder } from "../../helpers/folders.js";
import { WEATHER as DEMO_SERIES } from "../../helpers/places.js";
import { sheetData, workbook } from "../../helpers/workbooks.js";

const write = scratchFolder();
let serial = 0;

async function fromCsv(content: string, options?: SelectOptions): Promise<LocatedSeries> {
  return selectSeries(await readDataset(write(`s${serial++}.csv`, content)), options);
}

async function fromRows(rows: (number | string | null)[][], options?: SelectOptions): Promise<LocatedSeries> {
  return selectSeries(
    await readDataset(write("book.xlsx", workbook({ sheets: { Data: sheetData(rows) } }))),
    options,
  );
}

/** The message of the refusal, which must be a UserError of one line. */
async function refusal(series: Promise<unknown>): Promise<string> {
  const error = await series.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).not.toContain("\n");
  return (error as UserError).message;
}

const scaler = (...columns: string[]): Scaler => ({
  kind: "standard",
  columns,
  shift: new Float64Array(columns.length),
  scale: new Float64Array(columns.length).fill(1),
});

const WEATHER = "time,site,temp,wind,pressure\n2013-01-01,JFK,1,2,3\n2013-01-02,JFK,4,,6\n";

describe("selectSeries", () => {
  it("takes every numeric column in sheet order, the first date column and the empty cells as NaN", async () => {
    const series = await fromCsv(WEATHER);
    expect(series.columns).toEqual(["temp", "wind", "pressure"]);
    expect(series.values).toEqual(Float64Array.of(1, 2, 3, 4, Number.NaN, 6));
    expect(series.time).toEqual({
      column: "time",
      unit: "ms",
      values: BigInt64Array.of(1356998400000n, 1357084800000n),
    });
    expect(series.group).toBeNull();
  });

  it("takes the columns named, in that order", async () => {
    const series = await fromCsv(WEATHER, { columns: ["pressure", " temp "], width: 2 });
    expect(series.columns).toEqual(["pressure", "temp"]);
    expect(series.values).toEqual(Float64Array.of(3, 1, 6, 4));
  });

  it("takes the scaler's columns where none are named", async () => {
    expect((await fromCsv(WEATHER, { scaler: scaler("wind", "temp") })).columns).toEqual(["wind", "temp"]);
    expect((await fromCsv(WEATHER, { scaler: scaler("wind", "temp"), columns: ["temp"] })).columns).toEqual([
      "temp",
    ]);
  });

  it("keeps the columns that a target names, which are features only where the model has room", async () => {
    const options = { extra: ["pressure"] };
    const scaled = await fromCsv(WEATHER, {
      ...options,
      width: 2,
      scaler: scaler("pressure", "wind", "temp"),
    });
    expect(scaled.columns).toEqual(["wind", "temp"]);
    const without = await fromCsv(WEATHER, { ...options, width: 2 });
    expect(without.columns).toEqual(["temp", "wind"]);
    expect(without.extra).toEqual(new Map([["pressure", Float64Array.of(3, 6)]]));
    expect((await fromCsv(WEATHER, { ...options, width: 3 })).columns).toEqual(["temp", "wind", "pressure"]);
  });

  it("lists the columns where their number is not the model's", async () => {
    expect(await refusal(fromCsv(WEATHER, { width: 2 }))).toMatch(
      /^s\d+\.csv: the model takes 2 columns, the file has 3 numeric ones: temp, wind, pressure; choose 2 with --columns, in the model's order$/,
    );
    expect(await refusal(fromCsv(WEATHER, { width: 4 }))).toMatch(
      /the model takes 4 columns, the file has 3 numeric ones: temp, wind, pressure; not numeric: time, site; give the series/,
    );
    expect(await refusal(fromCsv(WEATHER, { width: 2, columns: ["temp"] }))).toBe(
      "the model takes 2 columns, --columns names 1: temp; name as many as the model takes",
    );
    expect(await refusal(fromCsv(WEATHER, { width: 1, scaler: scaler("temp", "wind") }))).toMatch(
      /the model takes 1 column, the scaler has 2: temp, wind/,
    );
    const asText = [
      ["a", "b"],
      [1, "2.5"],
      [2, "3.5"],
    ];
    expect(await refusal(fromRows(asText, { width: 2 }))).toMatch(
      /1 numeric one: a \(book.xlsx, sheet Data, cell B2: "2.5" is a number stored as text\); not numeric: b/,
    );
    expect(await refusal(fromCsv("site\nJFK\n"))).toMatch(/has no numeric column; it has: site/);
  });

  it("refuses a column that is unknown or named twice", async () => {
    expect(await refusal(fromCsv(WEATHER, { columns: ["dew"] }))).toMatch(
      /has no column "dew"; its columns are: time, site, temp, wind, pressure/,
    );
    expect(await refusal(fromCsv(WEATHER, { scaler: scaler("dew") }))).toMatch(
      /has no column "dew", which the scaler names; its/,
    );
    expect(await refusal(fromCsv("1,2\n3,4\n", { columns: ["x"] }))).toMatch(
      /it has no row of names, so its columns are: A, B/,
    );
    expect(await refusal(fromCsv(WEATHER, { columns: ["temp", "temp"] }))).toBe(
      "column temp is named twice among the columns",
    );
  });

  it("names sheet and cell of a text among numbers, whether the column is named or taken by default", async () => {
    const rows = [
      ["a", "b"],
      [1, 2],
      [3, "abc"],
      [5, 6],
    ];
    const expected =
      'book.xlsx, sheet Data, cell B3: "abc" is not a number; correct or empty the cell, or leave column b out with --columns';
    expect(await refusal(fromRows(rows))).toBe(expected);
    expect(await refusal(fromRows(rows, { columns: ["b"] }))).toBe(expected);
    expect(await refusal(fromRows(rows, { width: 2 }))).toBe(expected);
    expect(await refusal(fromRows(rows, { width: 3 }))).toMatch(
      /\(book.xlsx, sheet Data, cell B3: "abc" is not a number\)/,
    );
    expect((await fromRows(rows, { width: 1 })).columns).toEqual(["a"]);
  });

  it("refuses by cell formula errors, formulas without a value, infinities, and numbers stored as text", async () => {
    const cell = async (xml: string) => {
      const sheet = `<sheetData><row><c t="inlineStr"><is><t>x</t></is></c></row><row><c><v>1</v></c></row><row>${xml}</row></sheetData>`;
      const path = write("cells.xlsx", workbook({ sheets: { Data: sheet } }));
      return await refusal(readDataset(path).then((dataset) => selectSeries(dataset)));
    };
    const where = "cells.xlsx, sheet Data, cell A3";
    expect(await cell(`<c t="e"><f>1/0</f><v>#DIV/0!</v></c>`)).toContain(
      `${where}: #DIV/0! is a formula's error`,
    );
    expect(await cell(`<c t="e"><v>#N/A</v></c>`)).toContain(`${where}: #N/A is a formula's error`);
    expect(await cell("<c><f>A2*2</f><v/></c>")).toContain(`${where}: the formula's value is not stored`);
    expect(await cell("<c><v>1e999</v></c>")).toContain(`${where}: the number is too large`);
    expect(await cell(`<c t="str"><v>-inf</v></c>`)).toContain(`${where}: "-inf" is infinite`);
    expect(await cell(`<c t="str"><v>2.5</v></c>`)).toContain(`${where}: "2.5" is a number stored as text`);
    expect(await cell(`<c t="b"><v>1</v></c>`)).toContain(`${where}: TRUE is not a number`);
    expect(await refusal(fromCsv("x\n1\n#DIV/0!\n"))).toMatch(
      /line 3, column x: #DIV\/0! is a formula's error/,
    );
  });

  it("refuses a column of dates, of texts or of nothing as a feature", async () => {
    expect(await refusal(fromCsv(WEATHER, { columns: ["time"] }))).toMatch(
      /column time holds dates, not numbers/,
    );
    expect(await refusal(fromCsv(WEATHER, { columns: ["site"] }))).toMatch(
      /line 2, column site: "JFK" is not a number/,
    );
    expect(await refusal(fromCsv("a,b\n1,\n2,\n", { columns: ["a", "b"] }))).toMatch(/column b is empty/);
  });

  it("takes the time column that is named, with empty cells in it", async () => {
    const content = "start,end,x\n2013-01-01,2014-01-01,1\n2013-01-02,,2\n";
    expect((await fromCsv(content)).time?.column).toBe("start");
    const { time } = await fromCsv(content, { timeColumn: "end" });
    expect(time?.values).toEqual(BigInt64Array.of(1388534400000n, NO_TIME));
  });

  it("refuses a time column that does not hold dates, by cell where most are", async () => {
    expect(await refusal(fromCsv(WEATHER, { timeColumn: "temp" }))).toMatch(
      /time column temp holds numbers, not dates/,
    );
    expect(await refusal(fromCsv(WEATHER, { timeColumn: "site" }))).toMatch(
      /line 2, column site: "JFK" is not a date/,
    );
    expect(await refusal(fromCsv("t,x\n2013-01-01,1\n2013-01-02,1\nlater,2\n"))).toMatch(
      /line 4, column t: "later" is not a date; correct or empty the cell, or choose another --time-column/,
    );
    expect(await refusal(fromCsv("t,x\n,1\n,2\n", { timeColumn: "t" }))).toMatch(/time column t is empty/);
  });

  it("leaves a grouped series as it is where each group is in one piece", async () => {
    const series = await fromCsv("g,x\na,1\na,2\nb,3\n", { groupBy: "g" });
    expect(series.group).toEqual(["a", "a", "b"]);
    expect(series.values).toEqual(Float64Array.of(1, 2, 3));
  });

  it("brings the rows of a group together, with times and further columns, and still knows their cells", async () => {
    const series = await fromCsv(
      "t,g,x,y\n2013-01-01,1,10,5\n2013-01-02,2,20,6\n2013-01-03,1,30,7\n2013-01-04,2,40,8\n",
      { groupBy: "g", extra: ["y"], columns: ["x"] },
    );
    expect(series.group).toEqual(["1", "1", "2", "2"]);
    expect(series.values).toEqual(Float64Array.of(10, 30, 20, 40));
    expect(series.extra.get("y")).toEqual(Float64Array.of(5, 7, 6, 8));
    expect(Array.from(series.time!.values, (ms) => new Date(Number(ms)).getUTCDate())).toEqual([1, 3, 2, 4]);
    expect(series.cellAt(1, "x")).toMatch(/line 4, column x/);
  });

  it("refuses a row without a group", async () => {
    expect(await refusal(fromCsv("g,x\na,1\n,2\n", { groupBy: "g" }))).toMatch(
      /line 3, column g: the cell is empty; every row needs its group \(--group-by g\)/,
    );
  });

  it("leaves the group's column out of the features", async () => {
    expect((await fromCsv("g,x\n1,1\n1,2\n2,3\n", { groupBy: "g" })).columns).toEqual(["x"]);
  });

  it("gives the demo's numbers", async () => {
    const series = selectSeries(await readDataset(DEMO_SERIES), { width: 5 });
    expect(series.values.subarray(0, 5)).toEqual(Float64Array.of(26.06, 59.37, 12.65858, 1012.6, 39.02));
  });
});
