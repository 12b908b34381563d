import type { Series } from "../../shared/series.js";

/** A series that still knows where its cells stand in the file. */
export interface LocatedSeries extends Series {
  /** For messages: "weather.xlsx, sheet Sheet1, cell E17". */
  cellAt(row: number, column: string): string;
}
