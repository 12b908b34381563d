import { type CellGrid, columnLetters, Kind } from "../cell-grid.js";
import { parseNumber } from "../parse-number.js";
import { unescapeCellText } from "./shared-strings.js";
import { nameHash, XmlScanner } from "./xml-scanner.js";

const MAX_ROWS = 2 ** 20; // of the format
const MAX_COLUMNS = 2 ** 14;

const SHEET_DATA = nameHash("sheetData");
const ROW = nameHash("row");
const CELL = nameHash("c");
const VALUE = nameHash("v");
const FORMULA = nameHash("f");
const TEXT = nameHash("t");
const PHONETIC = nameHash("rPh");
const R = nameHash("r");
const S = nameHash("s");
const T = nameHash("t");

/** The type letter of a cell, `<c t="…">`, by its bytes' hash. */
const SHARED = nameHash("s");
const STRING = nameHash("str");
const INLINE = nameHash("inlineStr");
const BOOLEAN = nameHash("b");
const ERROR = nameHash("e");
const ISO_DATE = nameHash("d");

/**
 * Reads the cells of `<sheetData>` into a grid (ECMA-376 part 1, §18.3.1). `styles[s]` is the kind that style s
 * makes of a number; grid.texts must begin with the workbook's `shared` strings.
 */
export class SheetScanner extends XmlScanner {
  private row = -1;
  private column = -1;
  private type = 0;
  private style = 0;
  private inside = false; // of sheetData
  private hasFormula = false;
  private phonetic = 0;
  private text = "";
  private pieces = 0; // of text in the present cell

  constructor(
    private readonly grid: CellGrid,
    private readonly styles: Uint8Array,
    private readonly shared: number,
  ) {
    super();
  }

  protected override onOpen(name: number): void {
    if (name === CELL) this.openCell();
    else if (name === VALUE) this.wantsText = this.inside;
    else if (name === ROW) this.openRow();
    else if (name === TEXT) this.wantsText = this.inside && this.phonetic === 0;
    else if (name === FORMULA) this.hasFormula = true;
    else if (name === PHONETIC) this.phonetic++;
    else if (name === SHEET_DATA) this.inside = true;
  }

  protected override onClose(name: number): void {
    if (name === CELL) this.closeCell();
    else if (name === VALUE || name === TEXT) this.wantsText = false;
    else if (name === PHONETIC) this.phonetic--;
    else if (name === SHEET_DATA) this.done = true;
  }

  /** A plain number goes to the grid at once, without becoming a string; the other kinds wait for their end. */
  protected override onText(from: number, to: number, verbatim: boolean): void {
    this.pieces++;
    if (this.type !== 0 || verbatim) this.text += this.decode(from, to, verbatim);
    else if (this.pieces > 1) throw this.malformed(this.bytes.toString("utf8", from, to));
    else {
      const value = parseNumber(this.bytes, from, to);
      this.setNumber(Number.isNaN(value) ? this.numberOf(this.bytes.toString("utf8", from, to)) : value);
    }
  }

  override end(): void {
    super.end();
    if (!this.done) throw new Error("it holds no sheet data");
  }

  private openRow(): void {
    if (!this.inside) return;
    const r = this.attributeInteger(R);
    this.row = r > 0 ? r - 1 : this.row + 1;
    this.column = -1;
    if (this.row >= MAX_ROWS) throw new Error(`it has a row ${this.row + 1}, past the format's last`);
  }

  private openCell(): void {
    this.column++;
    const r = this.attribute(R);
    if (r >= 0) this.readReference(this.valueStart(r), this.valueEnd(r));
    if (this.column >= MAX_COLUMNS || this.row < 0)
      throw new Error("it has a cell outside its rows and columns");
    this.style = Math.max(0, this.attributeInteger(S));
    const t = this.attribute(T);
    this.type = t < 0 ? 0 : this.hashOf(this.valueStart(t), this.valueEnd(t));
    this.hasFormula = false;
    this.pieces = 0;
    this.text = "";
  }

  private closeCell(): void {
    if (!this.inside) return;
    const { grid, row, column } = this;
    const text = this.text;
    switch (this.type) {
      case 0:
        if (text !== "") this.setNumber(this.numberOf(text));
        break;
      case SHARED: {
        if (text === "") break;
        const index = Number(text);
        if (!(Number.isInteger(index) && index >= 0 && index < this.shared)) throw this.malformed(text);
        if (grid.texts[index] !== "") grid.set(row, column, Kind.text, index);
        break;
      }
      case BOOLEAN:
        if (text !== "") grid.set(row, column, Kind.boolean, /^(1|true)$/i.test(text.trim()) ? 1 : 0);
        break;
      case ERROR:
        grid.setText(row, column, Kind.error, text);
        break;
      case STRING:
      case INLINE:
      case ISO_DATE:
        if (text !== "") grid.setText(row, column, Kind.text, unescapeCellText(text));
        break;
      default:
        throw new Error(`cell ${columnLetters(column)}${row + 1} is of a type the format does not have`);
    }
    // A formula's text may well be empty; its number or truth may not.
    if (this.hasFormula && this.pieces === 0 && this.type !== STRING)
      grid.set(row, column, Kind.uncomputed, 0);
  }

  private numberOf(text: string): number {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isNaN(value)) throw this.malformed(text);
    return value;
  }

  private setNumber(value: number): void {
    this.grid.set(this.row, this.column, (this.styles[this.style] ?? Kind.number) as Kind, value);
  }

  private malformed(text: string): Error {
    const shown = JSON.stringify(text.slice(0, 40));
    return new Error(`cell ${columnLetters(this.column)}${this.row + 1} stores ${shown} as its value`);
  }

  /** `E17`: letters, then the row's number, which must be the row's own. */
  private readReference(from: number, to: number): void {
    let column = 0;
    let at = from;
    for (; at < to && at < from + 3; at++) {
      const letter = (this.bytes[at]! | 0x20) - 0x60;
      if (letter < 1 || letter > 26) break;
      column = column * 26 + letter;
    }
    const row = this.integer(at, to);
    if (column === 0 || row < 1) throw new Error("it has a cell whose address is malformed");
    if (row > MAX_ROWS) throw new Error(`it has a row ${row}, past the format's last`);
    this.column = column - 1;
    this.row = row - 1;
  }

  /** The hash of a type letter; `n`, the default, is 0. */
  private hashOf(from: number, to: number): number {
    if (to - from === 1 && this.bytes[from] === 0x6e) return 0;
    let hash = 0;
    for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + this.bytes[at]!) | 0;
    return hash;
  }
}
