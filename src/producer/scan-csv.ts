const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/** A cell's bytes, [from, to), without quotes and the spaces around; `doubled` where it holds quotes written twice. */
export type OnCell = (row: number, column: number, from: number, to: number, doubled: boolean) => void;

/**
 * Scans delimited text in UTF-8 (RFC 4180, any one-byte delimiter, any line ends), calling `onCell` for each cell
 * that is not empty. Blank lines are no rows. Returns the line on which each row begins. Throws a plain Error with
 * the line where quotes are malformed.
 */
export function scanCsv(bytes: Uint8Array, delimiter: number, onCell: OnCell): number[] {
  const { length } = bytes;
  const lines: number[] = []; // [rows]
  let line = 1;
  let rowLine = 1;
  let column = 0;
  let blank = true; // nothing in this row yet
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0; // past the byte order mark
  while (at <= length) {
    at = afterSpaces(bytes, at);
    const quoted = bytes[at] === QUOTE;
    const from = quoted ? at + 1 : at;
    let to: number;
    let doubled = false;
    if (quoted) {
      to = closingQuote(bytes, from);
      if (to < 0) throw new Error(`the quote that opens on line ${line} is never closed`);
      at = afterSpaces(bytes, to + 1);
      doubled = bytes.subarray(from, to).includes(QUOTE);
      line += lineEnds(bytes, from, to);
      if (at < length && bytes[at] !== delimiter && bytes[at] !== LF && bytes[at] !== CR)
        throw new Error(`line ${line} goes on after a closing quote`);
    } else {
      at = cellEnd(bytes, from, delimiter);
      to = at;
      while (to > from && bytes[to - 1] === SPACE) to--;
    }
    const last = bytes[at] !== delimiter;
    if (to > from) onCell(lines.length, column, from, to, doubled);
    if (quoted || to > from || !last) blank = false;
    if (!last) {
      column++;
      at++;
      continue;
    }
    if (!blank) lines.push(rowLine);
    if (bytes[at] === CR && bytes[at + 1] === LF) at++;
    at++;
    rowLine = ++line;
    column = 0;
    blank = true;
  }
  return lines;
}

function afterSpaces(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === SPACE) at++;
  return at;
}

function cellEnd(bytes: Uint8Array, from: number, delimiter: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === delimiter || byte === LF || byte === CR) return at;
  }
  return bytes.length;
}

/** The quote that closes a cell: one that is not written twice. −1 where there is none. */
function closingQuote(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from); at >= 0; at = bytes.indexOf(QUOTE, at + 2))
    if (bytes[at + 1] !== QUOTE) return at;
  return -1;
}

/** How many lines end in bytes[from, to): by LF, CR LF or CR. */
function lineEnds(bytes: Uint8Array, from: number, to: number): number {
  let ends = 0;
  for (let at = from; at < to; at++)
    if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] !== LF)) ends++;
  return ends;
}
