import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkRun, describeWithNumPy } from "../helpers/check-run.js";
import { temporaryFolder } from "../helpers/folders.js";
import { jac } from "../helpers/jac.js";
import { FIXTURES } from "../helpers/places.js";
import { normal } from "../helpers/random-numbers.js";

const MODELS = join(FIXTURES, "oracle/keras3");
const GRU = join(MODELS, "gru-reset-after/keras3.h5"); // 10 rows × 3 features, an output of 2
const BRANCHES = join(MODELS, "branches/keras3.keras"); // 9 rows × 4 features, outputs of 2 and 1

const RUNS: Record<string, readonly string[]> = {
  "gaps, cut into chunks": ["--columns", "a,b,c", "--model", GRU, "--chunk", "50"],
  "a stride": ["--columns", "a,b,c", "--model", GRU, "--stride", "7"],
  "groups, a stride, a scaler and filled gaps": [
    ...["--columns", "a,b,c", "--model", GRU, "--group-by", "site", "--stride", "2"],
    ...["--scaler", "scaler.json", "--missing", "interpolate"],
  ],
  "several outputs, a scaler and groups that stand apart": [
    ...["--columns", "a,b,c,y", "--model", BRANCHES, "--precision", "float64"],
    ...["--scaler", "scaler.json", "--group-by", "shift"],
  ],
  "a loss against a scaled column with a gap, in groups": [
    ...[
      "--columns",
      "a,c,y",
      "--model",
      GRU,
      "--target",
      "loss:b",
      "--scaler",
      "scaler.json",
      "--group-by",
      "site",
    ],
  ],
  "the loss of several outputs": ["--columns", "a,b,c,y", "--model", BRANCHES, "--target", "loss"],
  "a layer, by the plain engine": [
    "--columns",
    "a,b,c",
    "--model",
    GRU,
    "--target",
    "layer:gru",
    "--engine",
    "reference",
  ],
  "attributions by integrated gradients, a scaler and several outputs": [
    ...["--columns", "a,b,c,y", "--model", BRANCHES, "--scaler", "scaler.json"],
    ...["--method", "integrated-gradients", "--steps", "9", "--chunk", "60"],
  ],
  "smoothed derivatives": [
    ...["--columns", "a,b,c", "--model", GRU, "--method", "smoothgrad", "--samples", "4"],
  ],
  "chosen windows": ["--columns", "a,b,c", "--model", GRU, "--windows", "7,100:140,200:230"],
};

/** 300 hours of four columns, three sites and two shifts; column b has gaps. */
function series(): string {
  const draw = normal(7);
  const rows = Array.from({ length: 300 }, (_, i) => {
    const time = new Date(Date.UTC(2021, 0, 1, i)).toISOString().slice(0, 19);
    const gap = i === 50 || i === 180 || i === 181;
    const [a, b, c, y] = [draw(), draw(), 3 * draw() + 1, Math.sin(i / 9)].map((value) => value.toFixed(4));
    return [
      time,
      i < 90 ? "A" : i < 210 ? "B" : "C",
      i % 24 < 12 ? "day" : "night",
      a,
      gap ? "" : b,
      c,
      y,
    ].join(",");
  });
  return `time,site,shift,a,b,c,y\n${rows.join("\n")}\n`;
}

describeWithNumPy("NumPy agrees with every window and statistic of a run of jac submit", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeAll(async () => {
    folder = temporaryFolder();
    await writeFile(join(folder.path, "series.csv"), series());
    const scaler = {
      kind: "minmax",
      columns: ["y", "a", "b", "c"],
      min: [-1, -3, -4, -8],
      scale: [2, 6, 7.5, 20],
    };
    await writeFile(join(folder.path, "scaler.json"), JSON.stringify(scaler));
  });
  afterAll(() => folder.remove());

  async function run(options: readonly string[]): Promise<string> {
    const given = options.map((option) => (option === "scaler.json" ? join(folder.path, option) : option));
    const args = [
      "submit",
      join(folder.path, "series.csv"),
      "--out",
      join(folder.path, "runs"),
      "--json",
      ...given,
    ];
    const { json, stderr } = await jac(args);
    expect(stderr).toBe("");
    return json.dir;
  }

  it.each(Object.keys(RUNS))("with %s", { timeout: 120_000 }, async (name) => {
    expect(await checkRun(await run(RUNS[name]!))).toMatch(/every statistic agrees with NumPy/);
  });

  it.each([
    ["windows.skipped", "summary.json", /"skipped":21/, '"skipped":20'],
    ["the scaled inputs", "manifest.json", /("shift": \[\s*-1,\s*-3),/, "$1.5,"],
    ["row of window", "summary.json", /"row":(\d+),"time":"([^"]+)","norm"/, '"row":0,"time":"$2","norm"'],
  ])("and finds %s altered", { timeout: 120_000 }, async (what, file, from, to) => {
    const dir = await run(
      RUNS[
        what === "the scaled inputs"
          ? "several outputs, a scaler and groups that stand apart"
          : "gaps, cut into chunks"
      ]!,
    );
    const before = await readFile(join(dir, file), "utf8");
    await writeFile(join(dir, file), before.replace(from, to));
    await expect(checkRun(dir)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(what) });
    await writeFile(join(dir, file), before);
  });
});
