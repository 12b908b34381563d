import { readFileSync } from "node:fs";
import { join } from "node:path";
import XLSX from "@e965/xlsx";
import { describe, expect, it } from "vitest";
import { Kind } from "../../../src/producer/read/cell-grid.js";
import { readDataset } from "../../../src/producer/read/read-dataset.js";
import { readXlsx } from "../../../src/producer/read/xlsx/read-xlsx.js";
import { DATA } from "../../helpers/places.js";
import { randomNumbers } from "../../helpers/random-numbers.js";
import { sheetData, workbook } from "../../helpers/workbooks.js";

/** The shown cells of a sheet, row by row. */
async function cellsOf(file: Uint8Array, sheet?: string): Promise<string[][]> {
  const { grid } = await readXlsx(Buffer.from(file), "book.xlsx", sheet);
  return Array.from({ length: grid.rows }, (_, row) =>
    grid.columns.map((_, column) => grid.shown(row, column)),
  );
}

/** The kinds of the cells in the first row. */
async function kindsOf(file: Uint8Array): Promise<Kind[]> {
  const { grid } = await readXlsx(Buffer.from(file), "book.xlsx", undefined);
  return grid.columns.map((_, column) => grid.kindAt(0, column));
}

describe("the .xlsx reader", () => {
  it("reads what openpyxl writes: texts, numbers, truth, dates, times of day, formulas without values", async () => {
    const { grid, sheet } = await readXlsx(readFileSync(join(DATA, "openpyxl.xlsx")), "o.xlsx", undefined);
    expect(sheet).toBe("Every kind");
    expect(grid.columns.slice(0, 7).map((_, column) => grid.kindAt(2, column))).toEqual([
      Kind.text,
      Kind.number,
      Kind.boolean,
      Kind.date,
      Kind.clock,
      Kind.uncomputed,
      Kind.number,
    ]);
    expect(grid.shown(1, 0)).toBe("row 0\nline");
    expect(grid.shown(0, 6)).toBe("mixed & <odd>");
    expect(grid.shown(2, 6)).toBe("-1e-300");
    expect(grid.kindAt(3, 6)).toBe(Kind.empty);
    expect([grid.kindAt(8, 1), grid.shown(8, 1)]).toEqual([Kind.error, "#DIV/0!"]);
    expect([grid.rows, grid.shown(11, 9)]).toEqual([12, "1000000000000000"]);
  });

  it("reads what XlsxWriter writes: the stored values of formulas, dates of a format of its own", async () => {
    const rows = await cellsOf(readFileSync(join(DATA, "xlsxwriter.xlsx")));
    expect(rows.slice(0, 3)).toEqual([
      ["day", "price", "price", "sum"],
      ["45350.9375", "100", "0", "100"],
      ["45351.9375", "100.1428571428571", "1", "101.14285714285714"],
    ]);
    expect(rows).toHaveLength(9); // a blank cell with a format is none
  });

  it("reads of a workbook by pandas what its .csv holds", async () => {
    const [xlsx, csv] = await Promise.all(
      ["pandas.xlsx", "pandas.csv"].map((name) => readDataset(join(DATA, name))),
    );
    for (const [i, { name, data }] of csv!.columns.entries()) {
      const other = xlsx!.columns[i]?.data;
      expect([xlsx!.columns[i]?.name, other?.kind]).toEqual([name, data.kind]);
      if (data.kind === "text") expect(other).toEqual(data);
      if (data.kind === "time") expect(other).toEqual(data);
      if (data.kind !== "number" || other?.kind !== "number") continue;
      for (const [row, value] of data.numbers.entries())
        expect(Math.fround(other.numbers[row]!)).toBe(Math.fround(value));
    }
  });

  it.each([true, false])(
    "reads every number, text and truth exactly, with shared strings: %s",
    async (bookSST) => {
      const random = randomNumbers(1);
      const rows: unknown[][] = [["name", "a & b", "<c>", "line\nbreak", "ünï €", "d"]];
      for (let i = 0; i < 300; i++)
        rows.push([
          `text ${i % 7}`,
          (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20),
          Math.floor(random() * 1000),
          random() < 0.5,
          random() < 0.3 ? null : random(),
          "  spaces ",
        ]);
      const book = XLSX.utils.book_new(XLSX.utils.aoa_to_sheet(rows), "Data");
      const file = XLSX.write(book, { type: "buffer", bookType: "xlsx", bookSST, compression: true });
      const shown = (value: unknown) =>
        typeof value === "boolean" ? String(value).toUpperCase() : String(value ?? "");
      expect(await cellsOf(file)).toEqual(rows.map((row) => row.map(shown)));
    },
  );

  it("reads namespace prefixes, cells and rows without addresses, gaps and runs of rich text", async () => {
    const sheet =
      `<x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c r="C1"><x:v>2</x:v></x:c><x:c><x:v> 3 </x:v></x:c></x:row>` +
      `<x:row r="4"><x:c t="inlineStr"><x:is><x:r><x:t>rich </x:t></x:r><x:r><x:t>&lt;text&gt;</x:t></x:r>` +
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
      sharedStrings: `<si><t>one</t></si><si><r><t xml:space="preserve">東 </t></r><r><t>京</t></r><rPh sb="0" eb="2"><t>トウ</t></rPh></si><si><t/></si>`,
    });
    expect(await cellsOf(file)).toEqual([["東 京", "one"]]);
  });

  it("tells a formula whose value was never stored from one that gives an empty text, and from an empty cell", async () => {
    const cells = [
      "<c><f>A2*2</f></c>",
      "<c><f>A2*2</f><v></v></c>",
      `<c t="n"><f>A2*2</f><v/></c>`,
      `<c t="str"><f>IF(A2,"","x")</f><v></v></c>`,
      `<c s="0"/>`,
      "<c><f>A2*2</f><v>0</v></c>",
    ];
    const sheet = `<sheetData><row>${cells.join("")}</row></sheetData>`;
    const { uncomputed, empty, number } = Kind;
    expect(await kindsOf(workbook({ sheets: { S: sheet } }))).toEqual([
      ...[uncomputed, uncomputed, uncomputed],
      ...[empty, empty, number],
    ]);
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

  it("tells dates and times of day from numbers by their format", async () => {
    const { number, date, clock } = Kind;
    const formats: readonly (readonly [number | string, Kind])[] = [
      ...(["General", "0.00", "#,##0", "0%", "0.00E+00", "# ?/?", "@", '0.0" days"', '"d"0'] as const).map(
        (code) => [code, number] as const,
      ),
      ...(["[Red]0.0", "0\\h", "_-* #,##0.00_-", "[<1]0.0;0"] as const).map(
        (code) => [code, number] as const,
      ),
      ...(["yyyy-mm-dd", "d/m/yyyy", "mmm-yy", "mmm", "[$-409]d-mmm-yy;@", 'yyyy"年"m"月"'] as const).map(
        (code) => [code, date] as const,
      ),
      ...(["h:mm", "h:mm:ss AM/PM", "[h]:mm", "[mm]:ss", "mm:ss.0"] as const).map(
        (code) => [code, clock] as const,
      ),
      // Built in: 31 and 57 are dates of East Asia, 33 a time of day, 44 an amount of money.
      ...([2, 44] as const).map((id) => [id, number] as const),
      ...([14, 22, 31, 57] as const).map((id) => [id, date] as const),
      ...([21, 33, 46] as const).map((id) => [id, clock] as const),
    ];
    const id = (format: number | string, i: number) => (typeof format === "number" ? format : 164 + i);
    const escaped = (text: string) =>
      text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
    const own = formats.map(([format], i) =>
      typeof format === "string" ? `<numFmt numFmtId="${164 + i}" formatCode="${escaped(format)}"/>` : "",
    );
    const styles = formats.map(([format], i) => `<xf numFmtId="${id(format, i)}" xfId="0"/>`);
    const file = workbook({
      sheets: {
        S: `<sheetData><row>${formats.map((_, i) => `<c s="${i}"><v>1.5</v></c>`).join("")}</row></sheetData>`,
      },
      styles: `<numFmts>${own.join("")}</numFmts><cellXfs>${styles.join("")}</cellXfs>`,
    });
    const kinds = await kindsOf(file);
    expect(formats.map(([format], i) => [format, kinds[i]])).toEqual(formats);
  });
});
