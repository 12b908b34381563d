import { describe } from "vitest";
import { wasmEngine } from "../../../src/worker/engine/wasm.js";
import { conformance } from "./conformance.js";

// Where Node has relaxed SIMD, both forms run; elsewhere the first is the plain one too.
describe.each(["auto", "plain"] as const)("the WebAssembly engine, %s", (form) => {
  const engine = wasmEngine(form);
  conformance(() => engine, ["float64", "float32"]);
});
