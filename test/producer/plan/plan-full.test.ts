import { expect, it } from "vitest";
import { planChunks } from "../../../src/producer/plan/plan-chunks.js";
import { planFull } from "../../../src/producer/plan/plan-full.js";
import type { Program } from "../../../src/program/program.js";
import { UserError } from "../../../src/shared/errors.js";

/** A program as far as its sizes go: outputs of each target, by 20 × 5 inputs. */
function program(...outputs: number[]): Program {
  const targets = outputs.map((n) => ({ output: { at: 0, n }, gradient: { at: 0, n: 100 } }));
  return { multiplyAdds: 1, targets } as unknown as Program;
}

it("full mode's size is windows² × the outputs of all targets × inputs × bytes of a number", () => {
  expect(planFull(10, program(2, 1), "float32", 120_000)).toBe(10 * 10 * 3 * 100 * 4);
  expect(planFull(10, program(2, 1), "float64", 2 ** 30)).toBe(10 * 10 * 3 * 100 * 8);
  expect(() => planFull(10, program(2, 1), "float32", 119_999)).toThrow(UserError);
});

it("is refused for the seed's 38,246 windows, telling what it would take", () => {
  expect(() => planFull(38_246, program(1), "float32", 2 ** 30)).toThrow(
    "--mode full of 38246 windows gives 585102606400 bytes (544.9 GiB), past the limit of 1073741824 (1 GiB); use --mode batch, fewer",
  );
});

it("is refused, whatever the limit, where a row has more values than an Arrow list takes", () => {
  expect(() => planFull(30_000, program(1000), "float32", Number.MAX_SAFE_INTEGER)).toThrow(
    /no Arrow list holds/,
  );
});

it("keeps a chunk's Jacobians within 128 MiB in full mode too", () => {
  const batch = planChunks(3000, program(1), "float32", null);
  const full = planChunks(3000, program(1), "float32", null, 3000); // 1.2 MB a row
  expect(batch.chunks).toBe(1);
  expect(full.chunkSize).toBe(64);
  expect(planChunks(1e6, program(1), "float32", null, 1e6).chunkSize).toBe(1);
});
