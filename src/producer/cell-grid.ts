import { UserError } from "../shared/errors.js";
import { MAX_CELLS } from "./dataset.js";

/** What a cell holds, as its file says; a clock is a time of day or a duration, with no date. */
export const Kind = {
  empty: 0,
  number: 1,
  text: 2,
  boolean: 3,
  date: 4, // value: the sheet's serial day number
  clock: 5, // value: days
  error: 6, // a formula's error; value: the index of its text
  uncomputed: 7, // a formula whose value was never stored
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** The cells of a column: kinds[row] says how to read values[row]; for texts that is an index of `texts`. */
export interface CellColumn {
  kinds: Uint8Array; // [capacity]
  values: Float64Array; // [capacity]
}

const MAX_COLUMNS = 2 ** 14; // as many as a workbook may have
const MAX_TEXTS = 2 ** 23;
const MAX_CHARACTERS = 2 ** 28; // of all texts

/** A sheet's cells as they are read, in any order, kept by column in typed arrays. */
export class CellGrid {
  readonly columns: CellColumn[] = [];
  rows = 0; // the last row set, plus one
  private slots = 0;
  private characters = 0;

  /** `place` names the sheet in messages; `texts` are those that cells may refer to from the start. */
  constructor(
    private readonly place: string,
    readonly texts: string[] = [],
  ) {}

  set(row: number, column: number, kind: Kind, value: number): void {
    const cells = this.columns[column] ?? this.addColumns(column);
    if (row >= cells.kinds.length) this.grow(cells, row + 1);
    cells.kinds[row] = kind;
    cells.values[row] = value;
    if (row >= this.rows) this.rows = row + 1;
  }

  setText(row: number, column: number, kind: Kind, text: string): void {
    this.characters += text.length;
    if (this.texts.length >= MAX_TEXTS || this.characters > MAX_CHARACTERS)
      throw new UserError(`${this.place} holds too much text; keep the columns that the model needs`);
    this.set(row, column, kind, this.texts.length);
    this.texts.push(text);
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

  private addColumns(column: number): CellColumn {
    if (column >= MAX_COLUMNS) throw new UserError(`${this.place} has more than ${MAX_COLUMNS} columns`);
    for (let c = this.columns.length; c <= column; c++)
      this.columns.push({ kinds: new Uint8Array(0), values: new Float64Array(0) });
    return this.columns[column]!;
  }

  private grow(cells: CellColumn, rows: number): void {
    const capacity = Math.max(rows, Math.min(cells.kinds.length * 2, cells.kinds.length + 2 ** 20), 1024);
    this.slots += capacity - cells.kinds.length;
    if (this.slots > MAX_CELLS)
      throw new UserError(
        `${this.place} spans more than ${MAX_CELLS / 1e6} million cells; keep the columns and rows that the model needs`,
      );
    const { kinds, values } = cells;
    cells.kinds = new Uint8Array(capacity);
    cells.kinds.set(kinds);
    cells.values = new Float64Array(capacity);
    cells.values.set(values);
  }
}

/** The letters of a column, as spreadsheets name it: 0 → A, 26 → AA. */
export function columnLetters(column: number): string {
  let letters = "";
  for (let n = column + 1; n > 0; n = Math.floor((n - 1) / 26))
    letters = String.fromCharCode(65 + ((n - 1) % 26)) + letters;
  return letters;
}
