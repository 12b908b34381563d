import { UserError } from "../../shared/errors.js";

/** Windows from … to − 1. */
export interface WindowRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads --windows, as "0,50", "100:200" (200 itself not included) or both, into ranges that ascend and do not touch,
 * so that what selects the same windows reads the same. Throws a UserError for what is not of that form.
 */
export function parseWindows(text: string): WindowRange[] {
  const ranges = text.split(",").map((part) => parseRange(part.trim()));
  ranges.sort((a, b) => a.from - b.from);
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

function parseRange(part: string): WindowRange {
  const match = /^(\d{1,15})(?::(\d{1,15}))?$/.exec(part);
  if (match === null)
    throw new UserError(
      `--windows: "${part}" is neither a window's number nor a range; write 0,50 or 100:200`,
    );
  const from = Number(match[1]);
  const to = match[2] === undefined ? from + 1 : Number(match[2]);
  if (from >= to)
    throw new UserError(`--windows: the range ${part} holds no window; write it as first:last+1`);
  return { from, to };
}
