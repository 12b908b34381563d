import { Kind as kinds } from "./cell-writer.mjs";

/** What a cell holds, as the threads write it. */
export const Kind = kinds;

/** The code of what a cell holds. */
export type Kind = (typeof kinds)[keyof typeof kinds];

/** The cells of a column: kinds[row] says how to read values[row]; for texts that is an index of `texts`. */
export interface CellColumn {
  kinds: Uint8Array; // [capacity]
  values: Float64Array; // [capacity]
}

/** A sheet's cells as a reader's thread hands them over (cell-writer.mjs). */
export interface Cells {
  readonly rows: number; // the last row that has a cell, plus one
  readonly columns: readonly CellColumn[];
  readonly texts: readonly string[];
}

/** A sheet's cells, kept by column in typed arrays. */
export class CellGrid implements Cells {
  readonly rows: number;
  readonly columns: readonly CellColumn[];
  readonly texts: readonly string[];

  constructor({ rows, columns, texts }: Cells) {
    this.rows = rows;
    this.columns = columns;
    this.texts = texts;
  }

  kindAt(row: number, column: number): Kind {
    return (this.columns[column]?.kinds[row] ?? Kind.empty) as Kind;
  }

  /** What a reader of the sheet would see in the cell, nearly. */
  shown(row: number, column: number): string {
    const value = this.columns[column]?.values[row] ?? 0;
    switch (this.kindAt(row, column)) {
      case Kind.empty:
      case Kind.uncomputed:
        return "";
      case Kind.text:
      case Kind.error:
        return this.texts[value] ?? "";
      case Kind.boolean:
        return value === 0 ? "FALSE" : "TRUE";
      default:
        return String(value);
    }
  }
}

/** The letters of a column, as spreadsheets name it: 0 → A, 26 → AA. */
export function columnLetters(column: number): string {
  let letters = "";
  for (let n = column + 1; n > 0; n = Math.floor((n - 1) / 26))
    letters = String.fromCharCode(65 + ((n - 1) % 26)) + letters;
  return letters;
}
