import { describe, expect, it } from "vitest";
import { formatNumber, formatSigned } from "../../src/reducer/format-number.js";
import { formatSummary } from "../../src/reducer/format-summary.js";
import { placeOf } from "../../src/reducer/place-of.js";
import { reduceRun } from "../../src/reducer/reduce-run.js";
import { NO_TIME } from "../../src/shared/series.js";
import { commitRun, type SyntheticOptions, syntheticRun, withFolder } from "../helpers/synthetic-run.js";

async function formatted(options: Partial<SyntheticOptions>): Promise<string> {
  return await withFolder(async (folder) => {
    const run = syntheticRun({
      windows: 200,
      steps: 5,
      columns: ["temp", "wind"],
      targets: [{ name: "temp", m: 1 }],
      chunkSize: 100,
      ...options,
    });
    await commitRun(folder, run);
    return formatSummary((await reduceRun({ folder, spec: run.spec })).summary);
  });
}

describe("the summary on a terminal", () => {
  it("lists the features by their share, aligned in columns", async () => {
    const lines = (await formatted({})).split("\n");
    expect(lines[0]).toBe(
      "synthetic.h5 on synthetic.csv: ∂ output / ∂ input over 200 windows of 5 rows, float32",
    );
    expect(lines[2]).toMatch(/^temp +share +peak lag/);
    expect(lines[3]).toMatch(/^ {2}wind +\d+\.\d % +1 +−/);
    expect(lines[4]).toMatch(/^ {2}temp +\d+\.\d % +1 +\+/);
    expect(new Set(lines.slice(2, 5).map((line) => line.length)).size).toBe(1);
  });

  it("names outputs by number where a target has several, and shows the first four", async () => {
    const text = await formatted({ targets: [{ name: "many", m: 6 }] });
    expect(text).toMatch(/^many\[0\] /m);
    expect(text).toMatch(/^many\[3\] /m);
    expect(text).not.toMatch(/many\[4\]/);
    expect(text).toMatch(/and 2 more outputs/);
  });

  it("keeps its columns narrow where a name is long", async () => {
    const lines = (
      await formatted({ columns: ["temp", "a rather long name of a feature, of 53 letters in all"] })
    ).split("\n");
    expect(lines[3]).toMatch(/^ {2}a rather long name of a feature, of 53 … +\d/);
    expect(lines[3]!.length).toBeLessThan(130);
  });

  it("never passes on characters that steer a terminal", async () => {
    const text = await formatted({ columns: ["\u001b[2J\u001b]0;owned\u0007", "\u202ereversed\r"] });
    expect(text).toMatch(/�\[2J�\]0;owned�/);
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\u202e/u);
  });
});

describe("numbers and places", () => {
  it("are written short, with a real minus sign, and a dash for what is not defined", () => {
    expect([0, 7, -1234, 0.5, -0.06666, 123.456, 1e-7, -2.5e9, null, Number.NaN].map(formatNumber)).toEqual([
      "0",
      "7",
      "−1234",
      "0.500",
      "−0.0667",
      "123",
      "1.00e−7",
      "−2.50e9",
      "–",
      "–",
    ]);
    expect([1.5, -1.5, 0].map(formatSigned)).toEqual(["+1.50", "−1.50", "0"]);
  });

  it("tell a time to the precision it has, before 1970 too, and none where the cell is empty", () => {
    const at = (time: bigint, unit: "ms" | "us" | "ns") => placeOf({ window: 1n, row: 2n, time }, unit).time;
    expect(at(1_356_998_400_000n, "ms")).toBe("2013-01-01T00:00:00");
    expect(at(1_356_998_400_250n, "ms")).toBe("2013-01-01T00:00:00.25");
    expect(at(1_356_998_400_000_001n, "us")).toBe("2013-01-01T00:00:00.000001");
    expect(at(-1n, "ns")).toBe("1969-12-31T23:59:59.999999999");
    expect(at(NO_TIME, "ns")).toBeNull();
    expect(at(2n ** 62n, "ms")).toBeNull();
    expect(placeOf({ window: 1n, row: 2n, time: 0n }, null)).toEqual({ window: 1, row: 2, time: null });
  });
});
