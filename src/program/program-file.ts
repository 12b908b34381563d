import { z } from "zod";
import { PermanentError } from "../shared/errors.js";
import { issuesOf } from "../shared/run-spec.js";
import { ownInputs } from "../shared/wrt.js";
import type { Operation, Program } from "./program.js";

/*
 * A program as a file, little-endian, every part padded with zeros to a multiple of 8 bytes:
 *
 *   8 bytes      "jacprog" and the version
 *   4 × uint32   bytes of the description, number of words, number of constants, 0
 *   JSON         the description, UTF-8: sizes, ranges, targets, what the tables hold, and the forms of operations
 *   int32[]      the words: the index tables, then the operations, those of each target after the forward ones
 *   float64[]    the constants: the matrices, row-major, then the vectors
 *
 * An operation is the number of its form and the whole numbers in it, in their order; its form is the operation with
 * 0 in their places. A program has many operations and few forms.
 */

const MAGIC = "jacprog";
const VERSION = 1;
const HEADER = 24; // bytes

const count = z.int().nonnegative();
const range = z.strictObject({ at: count, n: count });
const target = z.strictObject({
  name: z.string(),
  shape: z.array(count).readonly(),
  numbers: z.array(count).readonly().nullable().default(null), // absent in files from before there was a choice
  wrt: z.strictObject({ shape: z.array(count), names: z.array(z.string()) }).optional(), // so too
  output: range,
  seed: range,
  gradient: range,
  adjoint: count, // operations
});
const description = z.strictObject({
  steps: count,
  features: count,
  units: count,
  input: range,
  aux: range,
  multiplyAdds: count,
  matrices: z.array(z.tuple([count, count])), // rows, cols
  vectors: z.array(count), // lengths
  indices: z.array(count), // lengths
  forms: z.array(z.record(z.string(), z.unknown())),
  forward: count, // operations
  targets: z.array(target),
});

/** A program as bytes: the same program gives the same bytes. Its constants are copied once. */
export function encodeProgramFile(program: Program): Uint8Array {
  const { matrices, vectors, indices, forward, targets, steps, features, units, input, aux, multiplyAdds } =
    program;
  const forms = new Map<string, number>();
  const words: number[] = [];
  for (const table of indices) for (const index of table) words.push(index);
  for (const operations of [forward, ...targets.map(({ adjoint }) => adjoint)])
    for (const operation of operations) writeOperation(operation, forms, words);
  const text = Buffer.from(
    JSON.stringify({
      steps,
      features,
      units,
      input,
      aux,
      multiplyAdds,
      matrices: matrices.map(({ rows, cols }) => [rows, cols]),
      vectors: vectors.map(({ length }) => length),
      indices: indices.map(({ length }) => length),
      forms: [...forms.keys()].map((form) => JSON.parse(form)),
      forward: forward.length,
      targets: targets.map((each) => ({
        ...each,
        wrt: { shape: [...each.wrt.shape], names: [...each.wrt.names] },
        adjoint: each.adjoint.length,
      })),
    } satisfies z.input<typeof description>),
  );
  const constants = [...matrices.map(({ data }) => data), ...vectors];
  const numbers = constants.reduce((sum, { length }) => sum + length, 0);
  const wordsAt = HEADER + padded(text.length);
  const constantsAt = wordsAt + padded(4 * words.length);
  const bytes = new Uint8Array(constantsAt + 8 * numbers);
  bytes.set(Buffer.from(MAGIC));
  bytes[MAGIC.length] = VERSION;
  new Uint32Array(bytes.buffer, 8, 4).set([text.length, words.length, numbers, 0]);
  bytes.set(text, HEADER);
  new Int32Array(bytes.buffer, wordsAt, words.length).set(words);
  let at = 0;
  const to = new Float64Array(bytes.buffer, constantsAt, numbers);
  for (const data of constants) {
    to.set(data, at);
    at += data.length;
  }
  return bytes;
}

/**
 * Reads back what `encodeProgramFile` wrote; the constants are views of the bytes where those are aligned. Throws a
 * PermanentError on bytes that are no such file.
 */
