import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { formatSummary } from "../../src/reducer/format-summary.js";
import { decodePart } from "../../src/shared/jacobian-arrow.js";
import { readManifest } from "../../src/shared/manifest.js";
import { openFolder } from "../../src/shared/open-folder.js";
import { checkRun, describeWithNumPy } from "../helpers/check-run.js";
import { folderPerTest } from "../helpers/folders.js";
import { type Finished, jac } from "../helpers/jac.js";
import { FIXTURES } from "../helpers/places.js";

const CASES = join(FIXTURES, "oracle/keras3");

const folder = folderPerTest();

function submit(name: string, ...args: string[]): Promise<Finished> {
  const [series, model] = [join(CASES, name, "series.csv"), join(CASES, name, "keras3.h5")];
  return jac(["submit", series, "--model", model, "--out", folder.path, "--json", ...args]);
}

const partOf = (dir: string) => decodePart(readFileSync(join(dir, "jacobians/part-00000.arrow")));
const summaryOf = (dir: string) => JSON.parse(readFileSync(join(dir, "summary.json"), "utf8"));

describe("chosen outputs", () => {
  it("are told by number and name in parts, summaries, timeline, report and terminal", async () => {
    const { json, stderr } = await submit(
      "multi-output-softmax",
      ...["--outputs", "2,0", "--output-names", 'third,"the <first>"'],
    );
    expect(stderr).toBe("");
    const { dir } = json;
    const [target] = partOf(dir).targets;
    const name = target!.name;
    expect(target).toMatchObject({ m: 2, numbers: [2, 0], outputNames: ["third", "the <first>"] });
    const summary = summaryOf(dir);
    expect(summary.chosen).toEqual(["2", "0"]);
    const told = (rows: { output: number; output_name: string }[]) => [
      ...new Set(rows.map(({ output, output_name }) => `${output} ${output_name}`)),
    ];
    for (const rows of [summary.outputs, summary.features, summary.entries])
      expect(told(rows)).toEqual(["2 third", "0 the <first>"]);
    for (const file of ["summary.arrow", "timeline.arrow"]) {
      const rows = tableFromIPC(readFileSync(join(dir, file))).toArray();
      expect(told(rows).sort(), file).toEqual(["0 the <first>", "2 third"]);
    }
    const report = readFileSync(join(dir, "report.html"), "utf8");
    const headings = [...report.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
    expect(headings).toEqual([`third (${name}, output 2)`, `the &#60;first&#62; (${name}, output 0)`]);
    expect(report.includes("<dt>chosen</dt><dd>2, 0</dd>")).toBe(true);
    const terminal = formatSummary(summary);
    expect(terminal).toContain(`\nthird (${name}[2]) `);
    expect(terminal).toContain(`\nthe <first> (${name}[0]) `);
  });

  it("one of many is told by its number, and names alone choose nothing", async () => {
    const one = await submit("multi-output-softmax", "--outputs", "1");
    expect(formatSummary(summaryOf(one.json.dir))).toMatch(/^\w+\[1\] /m);
    const named = await submit("multi-output-softmax", "--output-names", "a,b,c");
    expect(formatSummary(summaryOf(named.json.dir))).toMatch(/^a \(\w+\[0\]\) /m);
    expect(summaryOf(named.json.dir).chosen).toBeUndefined();
    expect(partOf(named.json.dir).targets[0]).toMatchObject({ m: 3, outputNames: ["a", "b", "c"] });
    expect(named.json.run).not.toBe(one.json.run);
  });

  it("of a model of several outputs are some of one and the whole of another", async () => {
    const whole = await submit("branches");
    const [first, second] = partOf(whole.json.dir).targets;
    const { json } = await submit("branches", "--outputs", `${second!.name},${first!.name}:1`);
    const { targets } = partOf(json.dir);
    expect(targets.map(({ name, m, numbers }) => [name, m, numbers])).toEqual([
      [second!.name, 1, null],
      [first!.name, 1, [1]],
    ]);
    expect(summaryOf(json.dir).outputs.map(({ output }: { output: number }) => output)).toEqual([0, 1]);
    const manifest = await readManifest(openFolder(json.dir));
    expect(manifest?.layout.targets.map(({ numbers }) => numbers)).toEqual([null, [1]]);
  });

  it.each([
    [["--outputs", "3"], /--outputs 3: \w+ has 3 outputs, 0 to 2/],
    [["--outputs", "nope"], /--outputs nope: there is no such output; there is \w+ \(3\)/],
    [["--outputs", "0,,1"], /'0,,1' is invalid.*numbers or names/],
    [["--outputs", "0,1", "--output-names", "a"], /--output-names has 1 name for 2 outputs, \w+ \(2\)/],
    [["--output-names", "a,b,a"], /--output-names has a twice/],
    [["--target", "loss", "--output-names", "a,b"], /--output-names has 2 names for 1 output/],
  ])("are refused by one line where %j does not fit, with nothing written", async (args, message) => {
    const { code, stderr, stdout } = await submit("multi-output-softmax", ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect([code, stdout]).toEqual([2, ""]);
    expect(existsSync(folder.path) ? readdirSync(folder.path) : []).toEqual([]);
  });
});

describeWithNumPy("NumPy reads a run of chosen outputs and", () => {
  it.each([
    ["multi-output-softmax", "2,0"],
    ["branches", "spread,level:1"],
  ])("finds every statistic of %s, %s under its own number", async (model, outputs) => {
    const { json } = await submit(model, "--outputs", outputs);
    await checkRun(json.dir);
  });
});
