import { kindOf, readsOf, writesOf } from "./operations/kinds.js";
import type { Operation, Range } from "./program.js";

/** Only the operations that the wanted ranges depend on, in order; `units` bounds the addresses in use. */
export function prune(
  operations: readonly Operation[],
  wanted: readonly Range[],
  units: number,
): Operation[] {
  const live = new Uint8Array(units);
  const mark = (range: Range, value: number) => live.fill(value, range.at, range.at + range.n);
  for (const range of wanted) mark(range, 1);
  const kept: Operation[] = [];
  for (let i = operations.length - 1; i >= 0; i--) {
    const op = operations[i]!;
    const written = writesOf(op);
    if (!written.some((range) => live.subarray(range.at, range.at + range.n).includes(1))) continue;
    if (kindOf(op).assigns(op)) for (const range of written) mark(range, 0);
    for (const range of readsOf(op)) mark(range, 1);
    kept.push(op);
  }
  return kept.reverse();
}