export function decodeProgramFile(bytes: Uint8Array): Program {
  try {
    return programOf(bytes.byteOffset % 8 === 0 ? bytes : bytes.slice());
  } catch (cause) {
    throw new PermanentError("the run's program is damaged: it is not the file it should be", { cause });
  }
}

function programOf(bytes: Uint8Array): Program {
  const { buffer, byteOffset: start, length: size } = bytes;
  if (Buffer.from(bytes.subarray(0, MAGIC.length)).toString() !== MAGIC || bytes[MAGIC.length] !== VERSION)
    throw new Error(`it does not begin with ${MAGIC} and the version ${VERSION}`);
  const [length = 0, wordCount = 0, numberCount = 0] = new Uint32Array(buffer, start + 8, 4);
  const wordsAt = HEADER + padded(length);
  const constantsAt = wordsAt + padded(4 * wordCount);
  if (constantsAt + 8 * numberCount !== size)
    throw new Error(`it has ${size} bytes, not what its header says`);
  const words = new Reader(new Int32Array(buffer, start + wordsAt, wordCount));
  const constants = new Reader(new Float64Array(buffer, start + constantsAt, numberCount));
  const parsed = description.safeParse(
    JSON.parse(Buffer.from(bytes.subarray(HEADER, HEADER + length)).toString("utf8")),
  );
  if (!parsed.success) throw new Error(issuesOf(parsed.error));
  const { matrices, vectors, indices, forms, forward, targets, ...sizes } = parsed.data;
  const operations = (many: number): Operation[] =>
    Array.from({ length: many }, () => readOperation(forms, words));
  const program: Program = {
    ...sizes,
    matrices: matrices.map(([rows, cols]) => ({ rows, cols, data: constants.take(rows * cols) })),
    vectors: vectors.map((n) => constants.take(n)),
    indices: indices.map((n) => words.take(n)),
    forward: operations(forward),
    targets: targets.map(({ adjoint, wrt = ownInputs(sizes.steps, sizes.features), ...each }) => ({
      ...each,
      wrt,
      adjoint: operations(adjoint),
    })),
  };
  words.end();
  constants.end();
  return program;
}

/** What comes next of an array, as views of it. */
class Reader<A extends Int32Array | Float64Array> {
  #at = 0;

  constructor(readonly values: A) {}

  next(): number {
    const value = this.values[this.#at++];
    if (value === undefined) throw new RangeError("it ends within an operation");
    return value;
  }

  take(n: number): A {
    if (this.#at + n > this.values.length) throw new RangeError("it ends within a table");
    this.#at += n;
    return this.values.subarray(this.#at - n, this.#at) as A;
  }

  end(): void {
    if (this.#at !== this.values.length) throw new RangeError("there are words or constants past the end");
  }
}

/** Appends an operation's words: the number of its form, which is new or known, and its whole numbers. */
function writeOperation(operation: Operation, forms: Map<string, number>, words: number[]): void {
  const at = words.push(0) - 1;
  const form = JSON.stringify(operation, (_key, value: unknown) => {
    if (typeof value !== "number") return value;
    if (Object.is(value | 0, value)) {
      words.push(value);
      return 0;
    }
    // JSON has no infinity, no NaN and no −0.
    return Number.isFinite(value) && value !== 0
      ? value
      : { number: Object.is(value, -0) ? "-0" : `${value}` };
  });
  const number = forms.get(form) ?? forms.size;
  forms.set(form, number);
  words[at] = number;
}

function readOperation(forms: readonly unknown[], words: Reader<Int32Array>): Operation {
  const form = forms[words.next()];
  if (form === undefined) throw new RangeError("an operation has a form that is not there");
  return filled(form, words) as Operation;
}

/** The form with the next words in the places of its whole numbers. */
function filled(form: unknown, words: Reader<Int32Array>): unknown {
  if (form === 0) return words.next();
  if (typeof form !== "object" || form === null) return form;
  if (Array.isArray(form)) return form.map((item) => filled(item, words));
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(form)) {
    if (key === "number") return Number(value);
    copy[key] = filled(value, words);
  }
  return copy;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
