import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { Command } from "commander";
import { afterAll, beforeEach, describe, expect, it, test } from "vitest";
import { main } from "../../src/cli/main.js";
import { submitOption } from "../../src/cli/options.js";
import { type IdentifiedRun, identifyRun } from "../../src/producer/plan/identify-run.js";
import { parseScheduledSubmission } from "../../src/queue/schedule.js";
import { identityOf, runOptions } from "../../src/shared/options/option-shapes.js";
import {
  keyOf,
  namesIn,
  type OptionName,
  optionNames,
  optionOf,
  type SubmitOptions,
} from "../../src/shared/options/option-values.js";
import { SUBMIT_OPTIONS } from "../../src/shared/options/submit-options.js";
import { temporaryFolder } from "../helpers/folders.js";
import { SEED_LSTM, WEATHER } from "../helpers/places.js";

const FIXTURE = SEED_LSTM.folder;

const folder = temporaryFolder();
afterAll(() => folder.remove());
const at = (name: string): string => join(folder.path, name);

copyFileSync(join(FIXTURE, "keras3.h5"), at("model.h5"));
copyFileSync(at("model.h5"), at("same.h5"));
writeFileSync(at("other.h5"), Buffer.concat([readFileSync(at("model.h5")), Buffer.from(" ")]));
for (const name of ["scaler.json", "same.json"]) writeFileSync(at(name), '{"kind":"standard"}');
writeFileSync(at("other.json"), '{"kind":"minmax"}');
const SERIES = at("series.csv");
copyFileSync(join(FIXTURE, "series.csv"), SERIES);

/** For each option a value that is not its default (where there is another), as text, as a config has it, and read. */
const SAMPLES: Readonly<Record<OptionName, readonly [text: string | null, json: unknown, value: unknown]>> = {
  model: [at("model.h5"), "model.h5", at("model.h5")],
  scaler: [at("scaler.json"), "scaler.json", at("scaler.json")],
  sheet: ["2", 2, "2"],
  columns: ['a,"b, c"', ["a", "b, c"], ["a", "b, c"]],
  timeColumn: ["at", "at", "at"],
  groupBy: ["site", "site", "site"],
  target: ["loss:y", "loss:y", "loss:y"],
  outputs: ["0,y:3", [0, "y:3"], ["0", "y:3"]],
  outputNames: ["first,last", ["first", "last"], ["first", "last"]],
  mode: ["full", "full", "full"],
  memory: ["1.5 GiB", "1.5GiB", 1.5 * 2 ** 30],
  window: ["24", 24, 24],
  windows: ["3:5,0:3", "0:5", [{ from: 0, to: 5 }]],
  stride: ["3", 3, 3],
  missing: ["interpolate", "interpolate", "interpolate"],
  engine: ["reference", "reference", "reference"],
  precision: ["float64", "float64", "float64"],
  chunk: ["100", 100, 100],
  out: ["elsewhere", "elsewhere", "elsewhere"],
  workers: ["3", 3, 3],
  detach: [null, true, true],
};

function setConfig(config: Record<string, unknown>): void {
  writeFileSync(at("jac.config.json"), JSON.stringify({ model: "model.h5", ...config }));
}

async function identify(given: Record<string, unknown> = {}): Promise<IdentifiedRun> {
  return await identifyRun(SERIES, given as SubmitOptions, at("runs"));
}

beforeEach(() => setConfig({}));

test("--help of jac submit has every option with its default, and no other but those of every command", async () => {
  let help = "";
  const stdout = new Writable({
    write: (data, _encoding, done) => {
      help += data;
      done();
    },
  });
  const context = { env: {}, stdout, stderr: stdout, interrupted: new AbortController().signal };
  expect(await main(["submit", "--help"], context)).toBe(0);
  const offered = [...help.matchAll(/^ {2}(?:-h, )?--([a-z-]+)/gm)].map(([, key]) => key);
  const others = ["queue", "json", "debug", "help"];
  expect(offered.sort()).toEqual([...optionNames.map(keyOf), ...others].sort());
  const flat = help.replace(/\s+/g, " ");
  for (const name of optionNames) {
    const { placeholder, help: words, default: usual, otherwise } = optionOf(name);
    const value = placeholder === undefined ? "" : ` <${placeholder}>`;
    expect(flat).toContain(`--${keyOf(name)}${value} ${words}`);
    const without = otherwise ?? usual;
    if (without !== null) expect(flat.replaceAll('"', "")).toContain(`${words} (default: ${without})`);
  }
  expect(help).not.toMatch(/tensorflow|model\.json/);
});

