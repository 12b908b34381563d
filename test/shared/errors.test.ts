import { expect, test } from "vitest";
import { PermanentError, stackOf, UserError } from "../../src/shared/errors.js";

test("the stack of an error names each of its causes, to the root, with where it was thrown", () => {
  const root = new RangeError("offset out of range");
  const middle = new PermanentError("the part is damaged", { cause: root });
  const text = stackOf(new UserError("the run cannot be read", { cause: middle }));
  const [first, second, third] = text.split("\ncaused by: ");
  expect(first).toMatch(/^UserError: the run cannot be read\n {4}at .*errors\.test\.ts/);
  expect(second).toMatch(/^(Permanent)?Error: the part is damaged\n {4}at /);
  expect(third).toMatch(/^RangeError: offset out of range\n {4}at /);
});

test("causes that are no errors, and causes that go in a circle, are told once", () => {
  expect(stackOf(new Error("outer", { cause: "a text" }))).toMatch(/caused by: a text$/);
  const one = new Error("one");
  const two = new Error("two", { cause: one });
  one.cause = two;
  expect(stackOf(one).match(/caused by/g)).toHaveLength(1);
  expect(stackOf("thrown bare")).toBe("thrown bare");
});

test("what an error's text holds cannot steer a terminal", () => {
  expect(stackOf(new Error("a\u001b[2Jb"))).not.toContain("\u001b");
});
