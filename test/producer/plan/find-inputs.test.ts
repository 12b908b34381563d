import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findInputs } from "../../../src/producer/plan/find-inputs.js";
import { folderPerTest } from "../../helpers/folders.js";
import { DEMO_MODEL, WEATHER } from "../../helpers/places.js";

const folder = folderPerTest();

const put = (name: string, content: unknown = "") =>
  writeFileSync(join(folder.path, name), typeof content === "string" ? content : JSON.stringify(content));
const find = (given?: Parameters<typeof findInputs>[1]) =>
  findInputs(join(folder.path, "series.xlsx"), given);

describe("findInputs", () => {
  it("finds the demo's model and scaler by its config", async () => {
    const { model, scaler } = await findInputs(WEATHER);
    expect(model).toBe(DEMO_MODEL);
    expect(JSON.parse(readFileSync(scaler ?? "", "utf8"))).toHaveProperty("kind", "standard");
  });

  it("takes what is given before the config, and the config before what lies about", async () => {
    put("a.h5");
    put("b.keras");
    put("jac.config.json", { model: "b.keras", scaler: "sub/s.json", columns: "x,y", sheet: 2, stride: 3 });
    expect(await find()).toMatchObject({
      model: join(folder.path, "b.keras"),
      scaler: join(folder.path, "sub/s.json"),
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
      expect(await find()).toMatchObject({ model: join(folder.path, name), scaler: null });
      rmSync(join(folder.path, name));
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
