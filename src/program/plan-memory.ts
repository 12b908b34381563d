import { bufferIndex } from "./differentiate.js";
import { kindOf, readsOf, writesOf } from "./operations/kinds.js";
import type { Operation, Range } from "./program.js";

/** A stretch of the program that may run several times: its operations, and what it starts from and ends with. */
export interface Section {
  readonly operations: readonly Operation[];
  /** Ranges set before the section runs. */
  readonly entry: readonly Range[];
  /** Ranges read after it has run. */
  readonly exit: readonly Range[];
  /** Whether it runs more than once on the same values (an adjoint for several outputs). */
  readonly repeats: boolean;
}

/** Where each buffer lies in the arena. */
export interface MemoryPlan {
  readonly units: number;
  place(range: Range): Range;
}

/**
 * Puts buffers that are never alive together into the same units: a linear scan over the operations with a
 * first-fit free list. An elementwise operation whose result is as large as an operand that dies with it
 * writes in place.
 */
export function planMemory(sections: readonly Section[], buffers: readonly Range[]): MemoryPlan {
  const { first, last, order } = lifetimes(sections, buffers);
  const arena = new Arena();
  const at = new Int32Array(buffers.length).fill(-1);
  const dying = new Map<number, number[]>();
  last.forEach((time, buffer) => {
    const others = dying.get(time); // many die at the end of a section
    if (others) others.push(buffer);
    else if (time >= 0) dying.set(time, [buffer]);
  });
  order.forEach((op, time) => {
    const dead = new Set(dying.get(time) ?? []);
    const born = op ? bornAt(op, time, first, buffers) : entriesAt(time, first);
    for (const buffer of born) {
      const heir = op && inPlace(op, buffer, dead, buffers, first, time);
      if (heir !== null && heir !== undefined) {
        at[buffer] = at[heir]!;
        dead.delete(heir);
      } else at[buffer] = arena.take(buffers[buffer]!.n);
    }
    for (const buffer of dead) arena.give(at[buffer]!, buffers[buffer]!.n);
  });
  return {
    units: arena.units,
    place(range) {
      const buffer = bufferIndex(buffers, range.at);
      return { at: at[buffer]! + range.at - buffers[buffer]!.at, n: range.n };
    },
  };
}

/** When each buffer is first set and last needed, on one clock; a null in `order` is the start or end of a section. */
function lifetimes(sections: readonly Section[], buffers: readonly Range[]) {
  const first = new Int32Array(buffers.length).fill(-1);
  const last = new Int32Array(buffers.length).fill(-1);
  const order: (Operation | null)[] = [];
  const touch = (range: Range, time: number) => {
    const buffer = bufferIndex(buffers, range.at);
    if (first[buffer]! < 0) first[buffer] = time;
    last[buffer] = time;
    return buffer;
  };
  for (const { operations, entry, exit, repeats } of sections) {
    const start = order.push(null) - 1;
    for (const range of entry) touch(range, start);
    const outside = new Set<number>();
    for (const op of operations) {
      const time = order.push(op) - 1;
      for (const range of [...readsOf(op), ...writesOf(op)]) {
        const buffer = touch(range, time);
        if (first[buffer]! < start) outside.add(buffer);
      }
    }
    const end = order.push(null) - 1;
    for (const range of exit) touch(range, end);
    // What a repeated section reads from outside has to outlast its last pass.
    if (repeats) for (const buffer of outside) last[buffer] = end;
  }
  return { first, last, order };
}

function bornAt(op: Operation, time: number, first: Int32Array, buffers: readonly Range[]): number[] {
  const written = writesOf(op).map((range) => bufferIndex(buffers, range.at));
  return [...new Set(written)].filter((buffer) => first[buffer] === time);
}

function entriesAt(time: number, first: Int32Array): number[] {
  const result: number[] = [];
  first.forEach((start, buffer) => {
    if (start === time) result.push(buffer);
  });
  return result;
}

/** An operand that dies at this operation and whose place the new buffer may take, or null. */
function inPlace(
  op: Operation,
  buffer: number,
  dead: ReadonlySet<number>,
  buffers: readonly Range[],
  first: Int32Array,
  time: number,
): number | null {
  if (!kindOf(op).elementwise) return null;
  const { n } = buffers[buffer]!;
  const whole = (range: Range) => range.n === n && range.at === buffers[bufferIndex(buffers, range.at)]!.at;
  if (!writesOf(op).every(whole)) return null;
  for (const range of readsOf(op)) {
    const operand = bufferIndex(buffers, range.at);
    if (whole(range) && buffers[operand]!.n === n && dead.has(operand) && first[operand]! < time)
      return operand;
  }
  return null;
}

/** Free stretches of a growing arena, kept in order and joined. */
class Arena {
  units = 0;
  readonly #free: { at: number; n: number }[] = [];

  take(n: number): number {
    const index = this.#free.findIndex((hole) => hole.n >= n);
    if (index >= 0) {
      const hole = this.#free[index]!;
      const { at } = hole;
      hole.at += n;
      hole.n -= n;
      if (hole.n === 0) this.#free.splice(index, 1);
      return at;
    }
    const tail = this.#free.at(-1);
    if (tail && tail.at + tail.n === this.units) {
      this.#free.pop();
      this.units = tail.at + n;
      return tail.at;
    }
    this.units += n;
    return this.units - n;
  }

  give(at: number, n: number): void {
    let index = this.#free.findIndex((hole) => hole.at > at);
    if (index < 0) index = this.#free.length;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsBefore = before !== undefined && before.at + before.n === at;
    const joinsAfter = after !== undefined && at + n === after.at;
    if (joinsBefore && joinsAfter) {
      before.n += n + after.n;
      this.#free.splice(index, 1);
    } else if (joinsBefore) before.n += n;
    else if (joinsAfter) {
      after.at = at;
      after.n += n;
    } else this.#free.splice(index, 0, { at, n });
  }
}
