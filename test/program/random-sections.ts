import type { Section } from "../../src/program/plan-memory.js";
import type { Operation, Range } from "../../src/program/program.js";
import { randomNumbers } from "../helpers/random-numbers.js";

export interface RandomSections {
  readonly sections: readonly Section[];
  readonly buffers: readonly Range[];
}

/**
 * A random program as the plan of memory sees it: which ranges its operations read and write. A forward section, then
 * up to three that stand for adjoints: each starts from a seed of its own, reads what was made before it, changes only
 * what it made itself, and mostly repeats. Every shape of operation occurs: elementwise and not, assigning and adding,
 * of several operands and several results, on parts of buffers, and in cells that change an operand.
 */
export function randomSections(seed: number): RandomSections {
  const random = randomNumbers(seed);
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const pick = <T>(from: readonly T[]): T => from[whole(0, from.length - 1)]!;
  const buffers: Range[] = [];
  const buffer = (n: number): Range => {
    const last = buffers.at(-1);
    const made = { at: last ? last.at + last.n + 1 : 0, n };
    buffers.push(made);
    return made;
  };
  const part = ({ at, n }: Range, size: number): Range => ({ at: at + whole(0, n - size), n: size });

  /** Operations that read `held` buffers, and what they make, which `own` gets. */
  const operationsOn = (held: readonly Range[], own: Range[], count: number): Operation[] => {
    const operations: Operation[] = [];
    const readable = (): Range[] => [...held, ...own];
    const operand = (size: number): Range => {
      const large = readable().filter(({ n }) => n >= size);
      return part(pick(large), size);
    };
    const sizeAmong = (from: readonly Range[]): number => whole(1, Math.max(...from.map(({ n }) => n)));
    const combine = (y: Range, accumulate: boolean): Operation => ({
      kind: "combine",
      y,
      terms: Array.from({ length: whole(1, 3) }, () => ({ x: operand(y.n), factor: 1 })),
      accumulate,
    });
    const affine = (y: Range, accumulate: boolean): Operation => ({
      kind: "affine",
      y,
      terms: Array.from({ length: whole(1, 2) }, () => {
        return { matrix: 0, transposed: false, x: operand(sizeAmong(readable())) };
      }),
      bias: -1,
      accumulate,
    });
    for (let i = 0; i < count; i++) {
      const made: Range[] = [];
      const fresh = (n: number): Range => {
        const y = buffer(n);
        made.push(y);
        return y;
      };
      switch (whole(0, 6)) {
        case 0:
        case 1:
          // The size of a whole buffer, so that its place may be taken over.
          operations.push(combine(fresh(pick(readable()).n), false));
          break;
        case 2:
          operations.push(affine(fresh(whole(1, 12)), false));
          break;
        case 3: {
          if (own.length === 0) break;
          const y = pick(own);
          operations.push(pick([combine, affine])(part(y, whole(1, y.n)), true));
          break;
        }
        case 4: {
          const first = sizeAmong(readable());
          const y = fresh(first + whole(1, 5));
          operations.push(combine({ at: y.at, n: first }, false));
          operations.push({ kind: "fill", y: { at: y.at + first, n: y.n - first }, value: 0 });
          break;
        }
        case 5: {
          const x = operand(sizeAmong(readable()));
          operations.push({
            kind: "normalise",
            y: fresh(x.n),
            inverse: fresh(1),
            x,
            form: "layer",
            epsilon: 0,
          });
          break;
        }
        default: {
          const units = whole(1, 3);
          const gates = buffer(4 * units);
          operations.push(affine(gates, false));
          own.push(gates);
          const large = readable().filter(({ n }) => n >= units);
          const cPrev = random() < 0.7 ? part(pick(large), units) : null;
          if (cPrev && cPrev.at < gates.at + gates.n && gates.at < cPrev.at + units) break;
          const cell = { gates, cPrev, c: fresh(units), h: fresh(units) };
          const tanh = { kind: "tanh" } as const;
          operations.push({ kind: "lstm", ...cell, activation: tanh, recurrent: tanh });
        }
      }
      own.push(...made);
    }
    return operations;
  };

  const input = buffer(whole(1, 12));
  const forward: Range[] = [];
  const operations = operationsOn([input], forward, whole(3, 12));
  const output = pick([input, ...forward]);
  const sections: Section[] = [{ operations, entry: [input], exit: [output], repeats: false }];
  for (let target = whole(0, 3); target > 0; target--) {
    const start = buffer(whole(1, 6));
    const own: Range[] = [];
    const adjoint = operationsOn([input, ...forward, start], own, whole(2, 12));
    const exit = own.length > 0 ? [start, pick(own)] : [start];
    sections.push({ operations: adjoint, entry: [start], exit, repeats: random() < 0.7 });
  }
  return { sections, buffers };
}
