import { expect, it } from "vitest";
import { resolveOptions } from "../../../src/producer/plan/resolve-options.js";
import { UserError } from "../../../src/shared/errors.js";

it("what is given goes before what a config says, and that before the default", () => {
  const config = { stride: 2, window: 24, columns: ["a", "b"], model: "/data/m.h5" } as const;
  expect(resolveOptions({ window: 12, columns: ["c"] }, config)).toMatchObject({
    model: "/data/m.h5",
    scaler: null,
    columns: ["c"],
    window: 12,
    stride: 2,
    chunk: null,
    target: "output",
    missing: "skip",
  });
});

it("the library takes the command line's texts and the values that they stand for", () => {
  const ranges = [
    { from: 0, to: 5 },
    { from: 9, to: 10 },
  ];
  for (const windows of ["9,0:5", "3:5,0:3,9", [...ranges].reverse(), ranges])
    expect(resolveOptions({ windows }, {}).windows).toEqual(ranges);
  expect(resolveOptions({ windows: 7 }, {}).windows).toEqual([{ from: 7, to: 8 }]);
  for (const columns of ['a,"b, c"', ["a", "b, c"]])
    expect(resolveOptions({ columns }, {}).columns).toEqual(["a", "b, c"]);
  expect(resolveOptions({ sheet: 2 }, {}).sheet).toBe("2");
});

it.each([
  [{ stride: 0 }, "--stride must be a whole number of at least 1, not 0"],
  [{ chunk: 1.5 }, "--chunk must be a whole number of at least 1, not 1.5"],
  [{ windows: "5:5" }, /^--windows must be .* such as 0,50 or 100:200, not "5:5"$/],
  [{ windows: [{ from: 3, to: 3 }] }, /^--windows must be /],
  [{ columns: [] }, /^--columns must be names parted by commas, or a list of them, not \[\]$/],
  [{ timeColumn: "" }, /^--time-column must be a text of at least one character/],
])("a value that an option does not take, %j, is refused by the option's name", (given, line) => {
  const resolve = () => resolveOptions(given, {});
  expect(resolve).toThrow(UserError);
  expect(resolve).toThrow(line);
});

it("a choice that this version does not have is one that there is not", () => {
  const half = { mode: "half" as "batch" };
  expect(() => resolveOptions(half, {})).toThrow('--mode must be one of batch, full, not "half"');
  const tensorflow = { engine: "tensorflow" as "auto" };
  expect(() => resolveOptions(tensorflow, {})).toThrow(
    /--engine must be one of auto, native, wasm, reference/,
  );
});
