/** Windows from … to − 1. */
export interface WindowRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Windows as text: "0,50", "100:200" (200 itself not included) or both, as ranges that ascend and do not touch. null
 * for what is not of that form, and for a range that holds no window.
 */
export function parseWindows(text: string): WindowRange[] | null {
  const ranges = text.split(",").map((part) => parseRange(part.trim()));
  return ranges.includes(null) ? null : mergeRanges(ranges.filter((range) => range !== null));
}

/** The same windows in ranges that ascend and do not touch, so that what selects the same windows reads the same. */
export function mergeRanges(ranges: readonly WindowRange[]): WindowRange[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

function parseRange(part: string): WindowRange | null {
  const [, first, end] = /^(\d{1,15})(?::(\d{1,15}))?$/.exec(part) ?? [];
  if (first === undefined) return null;
  const from = Number(first);
  const to = end === undefined ? from + 1 : Number(end);
  return from < to ? { from, to } : null;
}
