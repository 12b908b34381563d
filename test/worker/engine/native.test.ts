import { describe, expect, test } from "vitest";
import { loadAddon, nativeEngine } from "../../../src/worker/engine/native.js";
import { conformance } from "./conformance.js";

const addon = loadAddon();

describe.each(addon.instructionSets())("the native engine on %s", (isa) => {
  conformance(async () => nativeEngine(addon, { isa }), ["float64", "float32"]);
});

test("an instruction set that the machine lacks is refused", () => {
  expect(() => addon.prepare(new Int32Array(0), new Float64Array(0), 0, 1, "sse9", 0)).toThrow("sse9");
});
