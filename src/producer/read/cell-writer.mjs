// @ts-check
// What the threads of csv-thread.mjs and xlsx/xlsx-thread.mjs fill; plain JavaScript as they are.

/** What a cell holds, as its file says; a clock is a time of day or a duration, with no date. */
export const Kind = /** @type {const} */ ({
  empty: 0,
  number: 1,
  text: 2,
  boolean: 3,
  date: 4, // value: the sheet's serial day number
  clock: 5, // value: days
  error: 6, // a formula's error; value: the index of its text
  uncomputed: 7, // a formula whose value was never stored
});

const MAX_COLUMNS = 2 ** 14; // as many as a workbook may have
const MAX_TEXTS = 2 ** 23;
const MAX_CHARACTERS = 2 ** 27; // of all texts

/** The sheet is larger than what is read; the message goes on after the name of its place. */
export class TooLarge extends Error {}

/**
 * A sheet's cells as they are read, in any order, by column in typed arrays. A text that stands in many cells is
 * kept once, since each is copied to the thread that asked.
 */
export class CellWriter {
  /** @type {import("./cell-grid.js").CellColumn[]} */
  #columns = [];
  /** @type {Map<string, number>} */
  #texts = new Map(); // in the order of their numbers
  #characters = 0;
  #rows = 0;
  #slots = 0;
  #maxCells;

  /** @param {number} maxCells of all columns together, the empty ones above a cell counted */
  constructor(maxCells) {
    this.#maxCells = maxCells;
  }

  /**
   * @param {number} row
   * @param {number} column
   * @param {import("./cell-grid.js").Kind} kind
   * @param {number} value
   */
  set(row, column, kind, value) {
    const cells = this.#columns[column] ?? this.#addColumns(column);
    if (row >= cells.kinds.length) this.#grow(cells, row + 1);
    cells.kinds[row] = kind;
    cells.values[row] = value;
    if (row >= this.#rows) this.#rows = row + 1;
  }

  /**
   * @param {number} row
   * @param {number} column
   * @param {import("./cell-grid.js").Kind} kind
   * @param {string} text
   */
  setText(row, column, kind, text) {
    let index = this.#texts.get(text);
    if (index === undefined) {
      this.#characters += text.length;
      index = this.#texts.size;
      if (index >= MAX_TEXTS || this.#characters > MAX_CHARACTERS)
        throw new TooLarge("holds too much text; keep the columns that the model needs");
      this.#texts.set(text, index);
    }
    this.set(row, column, kind, index);
  }

  /** @returns {import("./cell-grid.js").Cells} */
  get cells() {
    return { rows: this.#rows, columns: this.#columns, texts: [...this.#texts.keys()] };
  }

  /** The columns' memory, which a message can hand over without copying it. */
  get buffers() {
    return this.#columns.flatMap(({ kinds, values }) => [
      /** @type {ArrayBuffer} */ (kinds.buffer),
      /** @type {ArrayBuffer} */ (values.buffer),
    ]);
  }

  /** @param {number} column */
  #addColumns(column) {
    if (column >= MAX_COLUMNS) throw new TooLarge(`has more than ${MAX_COLUMNS} columns`);
    let last;
    while (this.#columns.length <= column) {
      last = { kinds: new Uint8Array(0), values: new Float64Array(0) };
      this.#columns.push(last);
    }
    return /** @type {import("./cell-grid.js").CellColumn} */ (last);
  }

  /**
   * @param {import("./cell-grid.js").CellColumn} cells
   * @param {number} rows
   */
  #grow(cells, rows) {
    const { kinds, values } = cells;
    const capacity = Math.max(rows, Math.min(kinds.length * 2, kinds.length + 2 ** 20), 1024);
    this.#slots += capacity - kinds.length;
    if (this.#slots > this.#maxCells)
      throw new TooLarge(
        `spans more than ${this.#maxCells / 1e6} million cells; keep the columns and rows that the model needs`,
      );
    cells.kinds = new Uint8Array(capacity);
    cells.kinds.set(kinds);
    cells.values = new Float64Array(capacity);
    cells.values.set(values);
  }
}
