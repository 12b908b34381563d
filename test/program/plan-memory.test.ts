import { describe, expect, it } from "vitest";
import { kindOf, readsOf, writesOf } from "../../src/program/operations/kinds.js";
import { type MemoryPlan, planMemory, type Section } from "../../src/program/plan-memory.js";
import type { Operation, Range } from "../../src/program/program.js";
import { type RandomSections, randomSections } from "./random-sections.js";

const overlap = (a: Range, b: Range): boolean => a.at < b.at + b.n && b.at < a.at + a.n;

/**
 * Runs a plan with marks in place of numbers: whatever is written gets a mark that nothing else has, in memory where
 * every buffer has its own place and in the arena. What an operation, or the reader of a result, finds in the arena
 * must be what it finds there. Sections that repeat run three times.
 */
class Rehearsal {
  readonly #own: Int32Array;
  readonly #arena: Int32Array;
  #mark = 0;

  constructor(
    readonly plan: MemoryPlan,
    readonly buffers: readonly Range[],
  ) {
    const last = buffers.at(-1)!;
    this.#own = new Int32Array(last.at + last.n);
    this.#arena = new Int32Array(plan.units);
  }

  run(sections: readonly Section[]): void {
    for (const { operations, entry, exit, repeats } of sections) {
      for (let pass = 0; pass < (repeats ? 3 : 1); pass++) {
        for (const range of entry) this.#write(range);
        for (const op of operations) this.#perform(op);
        for (const range of exit) this.#check(range, "a result");
      }
    }
  }

  #perform(op: Operation): void {
    const kind = kindOf(op);
    const [reads, writes] = [readsOf(op), writesOf(op)];
    for (const range of reads) this.#check(range, `an operand of ${op.kind}`);
    if (!kind.assigns(op)) for (const range of writes) this.#check(range, `what ${op.kind} adds to`);
    for (const y of writes) {
      for (const x of reads) {
        const [to, from] = [this.plan.place(y), this.plan.place(x)];
        // Elementwise, unit upon unit, is what may be done in place; a buffer that is changed overlaps itself anyway.
        if (!overlap(to, from) || (kind.elementwise && to.at === from.at) || overlap(x, y)) continue;
        throw new Error(`${op.kind} writes over an operand that it still reads`);
      }
    }
    for (const range of writes) this.#write(range);
    for (const range of writes) this.#check(range, `one of the results of ${op.kind}`);
  }

  #write(range: Range): void {
    const place = this.plan.place(range);
    for (let i = 0; i < range.n; i++) {
      this.#mark += 1;
      this.#own[range.at + i] = this.#mark;
      this.#arena[place.at + i] = this.#mark;
    }
  }

  #check(range: Range, what: string): void {
    const place = this.plan.place(range);
    if (place.at < 0 || place.at + place.n > this.plan.units) throw new Error(`${what} is not in the arena`);
    for (let i = 0; i < range.n; i++) {
      if (this.#arena[place.at + i] !== this.#own[range.at + i]) throw new Error(`${what} was overwritten`);
    }
  }
}

function rehearse({ sections, buffers }: RandomSections): MemoryPlan {
  const plan = planMemory(sections, buffers);
  new Rehearsal(plan, buffers).run(sections);
  return plan;
}

const range = (at: number, n: number): Range => ({ at, n });
const copy = (from: Range, to: Range): Operation => ({
  kind: "combine",
  y: to,
  terms: [{ x: from, factor: 1 }],
  accumulate: false,
});
const product = (from: Range, to: Range): Operation => ({
  kind: "affine",
  y: to,
  terms: [{ matrix: 0, transposed: false, x: from }],
  bias: -1,
  accumulate: false,
});

describe("the plan of a program's memory", () => {
  it("keeps every buffer until it is last read, in 2,000 random programs with repeated adjoints", () => {
    let planned = 0;
    let units = 0;
    for (let seed = 1; seed <= 2000; seed++) {
      const program = randomSections(seed);
      expect(() => {
        planned += rehearse(program).units;
      }, `random program ${seed}`).not.toThrow();
      units += program.buffers.reduce((sum, { n }) => sum + n, 0);
    }
    expect(planned).toBeLessThan(0.7 * units); // and yet buffers share their places
  });

  it("takes a chain of elementwise operations in the place of one buffer, one of products in that of two", () => {
    const buffers = Array.from({ length: 10 }, (_, i) => range(8 * i, 7));
    for (const [place, units] of [
      [copy, 7],
      [product, 14],
    ] as const) {
      const operations = buffers.slice(1).map((buffer, i) => place(buffers[i]!, buffer));
      const sections = [{ operations, entry: [buffers[0]!], exit: [buffers[9]!], repeats: false }];
      expect(rehearse({ sections, buffers }).units).toBe(units);
    }
  });

  it("keeps what a repeated section reads from before it until its last pass, and no longer", () => {
    const [input, kept, seed, gradient, after] = [0, 5, 10, 15, 20].map((at) => range(at, 4));
    const buffers = [input!, kept!, seed!, gradient!, after!];
    const forward = { operations: [product(input!, kept!)], entry: [input!], exit: [], repeats: false };
    const adjoint = {
      operations: [product(kept!, gradient!), product(seed!, after!)],
      entry: [seed!],
      exit: [gradient!, after!],
    };
    for (const repeats of [false, true]) rehearse({ sections: [forward, { ...adjoint, repeats }], buffers });
    const share = (repeats: boolean) => {
      const plan = planMemory([forward, { ...adjoint, repeats }], buffers);
      return overlap(plan.place(after!), plan.place(kept!));
    };
    expect([share(false), share(true)]).toEqual([true, false]);
  });
});
