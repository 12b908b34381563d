import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import XLSX from "@e965/xlsx";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { CellWriter, Kind } from "../../../src/producer/read/cell-writer.mjs";
import { readDataset } from "../../../src/producer/read/read-dataset.js";
import { selectSeries } from "../../../src/producer/series/select-series.js";
import { scratchFolder } from "../../helpers/folders.js";
import { DATA, WEATHER } from "../../helpers/places.js";
import { refusalOf } from "../../helpers/refusal.js";
import { sheetData, workbook } from "../../helpers/workbooks.js";

const write = scratchFolder();

const refusal = (name: string, content: string | Uint8Array) => refusalOf(write(name, content));

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

describe("readDataset", () => {
  it("reads the demo: names, dates, numbers and empty cells", async () => {
    const dataset = await readDataset(WEATHER);
    expect(dataset).toMatchObject({ name: "weather.xlsx", sheet: "Sheet1", rows: 8706, hasHeader: true });
    expect(dataset.columns.map(({ name, data }) => [name, data.kind])).toEqual([
      ["time", "time"],
      ...["dewp", "humid", "wind_speed", "pressure", "temp"].map((name) => [name, "number"]),
    ]);
    const time = dataset.columns[0]?.data;
    expect(time?.kind === "time" && new Date(Number(time.time[0])).toISOString()).toBe(
      "2013-01-01T01:00:00.000Z",
    );
    expect(dataset.cellAt(0, dataset.columns[4]!)).toBe("weather.xlsx, sheet Sheet1, cell E2");
  });

  it("reads dates of the 1904 system", async () => {
    const serial = 39863.5; // 2013-02-20 12:00 in the 1904 system
    const styles = `<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>`;
    const sheet = `<sheetData><row><c t="inlineStr"><is><t>when</t></is></c></row><row><c s="1"><v>${serial}</v></c></row></sheetData>`;
    const read = async (workbookProperties: string) => {
      const path = write("mac.xlsx", workbook({ sheets: { S: sheet }, styles, workbookProperties }));
      const data = (await readDataset(path)).columns[0]?.data;
      return data?.kind === "time" ? new Date(Number(data.time[0])).toISOString() : undefined;
    };
    expect(await read('date1904="1"')).toBe("2013-02-20T12:00:00.000Z");
    expect(await read("")).toBe("2009-02-19T12:00:00.000Z");
  });

  it("leaves out the index that pandas writes, and reads truth values as 0 and 1 where they are named", async () => {
    const pandas = await readDataset(join(DATA, "pandas.xlsx"));
    expect(selectSeries(pandas).columns).toEqual(["level", "flow"]);
    const csv = await readDataset(write("truth.csv", "x,on\n1,TRUE\n2,FALSE\n3,\n"));
    expect(selectSeries(csv).columns).toEqual(["x"]);
    expect(selectSeries(csv, { columns: ["on"] }).values).toEqual(Float64Array.of(1, 0, Number.NaN));
  });

  it("refuses a file that is missing, a folder, empty, or of an unknown kind", async () => {
    await expect(readDataset("/nowhere/x.xlsx")).rejects.toThrow(
      "the series /nowhere/x.xlsx cannot be read: there is no such file",
    );
    await expect(readDataset(dirname(WEATHER))).rejects.toThrow("it is a folder");
    expect(await refusal("void.xlsx", "")).toBe("void.xlsx is empty (0 bytes)");
    expect(await refusal("series.json", "{}")).toMatch(/a series is \.xlsx, \.csv, .* not "\.json"/);
  });

  it("refuses other files in a spreadsheet's name, saying what they are", async () => {
    expect(await refusal("image.xlsx", PNG)).toBe(
      "image.xlsx is not a spreadsheet but a PNG image; give a series as .xlsx, .csv, .parquet or .arrow, each under its own name",
    );
    expect(await refusal("image.csv", PNG)).toMatch(/not delimited text but a PNG image/);
    expect(await refusal("page.xlsx", "<html><table></table></html>")).toMatch(/is a web page/);
    expect(await refusal("text.xlsx", "a,b\n1,2\n")).toMatch(
      /is not a spreadsheet \(an \.xlsx file is a zip archive, and this is none\)/,
    );
    expect(await refusal("x.xlsx", "P")).toMatch(/is not a spreadsheet/);
    expect(await refusal("archive.xlsx", zipSync({ "a.txt": PNG }))).toMatch(
      /is a zip archive, not an \.xlsx workbook/,
    );
    const book = XLSX.utils.book_new(XLSX.utils.aoa_to_sheet([["a"], [1]]), "S");
    const as = (bookType: XLSX.BookType): Buffer => XLSX.write(book, { type: "buffer", bookType });
    expect(await refusal("old.xlsx", as("biff8"))).toMatch(
      /is a workbook of Excel 97–2003 \(\.xls\); save it as \.xlsx/,
    );
    expect(await refusal("binary.xlsx", as("xlsb"))).toMatch(/is a binary workbook \(\.xlsb\)/);
    expect(await refusal("open.xlsx", as("ods"))).toMatch(/is an OpenDocument file/);
  });

  it("refuses a workbook that is protected by a password", async () => {
    const container = XLSX.CFB.utils.cfb_new();
    XLSX.CFB.utils.cfb_add(container, "/EncryptionInfo", Buffer.alloc(248));
    XLSX.CFB.utils.cfb_add(container, "/EncryptedPackage", Buffer.alloc(8192));
    const file = XLSX.CFB.write(container, { type: "buffer" }) as Buffer;
    expect(await refusal("secret.xlsx", file)).toBe(
      "secret.xlsx is protected by a password; save it without one",
    );
  });

  it("refuses a workbook that is cut short anywhere or has a wrong byte in its data", async () => {
    const whole = readFileSync(WEATHER);
    for (const share of [0.001, 0.3, 0.9, 0.999])
      expect(await refusal("cut.xlsx", whole.subarray(0, whole.length * share))).toMatch(
        /^cut\.xlsx cannot be read as an \.xlsx workbook/,
      );
    const wrong = Buffer.from(workbook({ sheets: { S: sheetData([["a"], [1.25], [2.5]]) } }));
    const at = wrong.indexOf("xl/worksheets/sheet1.xml") + 24 + 40; // within the sheet's compressed data
    wrong[at] = wrong[at]! ^ 0x10;
    expect(await refusal("wrong.xlsx", wrong)).toMatch(/damaged/);
  });

  it("takes the first sheet that has rows below its names, and names the others where it may be the wrong one", async () => {
    const sheets = {
      Notes: sheetData([["made by hand"], ["on a Monday"]]),
      Cover: sheetData([["see Data"]]),
      Data: sheetData([["a"], [1.25], [2.5]]),
    };
    expect(
      (await readDataset(write("cover.xlsx", workbook({ sheets: { ...sheets, Notes: "<sheetData/>" } }))))
        .sheet,
    ).toBe("Data");
    const notes = await readDataset(write("notes.xlsx", workbook({ sheets })));
    expect(() => selectSeries(notes, { width: 1 })).toThrow(
      "notes.xlsx, sheet Notes has no numeric column; it has: made by hand; choose another sheet with --sheet: Cover, Data",
    );
    const cover = await readDataset(write("notes.xlsx", workbook({ sheets })), { sheet: "Cover" });
    expect(() => selectSeries(cover)).toThrow(
      "sheet Cover has no rows of data; choose another sheet with --sheet: Notes, Data",
    );
  });

  it("shows a cell that looks like a number where a column is not one of numbers", async () => {
    const dataset = await readDataset(write("percent.csv", "a,b\n5%,1\n6%,2\n"));
    expect(() => selectSeries(dataset, { width: 2 })).toThrow(
      'has 1 numeric one: b (percent.csv, line 2, column a: "5%" is not a number); not numeric: a;',
    );
  });

  it("refuses a web page under any name", async () => {
    for (const name of ["page.csv", "page.xlsx"])
      expect(await refusal(name, "\n<html><table><tr><td>1</td></tr></table>")).toMatch(/is a web page/);
  });

  it("refuses more text than a table of numbers has", async () => {
    const row = `<row>${`<c t="inlineStr"><is><t>${"x".repeat(30_000)}</t></is></c>`.repeat(100)}</row>`;
    const sheets = { S: `<sheetData>${row.repeat(100)}</sheetData>` };
    expect(await refusal("text.xlsx", workbook({ sheets }))).toMatch(
      /^text\.xlsx holds 287 MiB of cells and texts when it is unpacked, more than the \d+ MiB/,
    );
  });

  it("keeps a text once, however often it stands, and not more than a table of numbers has", () => {
    const writer = new CellWriter(1e6);
    const long = "x".repeat(2 ** 20);
    for (let row = 0; row < 1000; row++) writer.setText(row, 0, Kind.text, long);
    expect(writer.cells.texts).toEqual([long]);
    const fill = () => {
      for (let row = 0; row < 200; row++) writer.setText(row, 1, Kind.text, `${long}${row}`);
    };
    expect(fill).toThrow("holds too much text; keep the columns that the model needs");
  });

  it("refuses sheets without cells", async () => {
    expect(await refusal("none.xlsx", workbook({ sheets: { S: "<sheetData/>" } }))).toBe(
      "none.xlsx has no sheet with data",
    );
    const names = await readDataset(
      write("names.xlsx", workbook({ sheets: { S: sheetData([["a", "b"]]) } })),
    );
    expect(() => selectSeries(names)).toThrow("names.xlsx, sheet S has no rows of data");
  });
});
