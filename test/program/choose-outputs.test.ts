import { expect, it } from "vitest";
import { chooseOutputs } from "../../src/program/choose-outputs.js";
import { tensorOf } from "../../src/program/tensor.js";
import { UserError } from "../../src/shared/errors.js";

const hours = { name: "hours", tensor: tensorOf({ at: 100, n: 24 }, [24]) };
const price = { name: "price:0", tensor: tensorOf({ at: 200, n: 2 }, [1, 2]) };

function chosen(items: string[] | null, ...results: (typeof hours)[]): unknown {
  return chooseOutputs(results, items).map(({ name, tensor, numbers }) => [name, [...tensor.units], numbers]);
}

it("takes all where nothing is chosen, and a result by name whole, with its own shape", () => {
  expect(chooseOutputs([hours, price], null)).toEqual(
    [hours, price].map((each) => ({ ...each, numbers: null })),
  );
  expect(chooseOutputs([hours, price], ["price:0"])).toEqual([{ ...price, numbers: null }]);
});

it("takes numbers and ranges of the only result, and of several those with a name before them, as they are given", () => {
  expect(chosen(["23", "0:2"], hours)).toEqual([["hours", [123, 100, 101], [23, 0, 1]]]);
  expect(chosen(["price:0:1", "hours:3", "hours:0"], hours, price)).toEqual([
    ["price:0", [201], [1]],
    ["hours", [103, 100], [3, 0]],
  ]);
});

it.each([
  [["24"], "--outputs 24: hours has 24 outputs, 0 to 23"],
  [["0:25"], "--outputs 0:25: hours has 24 outputs, 0 to 23"],
  [["0:999999999"], "--outputs 0:999999999: hours has 24 outputs, 0 to 23"],
  [["6:6"], "--outputs 6:6: the range holds no output; it is first:last+1, as in 0:6"],
  [["temp"], "--outputs temp: there is no such output; there is hours (24)"],
  [["-1"], "--outputs -1: there is no such output; there is hours (24)"],
  [["3", "0:4"], "--outputs 0:4: output 3 of hours is chosen twice"],
  [["hours", "3"], "--outputs 3: hours is chosen whole and in part; leave one of them out"],
  [["3", "hours"], "--outputs hours: hours is chosen whole and in part; leave one of them out"],
])("refuses %j of one result", (items, message) => {
  expect(() => chosen(items, hours)).toThrow(new UserError(message));
});

it.each([
  [["0"], "--outputs 0: there are several outputs, hours (24), price:0 (2); say of which, as in hours:0"],
  [["hours:24"], "--outputs hours:24: hours has 24 outputs, 0 to 23"],
  [["cost:0"], "--outputs cost:0: there is no such output; there is hours (24), price:0 (2)"],
  [["hours:0", "price:0", "hours:1"], "--outputs hours:1: write the outputs of hours one after the other"],
])("refuses %j of several", (items, message) => {
  expect(() => chosen(items, hours, price)).toThrow(new UserError(message));
});