describe.each(optionNames)("the option %s", (name) => {
  const [text, json, value] = SAMPLES[name];
  const { identity, places, default: usual } = optionOf(name);

  it("is read from the command line", () => {
    expect(namesIn("command line")).toContain(name);
    const command = new Command().addOption(submitOption(name));
    command.parse(text === null ? [`--${keyOf(name)}`] : [`--${keyOf(name)}`, text], { from: "user" });
    expect(command.opts()).toEqual({ [name]: value });
  });

  it("is set by a config where it says so, and unknown there otherwise", async () => {
    const given = (await identify({ [name]: value })).run;
    setConfig({ [keyOf(name)]: json });
    if (places.includes("config")) expect((await identify()).run).toBe(given);
    else await expect(identify()).rejects.toThrow(`the key "${keyOf(name)}" is unknown`);
  });

  it("is carried by a schedule where it says so, and makes it none otherwise", () => {
    const stored = JSON.parse(JSON.stringify({ series: SERIES, out: "runs", options: { [name]: value } }));
    const read = parseScheduledSubmission(stored);
    expect(read?.options).toEqual(places.includes("schedule") ? { [name]: value } : undefined);
    stored.options[name] = {};
    expect(parseScheduledSubmission(stored)).toBeNull();
  });

  it("changes the run's id exactly where it says so", async () => {
    const base = await identify(name === "scaler" ? { scaler: at("same.json") } : {});
    const other = await identify({ [name]: value });
    const kept = Object.keys(base.options).includes(name);
    expect(kept).toBe(identity === "always" || identity === "unless default");
    expect(Object.keys(identityOf(base.options, SUBMIT_OPTIONS)).includes(name)).toBe(identity === "always");
    if (kept) {
      expect(other.options).toEqual({ ...base.options, [name]: value });
      expect(other.run !== base.run).toBe(JSON.stringify(value) !== JSON.stringify(usual));
      if (usual !== null) expect((await identify({ [name]: usual })).run).toBe(base.run);
    } else expect([other.run, other.options]).toEqual([base.run, base.options]);
    if (identity === "content") {
      const end = name === "model" ? "h5" : "json";
      expect((await identify({ [name]: at(`same.${end}`) })).run).toBe(other.run);
      expect((await identify({ [name]: at(`other.${end}`) })).run).not.toBe(other.run);
    }
  });
});

test("runs keep the ids that they always had", async () => {
  const idOf = async (given: SubmitOptions): Promise<string> =>
    (await identifyRun(WEATHER, given, "runs")).run;
  expect(await idOf({})).toBe("r584cf2fb6d8c394");
  expect(await idOf({ target: "layer:lstm", windows: "100:300" })).toBe("r4ef27bfcdad1b22");
  expect(await idOf({ engine: "reference", windows: "0:400" })).toBe("rab776660c33dfe7");
  expect(await idOf({ chunk: 700 })).toBe("r971237c0928867b");
});

test("an option that a later version adds leaves the ids of runs without it as they are, and their records whole", () => {
  const table = {
    stride: { identity: "always", default: 1 },
    baseline: { identity: "unless default", default: "zero" },
  } as const;
  expect(identityOf({ stride: 1, baseline: "zero" }, table)).toEqual({ stride: 1 });
  expect(identityOf({ stride: 1, baseline: "mean" }, table)).toEqual({ baseline: "mean", stride: 1 });
  const record: Record<string, unknown> = runOptions.parse({});
  expect(record).toMatchObject({ sheet: null, stride: 1, missing: "skip", columns: null });
  expect(() => runOptions.parse({ ...record, unheard: 1 })).toThrow(/unheard/);
});
