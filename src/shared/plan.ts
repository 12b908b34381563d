/** Which windows of the series a run differentiates. Window w covers rows w·stride … w·stride + steps − 1. */
export interface WindowPlan {
  readonly steps: number; // T: rows of a window
  readonly stride: number;
  /** Windows of the whole series, ⌊(N − T)/stride⌋ + 1 (summed over groups), before any is left out. */
  readonly total: number;
  /** Windows left out because a cell is missing. */
  readonly skipped: number;
  /** The planned windows, ascending, as runs of consecutive ones: compact however long the series. */
  readonly segments: readonly { readonly first: number; readonly count: number }[];
  /** Planned windows: Σ segments.count. A window's *position* is its place among them. */
  readonly count: number;
  /**
   * Groups of rows that hold windows: window firstWindow starts at row firstRow, and so on by the stride until the
   * next block's first window. One block, { 0, 0 }, where the series is not grouped.
   */
  readonly blocks: readonly { readonly firstWindow: number; readonly firstRow: number }[];
}

/** The unit of work, of retry and of commit: the planned windows at positions from … from + count − 1. */
export interface Chunk {
  readonly index: number;
  readonly from: number;
  readonly count: number;
}

/** The windows at the planned positions from … from + count − 1, ascending. */
export function windowsOf(plan: WindowPlan, { from, count }: Pick<Chunk, "from" | "count">): Int32Array {
  if (from < 0 || count < 0 || from + count > plan.count)
    throw new RangeError(
      `positions ${from} … ${from + count - 1} are not among the ${plan.count} planned windows`,
    );
  const windows = new Int32Array(count); // [count]
  let position = 0; // of the segment's first window
  let filled = 0;
  for (const segment of plan.segments) {
    const skip = Math.max(0, from - position);
    for (let i = skip; i < segment.count && filled < count; i++) windows[filled++] = segment.first + i;
    position += segment.count;
    if (filled === count) break;
  }
  return windows;
}

/** The first row of each window, in the order of the series' rows. */
export function rowsOf(plan: WindowPlan, windows: Int32Array): Int32Array {
  let block = 0;
  return windows.map((window) => {
    if (window < plan.blocks[block]!.firstWindow) block = 0;
    while (window >= (plan.blocks[block + 1]?.firstWindow ?? Number.POSITIVE_INFINITY)) block++;
    const { firstWindow, firstRow } = plan.blocks[block]!;
    return firstRow + (window - firstWindow) * plan.stride;
  });
}

/** The lag of a step of a window of `steps` rows: step 0 is the oldest row, lag 1 the newest. */
export const lagOf = (step: number, steps: number): number => steps - step;

/** The step that stands at a lag. */
export const stepOf = (lag: number, steps: number): number => steps - lag;
