import XLSX from "@e965/xlsx";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readDataset } from "../../../src/producer/read/read-dataset.js";
import { scratchFolder } from "../../helpers/folders.js";
import { refusalOf } from "../../helpers/refusal.js";
import { sheetData, workbook, workbookParts } from "../../helpers/workbooks.js";

const write = scratchFolder();

const refusal = (name: string, content: string | Uint8Array) => refusalOf(write(name, content));

const ofSheet = (sheet: string): Promise<string> => refusal("book.xlsx", workbook({ sheets: { S: sheet } }));

/** A workbook with a part that is the unit repeated. */
function filled(part: string, start: string, unit: string, end: string, bytes: number): Uint8Array {
  const content = Buffer.alloc(bytes, unit);
  content.write(start);
  content.write(end, bytes - end.length);
  return zipSync({ ...workbookParts({ sheets: { S: "<sheetData/>" } }), [part]: content }, { level: 9 });
}

const SHEET = "xl/worksheets/sheet1.xml";
const STRINGS = "xl/sharedStrings.xml";

describe("a damaged workbook", () => {
  it("is refused with the sheet, or the cell where there is one", async () => {
    expect(await ofSheet(`<sheetData><row><c t="s"><v>9</v></c></row></sheetData>`)).toBe(
      "book.xlsx, sheet S is damaged: its cells cannot be made out; open it in a spreadsheet program and save it again",
    );
    expect(await ofSheet("<sheetData><row><c/><c><v>x1</v></c></row></sheetData>")).toBe(
      "book.xlsx, sheet S is damaged: cell B1 stores a number that is none",
    );
    expect(await ofSheet(`<sheetData><row r="9999999"><c><v>1</v></c></row></sheetData>`)).toMatch(
      /sheet S is damaged: it has a row 9999999, past the format's last/,
    );
    expect(await ofSheet(`<sheetData><row><c r="ZZZZ1"><v>1</v></c></row></sheetData>`)).toMatch(
      /row 1 has a cell past the format's last column/,
    );
  });

  it("is refused where a sheet's XML stops, even though the archive is whole", async () => {
    const cut = Buffer.from("<worksheet><sheetData><row><c><v>1</v></c>");
    const parts = { ...workbookParts({ sheets: { S: "" } }), [SHEET]: cut };
    expect(await refusal("cut.xlsx", zipSync(parts))).toMatch(
      /sheet1\.xml is damaged: its XML ends too early/,
    );
  });

  it("is refused where a part is missing or is none", async () => {
    const { [SHEET]: _, ...parts } = workbookParts({ sheets: { S: "" } });
    expect(await refusal("part.xlsx", zipSync(parts))).toMatch(/sheet S is damaged/);
    const wrong = { ...workbookParts({ sheets: { S: "" } }), "xl/workbook.xml": Buffer.from("<nothing/>") };
    expect(await refusal("wrong.xlsx", zipSync(wrong))).toMatch(
      /^wrong\.xlsx cannot be read as an \.xlsx workbook/,
    );
  });
});

describe("a hostile file", () => {
  it("that unpacks to far more than its size is refused before it is unpacked", async () => {
    const before = process.memoryUsage().rss;
    expect(await refusal("zeros.xlsx", filled(SHEET, "<worksheet>", " ", "</worksheet>", 100e6))).toMatch(
      /^zeros\.xlsx holds 96 MiB of cells and texts when it is unpacked, more than the 32 MiB that are read of a file of its size/,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  it("that unpacks to more than its archive says is refused", async () => {
    const file = Buffer.from(filled(SHEET, "<worksheet>", " ", "</worksheet>", 50e6));
    const entry = file.lastIndexOf(SHEET) - 46; // in the archive's directory
    expect(file.readUInt32LE(entry + 24)).toBe(50e6);
    file.writeUInt32LE(1000, entry + 24);
    expect(await refusal("lie.xlsx", file)).toMatch(/sheet1\.xml is damaged: it inflates to more than/);
  });

  it("of tags alone ends in bounded memory", async () => {
    const before = process.memoryUsage().rss;
    const sheet = (unit: string) =>
      filled(SHEET, "<worksheet><sheetData>", unit, "</sheetData></worksheet>", 30e6);
    const strings = filled(STRINGS, "<sst>", "<si></si>", "</sst>", 30e6);
    expect(await refusal("rows.xlsx", sheet("<row></row>"))).toBe("rows.xlsx has no sheet with data");
    expect(await refusal("values.xlsx", sheet("<row><c><v>1</v></c></row>"))).toMatch(
      /past the format's last/,
    );
    expect(await refusal("open.xlsx", sheet("<row>"))).toBe("open.xlsx has no sheet with data");
    expect(await refusal("strings.xlsx", strings)).toBe("strings.xlsx has no sheet with data");
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30);
  });

  it("with cells in all corners of the format is refused, with one in a corner read", async () => {
    const corner = (column: number, row: number) =>
      `<row r="${row}"><c r="${XLSX.utils.encode_col(column)}${row}"><v>1</v></c></row>`;
    const corners = Array.from({ length: 200 }, (_, i) => corner(i, 2 ** 20)).join("");
    expect(await ofSheet(`<sheetData>${corners}</sheetData>`)).toMatch(
      /^book\.xlsx, sheet S spans more than 64 million cells/,
    );
    const one = `<dimension ref="A1:XFD1048576"/>${sheetData([["a"], [1]])}`;
    expect(await readDataset(write("one.xlsx", workbook({ sheets: { S: one } })))).toMatchObject({ rows: 1 });
  });

  it("that defines entities of entities has them left as they stand", async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>`;
    const sheet = Buffer.from(
      `${bomb}<worksheet><sheetData><row><c t="str"><v>&b;</v></c></row><row><c><v>1</v></c></row></sheetData></worksheet>`,
    );
    const parts = { ...workbookParts({ sheets: { S: "" } }), [SHEET]: sheet };
    const dataset = await readDataset(write("entities.xlsx", zipSync(parts)));
    expect(dataset.columns.map(({ name }) => name)).toEqual(["&b;"]);
  });

  it("of delimiters alone is empty, and one of more columns than a sheet may have is refused", async () => {
    expect(await refusal("commas.csv", Buffer.alloc(20e6, ","))).toMatch(/is empty/);
    expect(await refusal("far.csv", `${",".repeat(1e6)}1\n`)).toBe("far.csv has more than 16384 columns");
  });
});
