import { readFileSync } from "node:fs";
import { join } from "node:path";
import XLSX from "@e965/xlsx";
import { describe, expect, it } from "vitest";
import { CellGrid, columnLetters, Kind } from "../../src/producer/cell-grid.js";
import { kindOfFormat } from "../../src/producer/xlsx/number-format.js";
import { readXlsx } from "../../src/producer/xlsx/read-xlsx.js";
import { SheetScanner } from "../../src/producer/xlsx/sheet-scanner.js";
import { sheetData, workbook } from "./workbooks.js";

const DATA = join(import.meta.dirname, "../fixtures/data");
const DEMO = join(import.meta.dirname, "../../demo");

/** Reads both ways and compares each cell's kind and value. Returns how many cells there were. */
async function compareWithSheetJs(file: Uint8Array, sheet?: string): Promise<number> {
  const ours = await readXlsx(Buffer.from(file), "book.xlsx", sheet);
  const book = XLSX.read(file, { dense: true, cellNF: true, cellDates: false, sheetStubs: false });
  const rows = (book.Sheets[ours.sheet ?? ""]?.["!data"] ?? []) as (XLSX.CellObject | undefined)[][];
  const differing: unknown[] = [];
  let cells = 0;
  for (let row = 0; row < Math.max(rows.length, ours.grid.rows); row++) {
    const width = Math.max(rows[row]?.length ?? 0, ours.grid.columns.length);
    for (let column = 0; column < width; column++) {
      const theirs = rows[row]?.[column];
      const kind = ours.grid.kindAt(row, column);
      const shown = ours.grid.shown(row, column);
      if (theirs !== undefined && theirs.t !== "z") cells++;
      if (!agree(kind, shown, theirs))
        differing.push([columnLetters(column) + (row + 1), kind, shown, theirs]);
    }
  }
  expect(differing).toEqual([]);
  return cells;
}

function agree(kind: Kind, shown: string, theirs: XLSX.CellObject | undefined): boolean {
  const empty = theirs === undefined || theirs.t === "z" || theirs.v === undefined || theirs.v === "";
  if (empty) return kind === Kind.empty || kind === Kind.uncomputed;
  switch (theirs.t) {
    case "n": {
      const timed = XLSX.SSF.is_date(String(theirs.z ?? "General"));
      return (
        Number(shown) === theirs.v &&
        (timed ? kind === Kind.date || kind === Kind.clock : kind === Kind.number)
      );
    }
    case "s":
      return kind === Kind.text && shown === theirs.v;
    case "b":
      return kind === Kind.boolean && shown === String(theirs.v).toUpperCase();
    default:
      return kind === Kind.error;
  }
}

/** The shown cells of a sheet of ours, row by row. */
async function cellsOf(file: Uint8Array, sheet?: string): Promise<string[][]> {
  const { grid } = await readXlsx(Buffer.from(file), "book.xlsx", sheet);
  return Array.from({ length: grid.rows }, (_, row) =>
    grid.columns.map((_, column) => grid.shown(row, column)),
  );
}

