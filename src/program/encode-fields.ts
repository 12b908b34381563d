import { derivativeFrom } from "./activations.js";
import type { Field, Fields, FieldValues, List } from "./operation-layouts.js";
import type { Elementwise } from "./program.js";
import { ACTIVATIONS, NORMALISE_FORMS, PROGRAM, SOFTMAX_FORMS } from "./program-layouts.js";

/** The values of a record: for each field of its layout one of the same name. */
export type ValuesOf<F extends Fields> = {
  readonly [N in keyof F]: F[N] extends Field
    ? FieldValues[F[N][0]]
    : F[N] extends List
      ? readonly ValuesOf<F[N][2]>[]
      : never;
};

/**
 * The words of a record, field by field in the layout's order; numbers go to the constants.
 * @throws Error where a field has no value, or one that no int32 holds.
 */
export function encodeFields<F extends Fields>(
  fields: F,
  values: ValuesOf<F>,
  constants: Constants,
): number[] {
  const words: number[] = [];
  for (const [name, field] of Object.entries<Field | List>(fields)) {
    const value: unknown = values[name];
    if (value === undefined) throw new Error(`the program has a record without its field ${name}`);
    if (field[0] === "list") {
      const elements = value as readonly ValuesOf<List[2]>[];
      words.push(elements.length);
      for (const element of elements) words.push(...encodeFields(field[2], element, constants));
    } else {
      const encode = encoders[field[0]] as (value: unknown, constants: Constants) => number[];
      words.push(...encode(value, constants));
    }
  }
  const wrong = words.find((word) => word !== (word | 0));
  if (wrong !== undefined) throw new Error(`the program has a record with a word of ${wrong}`);
  return words;
}

const encoders: {
  readonly [K in keyof FieldValues]: (value: FieldValues[K], constants: Constants) => number[];
} = {
  int: (value) => [value],
  range: ({ at, n }) => [at, n],
  at: ({ at }) => [at],
  optionalAt: (range) => [range?.at ?? -1],
  flag: (value) => [value ? 1 : 0],
  vector: (index) => [index],
  optionalVector: (index) => [index],
  matrix: (index) => [index],
  table: (index) => [index],
  constant: (value, constants) => [constants.add(Float64Array.of(value))],
  numbers: (data, constants) => [constants.add(data)],
  activation: (f, constants) => encodeFields(PROGRAM.activation.fields, activationValues(f), constants),
  softmaxForm: (form) => [SOFTMAX_FORMS.indexOf(form)],
  normaliseForm: (form) => [NORMALISE_FORMS.indexOf(form)],
};

const activationNames = Object.keys(ACTIVATIONS);

function activationValues(f: Elementwise): ValuesOf<typeof PROGRAM.activation.fields> {
  const name = activationName(f);
  const parameters = ACTIVATIONS[name].map(
    (parameter) => f[parameter as keyof Elementwise] as unknown as number,
  );
  return {
    code: activationNames.indexOf(name),
    parameters: Float64Array.from([0, 1, 2], (i) => parameters[i] ?? 0),
    fromOutput: derivativeFrom(f) === "y",
  };
}

function activationName(f: Elementwise): keyof typeof ACTIVATIONS {
  if (f.kind === "gelu") return f.approximate ? "gelu-tanh" : "gelu";
  if (f.kind !== "relu") return f.kind;
  const plain = f.negativeSlope === 0 && f.maxValue === Number.POSITIVE_INFINITY && f.threshold === 0;
  return plain ? "plain-relu" : "relu";
}

/** The pool of numbers, growing; equal small ones are kept once. */
export class Constants {
  readonly #parts: Float64Array[] = [];
  readonly #known = new Map<string, number>();
  #length = 0;

  /** Where the data stands in the pool, once added. */
  add(data: Float64Array): number {
    const key = data.length <= 3 ? data.join() : null;
    const found = key === null ? undefined : this.#known.get(key);
    if (found !== undefined) return found;
    if (key !== null) this.#known.set(key, this.#length);
    this.#parts.push(data);
    this.#length += data.length;
    return this.#length - data.length;
  }

  /** The whole pool, in one piece. */
  take(): Float64Array {
    const all = new Float64Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
