import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { scanCsv } from "../../src/producer/scan-csv.js";

function scan(text: string, delimiter = ","): { cells: string[][]; lines: number[] } {
  const bytes = Buffer.from(text);
  const cells: string[][] = [];
  const lines = scanCsv(bytes, delimiter.charCodeAt(0), (row, column, from, to, doubled) => {
    const cell = bytes.toString("utf8", from, to);
    cells[row] ??= [];
    cells[row][column] = doubled ? cell.replaceAll('""', '"') : cell;
  });
  return { cells: lines.map((_, row) => Array.from(cells[row] ?? [], (cell) => cell ?? "")), lines };
}

/** csv-parse's records, empty cells at the ends left out. */
function reference(text: string, delimiter: string): string[][] {
  const records = parse(text, {
    delimiter,
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  return records.map((record: string[]) => record.slice(0, record.findLastIndex((cell) => cell !== "") + 1));
}

describe("scanCsv", () => {
  it("finds the cells that csv-parse finds, in 3,000 random texts", () => {
    const pieces = ["a", "1.5", "ü€", '"q"', '"d,;\t"', '"two\nlines"', '"say ""yes"""', '""', " x y ", ""];
    let state = 7;
    const random = (n: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    for (let i = 0; i < 3000; i++) {
      const delimiter = [",", ";", "\t"][random(3)]!;
      const end = ["\n", "\r\n"][random(2)]!;
      const rows = Array.from({ length: 1 + random(5) }, () =>
        Array.from({ length: 1 + random(4) }, () => pieces[random(pieces.length)]).join(delimiter),
      );
      const text = (random(4) === 0 ? "\uFEFF" : "") + rows.join(end) + (random(2) === 0 ? end : "");
      // A row of one quoted empty cell is a row here; csv-parse takes it for an empty line.
      if (rows.some((row) => row.trim() === '""' || row.trim() === "")) continue;
      expect([text, scan(text, delimiter).cells]).toEqual([text, reference(text, delimiter)]);
    }
  });

  it("says on which line each row begins", () => {
    expect(scan('a\n\n"b\nb",c\r\n\r\nd').lines).toEqual([1, 3, 6]);
    expect(scan("a\rb\r\rc").lines).toEqual([1, 2, 4]);
  });

  it("refuses quotes that are not closed or are followed by more", () => {
    expect(() => scan('a\nb,"c\nd')).toThrow("the quote that opens on line 2 is never closed");
    expect(() => scan('a\n"b"c')).toThrow("line 2 goes on after a closing quote");
  });

  it("keeps quotes within a cell that does not begin with one", () => {
    expect(scan('5" pipe,b').cells).toEqual([['5" pipe', "b"]]);
  });
});
