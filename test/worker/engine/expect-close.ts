import { expect } from "vitest";
import type { Floats, Precision } from "../../../src/worker/engine/engine.js";

/** A unit in the last place, relative: half the distance from 1 to the next number. */
const ULP: Record<Precision, number> = { float64: 2 ** -53, float32: 2 ** -24 };

/**
 * Two bounds, both in ulps, so that they say the same of float32 and float64. Over the recorded models every engine
 * and instruction set is a quarter of the first and half of the second away from them at the most.
 *
 * WHOLE: of the largest entry of all, for the entries that carry the result: 37 ulps are met.
 *
 * OWN: of the entry itself, so that none may be wrong because others are larger. What an entry is rounded by are the
 * terms it is a sum of, and these may cancel: they are taken to be as large as a CANCELLED part of the largest entry of
 * the same step. An entry at step t is the gradient at that step's units times their weights, whichever the feature, so
 * the other features of the step tell the size of its terms; other steps do not: the gradient decays from each to the
 * one before. 7,700 ulps are met, in sums of some hundred terms carried back over 20 steps.
 */
const WHOLE = 128;
const OWN = 2 ** 14;
const CANCELLED = 2 ** -7;

interface Closeness {
  readonly precision: Precision;
  /** Entries of a step, which stand side by side: the features; 1 where each number stands for itself. */
  readonly step: number;
  readonly what: string;
}

/** Expects every entry to be the exact one up to rounding; tells how many are not, and the worst of them. */
export function expectClose(actual: Floats, exact: Float64Array, { precision, step, what }: Closeness): void {
  expect(actual.length, what).toBe(exact.length);
  const ulp = ULP[precision];
  const largest = largestOf(exact, 0, exact.length);
  let off = 0;
  let worst = { excess: 1, at: -1 };
  for (let first = 0; first < exact.length; first += step) {
    const terms = CANCELLED * largestOf(exact, first, step);
    for (let i = first; i < first + step; i++) {
      const own = OWN * ulp * Math.max(Math.abs(exact[i]!), terms);
      const allowed = Math.min(own, WHOLE * ulp * largest);
      const error = Math.abs(actual[i]! - exact[i]!);
      if (error <= allowed) continue; // an exact zero among zeros has to be one
      off++;
      const excess = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / allowed;
      if (excess > worst.excess) worst = { excess, at: i };
    }
  }
  const { excess, at } = worst;
  const told = `the worst [${at}] is ${actual[at]}, not ${exact[at]}: ${excess.toPrecision(2)} times what rounding may do`;
  expect(off, `${what}: ${off} of ${exact.length} are off, ${told}`).toBe(0);
}

function largestOf(values: Float64Array, from: number, count: number): number {
  let largest = 0;
  for (let i = from; i < from + count; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}
