import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findInputs } from "../../../src/producer/plan/find-inputs.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jac-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: unknown = "") =>
  writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
const find = (given?: Parameters<typeof findInputs>[1]) => findInputs(join(folder, "series.xlsx"), given);

describe("findInputs", () => {
  it("finds the demo's model and scaler by its config", async () => {
    const demo = resolve(import.meta.dirname, "../../../demo");
    const { model, scaler } = await findInputs(join(demo, "weather.xlsx"));
    expect(model).toBe(join(demo, "EKF-LSTM-1.h5"));
    expect(JSON.parse(readFileSync(scaler ?? "", "utf8"))).toHaveProperty("kind", "standard");
  });

  it("takes what is given before the config, and the config before what lies about", async () => {
    put("a.h5");
    put("b.keras");
    put("jac.config.json", { model: "b.keras", scaler: "sub/s.json", columns: "x,y", sheet: 2, stride: 3 });
    expect(await find()).toMatchObject({
      model: join(folder, "b.keras"),
      scaler: join(folder, "sub/s.json"),
      columns: ["x", "y"],
      sheet: "2",
      stride: 3,
    });
    expect(await find({ model: "other.h5", scaler: "t.json", stride: 1 })).toMatchObject({
      model: "other.h5",
      scaler: "t.json",
      columns: ["x", "y"],
      stride: 1,
    });
  });

  it("takes the only model beside the series, which a model.json is not", async () => {
    put("notes.txt");
    put("model.json", {});
    await expect(find()).rejects.toThrow("no model stands beside series.xlsx");
    for (const name of ["m.h5", "m.HDF5", "m.keras"]) {
      put(name);
      expect(await find()).toMatchObject({ model: join(folder, name), scaler: null });
      rmSync(join(folder, name));
    }
  });

  it("lists several models, and says where there is none", async () => {
    await expect(find()).rejects.toThrow("no model stands beside series.xlsx; give one with --model FILE");
    put("b.h5");
    put("a.keras");
    await expect(find()).rejects.toThrow(
      "several models stand beside series.xlsx: a.keras, b.h5; choose one with --model FILE",
    );
  });

  it.each([
    [
      "an unknown key",
      { modle: "a.h5" },
      /the key "modle" is unknown; a config may set model, scaler, sheet, columns/,
    ],
    ["a key that only the command line may set", { queue: "redis://x" }, /the key "queue" is unknown/],
    [
      "a value of the wrong type",
      { stride: "two" },
      /stride must be a whole number of at least 1, not "two"/,
    ],
    ["a stride of 0", { stride: 0 }, /stride must be a whole number of at least 1, not 0/],
    ["an unknown choice", { missing: "drop" }, /missing must be one of skip, interpolate, error, not "drop"/],
    ["windows that are none", { windows: "5:5" }, /windows must be .* such as 0,50 or 100:200/],
    ["a null", { target: null }, /target must be a text/],
    ["an empty name", { model: "" }, /model must be a text of at least one character/],
    ["a list", [], /must be an object/],
    ["no JSON", "{model:", /is not JSON/],
  ])("refuses a config with %s", async (_, config, message) => {
    put("a.h5");
    put("jac.config.json", config);
    await expect(find()).rejects.toThrow(message);
    await expect(find()).rejects.toThrow("jac.config.json");
  });
});
