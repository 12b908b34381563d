import { UserError } from "../shared/errors.js";

/** An object of a configuration. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is an object, and no list. */
export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses JSON as Python writes it: NaN and the infinities stand bare where a number is unset or unbounded.
 * NaN becomes null, which every reader of a number refuses or replaces by its default.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const strict = [...quotedAndNot(text)].map((part) =>
      part.startsWith('"')
        ? part
        : part.replace(/-?\bInfinity\b|\bNaN\b/g, (word) =>
            word === "NaN" ? "null" : word.startsWith("-") ? "-1e999" : "1e999",
          ),
    );
    return JSON.parse(strict.join(""));
  }
}

/** How deep the objects and lists of a JSON text nest. */
export function nestingOf(text: string): number {
  let depth = 0;
  let most = 0;
  for (const part of quotedAndNot(text)) {
    if (part.startsWith('"')) continue;
    for (const character of part) {
      if (character === "{" || character === "[") most = Math.max(most, ++depth);
      else if (character === "}" || character === "]") depth--;
    }
  }
  return most;
}

/** A JSON text cut into its quoted texts and what stands between them. */
function* quotedAndNot(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = text.indexOf('"', at + 1);
    if (text[at] === '"') {
      while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
      if (end >= 0) end++;
    }
    if (end < 0) end = text.length;
    yield text.slice(at, end);
    at = end;
  }
}

function isEscaped(text: string, at: number): boolean {
  let from = at;
  while (text[from - 1] === "\\") from--;
  return (at - from) % 2 === 1;
}

/** Widest count (units, filters, steps) believed in a configuration: beyond it the file is not a real model's. */
const MAX_COUNT = 2 ** 24;

/**
 * One object of a model's configuration, read by type. Every accessor takes the Keras default of an absent
 * field, and refuses a value of another type by a UserError that names the layer, the field and the value.
 */
export class Config {
  constructor(
    readonly values: Json,
    /** Where it stands, as an error names it: `layer 'lstm'`. */
    readonly where: string,
  ) {}

  has(key: string): boolean {
    return this.values[key] !== undefined && this.values[key] !== null;
  }

  raw(key: string): unknown {
    return this.values[key];
  }

  fail(key: string, expected: string): never {
    throw new UserError(`${this.where}: ${key} is ${show(this.values[key])}, expected ${expected}`);
  }

  boolean(key: string, absent: boolean): boolean {
    const value = this.values[key] ?? absent;
    return typeof value === "boolean" ? value : this.fail(key, "true or false");
  }

  string(key: string, absent?: string): string {
    const value = this.values[key] ?? absent;
    return typeof value === "string" ? value : this.fail(key, "a text");
  }

  /** One of the given words. */
  choice<T extends string>(key: string, words: readonly T[], absent: T): T {
    const value = this.values[key] ?? absent;
    return words.find((word) => word === value) ?? this.fail(key, words.map((w) => `'${w}'`).join(" or "));
  }

  number(key: string, absent?: number): number {
    const value = numbersOf(this.values[key]) ?? (absent === undefined ? undefined : [absent]);
    return value?.length === 1 ? value[0]! : this.fail(key, "a number");
  }

  integer(key: string, absent?: number): number {
    const value = this.number(key, absent);
    return Number.isSafeInteger(value) ? value : this.fail(key, "a whole number");
  }

  /** A whole number of at least 1. */
  count(key: string, absent?: number): number {
    const value = this.integer(key, absent);
    return value >= 1 && value <= MAX_COUNT ? value : this.fail(key, `a whole number from 1 to ${MAX_COUNT}`);
  }

  /** A count that Keras writes as a number or, for one axis, as a list of one: strides, kernel_size, pool_size. */
  axisCount(key: string, absent?: number): number {
    const value = this.integers(key, absent === undefined ? undefined : [absent]);
    if (value.length !== 1 || value[0]! < 1 || value[0]! > MAX_COUNT)
      this.fail(key, "one count of at least 1");
    return value[0]!;
  }

  /** A list of whole numbers; a single number is a list of one. */
  integers(key: string, absent?: readonly number[]): readonly number[] {
    const value = numbersOf(this.values[key]) ?? absent;
    if (!value?.every((number) => Number.isSafeInteger(number))) this.fail(key, "whole numbers");
    return value as readonly number[];
  }

  numbers(key: string, absent?: readonly number[]): readonly number[] {
    return numbersOf(this.values[key]) ?? absent ?? this.fail(key, "numbers");
  }

  object(key: string): Json {
    const value = this.values[key];
    return isJson(value) ? value : this.fail(key, "an object");
  }

  list(key: string): readonly unknown[] {
    const value = this.values[key];
    return Array.isArray(value) ? value : this.fail(key, "a list");
  }

  /** Refuses the option unless it has the one value that jac computes with. */
  only(key: string, value: unknown, remedy: string): void {
    const actual = this.values[key] ?? value;
    if (JSON.stringify(actual) !== JSON.stringify(value)) {
      throw new UserError(`${this.where}: ${key} = ${show(actual)} is not supported; ${remedy}`);
    }
  }
}

/**
 * Numbers as Keras serialises them: a number, a nested list, or an array object
 * (`{class_name: "__numpy__" | "__tensor__", config: {value}}`, Keras 2: `{type: "ndarray", value}`), flattened.
 */
export function numbersOf(value: unknown): readonly number[] | undefined {
  if (typeof value === "number") return [value];
  if (Array.isArray(value)) {
    const parts = value.map(numbersOf);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  }
  if (!isJson(value)) return undefined;
  if (value["class_name"] === "__tuple__") return numbersOf(value["items"]);
  if (value["class_name"] === "__numpy__" || value["class_name"] === "__tensor__") {
    return isJson(value["config"]) ? numbersOf(value["config"]["value"]) : undefined;
  }
  return value["type"] === "ndarray" ? numbersOf(value["value"]) : undefined;
}

/** A value as an error quotes it: JSON, cut to a readable length. */
export function show(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
