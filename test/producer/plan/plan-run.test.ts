import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { identifyRun } from "../../../src/producer/plan/identify-run.js";
import { type PlannedRun, planRun } from "../../../src/producer/plan/plan-run.js";
import { Phases } from "../../../src/shared/phases.js";
import { scratchFolder } from "../../helpers/folders.js";
import { SEED_LSTM } from "../../helpers/places.js";

const write = scratchFolder();
const SERIES = readFileSync(SEED_LSTM.series);
const MODEL = readFileSync(SEED_LSTM.model);

async function plan(
  series: string | Uint8Array,
  model: Uint8Array,
  phases = new Phases(),
): Promise<PlannedRun> {
  const path = write("series.csv", series);
  const options = { model: write("model.h5", model) };
  return await planRun(await identifyRun(path, options, join(dirname(path), "runs")), phases);
}

describe("planRun", () => {
  it("tells of the model where series and model are both wrong, of the series where it alone is", async () => {
    const damaged = MODEL.subarray(0, 1000);
    await expect(plan('a\n"b', damaged)).rejects.toThrow(/^model\.h5 is a damaged or truncated HDF5 file/);
    await expect(plan('a\n"b', MODEL)).rejects.toThrow(/^series\.csv cannot be read as delimited text/);
    await expect(plan(SERIES, damaged)).rejects.toThrow(/^model\.h5/);
  });

  it("times what each phase adds, although series and model are read at once", async () => {
    const phases = new Phases();
    const started = performance.now();
    await plan(SERIES, MODEL, phases);
    const seconds = (performance.now() - started) / 1000;
    const { read = 0, model = 0, plan: planning = 0 } = phases.toJSON();
    expect(Math.min(read, model, planning)).toBeGreaterThan(0);
    expect(read + model + planning).toBeLessThan(seconds);
  });
});