describe("the .xlsx reader", () => {
  it("reads the demo as SheetJS does, cell for cell", async () => {
    expect(await compareWithSheetJs(readFileSync(join(DEMO, "weather.xlsx")))).toBeGreaterThan(50_000);
  });

  it.each(["openpyxl.xlsx", "pandas.xlsx", "xlsxwriter.xlsx"])(
    "reads %s as SheetJS does, cell for cell",
    async (name) => {
      expect(await compareWithSheetJs(readFileSync(join(DATA, name)))).toBeGreaterThan(20);
    },
  );

  it.each([true, false])("reads what SheetJS writes, with shared strings: %s", async (bookSST) => {
    const random = mulberry(1);
    const rows: unknown[][] = [["name", "a & b", "<c>", "line\nbreak", "ünï", "", "d"]];
    for (let i = 0; i < 300; i++)
      rows.push([
        `text ${i % 7}`,
        (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20),
        Math.floor(random() * 1000),
        random() < 0.5,
        random() < 0.3 ? null : random(),
        "  spaces ",
        new Date(Date.UTC(2020, 0, 1, i)),
      ]);
    const sheet = XLSX.utils.aoa_to_sheet(rows, { UTC: true });
    const book = XLSX.utils.book_new(sheet, "Data");
    const file = XLSX.write(book, { type: "buffer", bookType: "xlsx", bookSST, compression: true });
    expect(await compareWithSheetJs(file)).toBeGreaterThan(1800);
  });

  it("reads a sheet in pieces of any size alike", () => {
    const xml = Buffer.from(
      `<worksheet><sheetData><row r="2"><c r="B2" s="1"><v>41275.5</v></c><c r="D2" t="inlineStr"><is><t>a&amp;b</t></is></c></row>` +
        `<!-- a > b --><row r="5"><c r="A5" t="s"><v>0</v></c><c t="b"><v>1</v></c></row></sheetData></worksheet>`,
    );
    const read = (size: number) => {
      const grid = new CellGrid("sheet", ["shared"]);
      const scanner = new SheetScanner(grid, Uint8Array.of(Kind.number, Kind.date), 1);
      for (let at = 0; at < xml.length; at += size) scanner.push(xml.subarray(at, at + size));
      scanner.end();
      return Array.from({ length: grid.rows }, (_, row) =>
        grid.columns.map((_, column) => [grid.kindAt(row, column), grid.shown(row, column)]),
      );
    };
    const whole = read(xml.length);
    expect(whole[1]).toEqual([
      [0, ""],
      [Kind.date, "41275.5"],
      [0, ""],
      [Kind.text, "a&b"],
    ]);
    expect(whole[4]).toEqual([
      [Kind.text, "shared"],
      [Kind.boolean, "TRUE"],
      [0, ""],
      [0, ""],
    ]);
    for (const size of [1, 2, 3, 7, 50]) expect(read(size)).toEqual(whole);
  });

  it("reads namespace prefixes, cells and rows without addresses, gaps, CDATA and runs of rich text", async () => {
    const sheet =
      `<x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c r="C1"><x:v>2</x:v></x:c><x:c><x:v> 3 </x:v></x:c></x:row>` +
      `<x:row r="4"><x:c t="inlineStr"><x:is><x:r><x:t>rich </x:t></x:r><x:r><x:t><![CDATA[<text>]]></x:t></x:r>` +
      `<x:rPh sb="0" eb="1"><x:t>phonetic</x:t></x:rPh></x:is></x:c><x:c t="str"><x:f>1&lt;2</x:f><x:v>by_x0041_ formula</x:v></x:c></x:row></x:sheetData>`;
    expect(await cellsOf(workbook({ sheets: { S: sheet } }))).toEqual([
      ["1", "", "2", "3"],
      ["", "", "", ""],
      ["", "", "", ""],
      ["rich <text>", "byA formula", "", ""],
    ]);
  });

  it("takes the strings that cells share without their phonetic hints", async () => {
    const file = workbook({
      sheets: {
        S: `<sheetData><row><c t="s"><v>1</v></c><c t="s"><v>0</v></c><c t="s"><v>2</v></c></row></sheetData>`,
      },
      sharedStrings: `<si><t>one</t></si><si><r><t xml:space="preserve">東 </t></r><r><t>京</t></r><rPh sb="0" eb="2"><t>トウ</t></rPh></si><si/>`,
    });
    expect(await cellsOf(file)).toEqual([["東 京", "one"]]);
  });

  it("chooses the first sheet in view that has data, or the one asked for by name or number", async () => {
    const file = workbook({
      sheets: {
        Notes: "<sheetData/>",
        Lists: sheetData([["hidden"]]),
        Data: sheetData([["first"]]),
        "03": sheetData([["named"]]),
      },
      sheetState: { Lists: 'state="hidden"' },
    });
    expect(await cellsOf(file)).toEqual([["first"]]);
    expect(await cellsOf(file, "lists")).toEqual([["hidden"]]);
    expect(await cellsOf(file, "3")).toEqual([["first"]]);
    expect(await cellsOf(file, "03")).toEqual([["named"]]); // a name goes before a number
    await expect(cellsOf(file, "Tab")).rejects.toThrow(
      'book.xlsx has no sheet "Tab"; its sheets are: Notes, Lists, Data, 03',
    );
    await expect(cellsOf(file, "Notes")).rejects.toThrow("sheet Notes: the sheet is empty");
  });

  it("refuses a sheet that is damaged, with the cell where there is one", async () => {
    const read = (sheet: string) => cellsOf(workbook({ sheets: { S: sheet } }));
    await expect(read("<sheetData><row><c><v>1</v></c>")).rejects.toThrow("book.xlsx, sheet S is damaged");
    await expect(read(`<sheetData><row><c t="s"><v>9</v></c></row></sheetData>`)).rejects.toThrow(
      'cell A1 stores "9"',
    );
    await expect(read("<sheetData><row><c><v>1.2.3</v></c></row></sheetData>")).rejects.toThrow(
      'cell A1 stores "1.2.3"',
    );
    await expect(read(`<sheetData><row r="9999999"><c><v>1</v></c></row></sheetData>`)).rejects.toThrow(
      "row 9999999",
    );
    await expect(read(`<sheetData><row><c r="ZZZZ1"><v>1</v></c></row></sheetData>`)).rejects.toThrow(
      "address is malformed",
    );
    await expect(read("<sheetData></row></row></sheetData></worksheet></x>")).rejects.toThrow("closes a tag");
    await expect(read("<!DOCTYPE x [<!ENTITY a 'b'>]><sheetData/>")).rejects.toThrow(
      "declares a document type",
    );
    await expect(read(`<sheetData><row><c r=A1/></row></sheetData>`)).rejects.toThrow("malformed tag");
  });

  it("tells dates and times of day from numbers as SheetJS does", () => {
    const codes = [
      "General",
      "0",
      "0.00",
      "#,##0",
      "0%",
      "0.00E+00",
      "# ?/?",
      "@",
      "yyyy-mm-dd",
      "d/m/yyyy",
      "mmm-yy",
      "h:mm",
      "h:mm:ss AM/PM",
      "[h]:mm",
      "[mm]:ss",
      "mm:ss.0",
      '0.0" days"',
      '"d"0',
      "[Red]0.0",
      "[$-409]d-mmm-yy;@",
      "0\\h",
      "_-* #,##0.00_-",
      'yyyy"年"m"月"',
      "[<1]0.0;0",
    ];
    for (const code of codes) {
      const kind = kindOfFormat(164, code);
      expect([code, kind !== Kind.number]).toEqual([code, XLSX.SSF.is_date(code)]);
    }
    expect(kindOfFormat(164, "h:mm")).toBe(Kind.clock);
    expect(kindOfFormat(164, "[h]:mm:ss")).toBe(Kind.clock);
    expect(kindOfFormat(164, "mmm")).toBe(Kind.date);
    expect(kindOfFormat(14, undefined)).toBe(Kind.date);
    expect(kindOfFormat(21, undefined)).toBe(Kind.clock);
    expect(kindOfFormat(2, undefined)).toBe(Kind.number);
  });
});

/** A small seeded generator of numbers in [0, 1). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
