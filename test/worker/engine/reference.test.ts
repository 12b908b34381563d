import { describe } from "vitest";
import { reference } from "../../../src/worker/engine/reference.js";
import { conformance } from "./conformance.js";

describe("the reference engine", () => {
  conformance(async () => reference, ["float64"]);
});
