import { describe, expect, it } from "vitest";
import { readDataset } from "../../../src/producer/read/read-dataset.js";
import type { SelectOptions } from "../../../src/producer/series/select-options.js";
import { selectSeries } from "../../../src/producer/series/select-series.js";
import { scratchFolder } from "../../helpers/folders.js";

const write = scratchFolder();

async function read(times: readonly string[], options?: SelectOptions) {
  const rows = times.map((time, i) => `${time},${"abc"[i % 3]},${i}`);
  return selectSeries(await readDataset(write("s.csv", `at,site,x\n${rows.join("\n")}\n`)), options);
}

/** n hours from midnight on. */
function hours(n: number, from = "2020-10-24"): string[] {
  const start = Date.parse(`${from}T00:00:00Z`);
  return Array.from({ length: n }, (_, i) => new Date(start + i * 3_600_000).toISOString().slice(0, 16));
}

describe("a series whose rows are not in time order", () => {
  it("is refused at the row that stands below a later time, with what to do", async () => {
    const times = hours(30);
    times[7] = "2020-10-22 06:30";
    await expect(read(times)).rejects.toThrow(
      "s.csv, line 9, column at: 2020-10-22 06:30:00 stands below a later time; sort the rows from the oldest to the newest, or choose another --time-column (none: the rows have no times), or give --group-by where the file holds several series",
    );
  });

  it("is refused where it runs from the newest row to the oldest, however close they are", async () => {
    await expect(read(hours(30).reverse())).rejects.toThrow(/line 3, .* stands below a later time/);
    await expect(read(["2020-01-01 00:00:02", "2020-01-01 00:00:01"])).rejects.toThrow(/line 3/);
  });

  it("is told by its groups where windows do not cross them", async () => {
    const times = hours(10).flatMap((time) => [time, time, time]);
    const stacked = [...hours(10), ...hours(10), ...hours(10)];
    expect((await read(times, { groupBy: "site" })).rows).toBe(30);
    await expect(read(stacked)).rejects.toThrow(/line 12/);
  });
});

describe("a series is in time order still", () => {
  it("where its dates are not the rows' times", async () => {
    const { time, rows } = await read(hours(30).reverse(), { timeColumn: "none" });
    expect([time, rows]).toEqual([null, 30]);
  });

  it("where times repeat or are absent", async () => {
    expect((await read(["2020-01-01", "2020-01-01", "", "2020-01-02"])).rows).toBe(4);
  });

  it("where a local clock is set back by an hour", async () => {
    const autumn = [...hours(27), ...hours(40).slice(26)]; // 02:00 twice on the 25th
    expect((await read(autumn)).rows).toBe(41);
  });
});
