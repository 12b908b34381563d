import { UserError } from "../shared/errors.js";
import { reshape, type Tensor, take } from "./tensor.js";

/** A result of the graph that is differentiated, or the values of it that are. */
export interface ChosenResult {
  readonly name: string;
  readonly tensor: Tensor;
  /** The chosen values' numbers among all of the result's, row-major, in the order of `tensor`; null: it is whole. */
  readonly numbers: readonly number[] | null;
}

type Result = Omit<ChosenResult, "numbers">;

/**
 * The results, or what --outputs chooses of them: `3` and `0:6` are values of the only result, `NAME` a whole one,
 * `NAME:3` and `NAME:0:6` values of it. They stay in the order given.
 * @throws UserError where there is no such result or value, where one is chosen twice, and where the values of one
 * result do not stand together.
 */
export function chooseOutputs(results: readonly Result[], items: readonly string[] | null): ChosenResult[] {
  if (items === null) return results.map((result) => ({ ...result, numbers: null }));
  const chosen = new Map<Result, number[] | null>();
  let last: Result | null = null;
  for (const item of items) {
    const { result, numbers } = find(results, item);
    const before = chosen.get(result);
    if (before !== undefined && result !== last)
      refuse(item, `write the outputs of ${result.name} one after the other`);
    if (before === null || (before !== undefined && numbers === null))
      refuse(item, `${result.name} is chosen whole and in part; leave one of them out`);
    const twice = numbers?.find((number) => before?.includes(number) ?? false);
    if (twice !== undefined) refuse(item, `output ${twice} of ${result.name} is chosen twice`);
    chosen.set(result, numbers && [...(before ?? []), ...numbers]);
    last = result;
  }
  return [...chosen].map(([{ name, tensor }, numbers]) => ({
    name,
    tensor: numbers === null ? tensor : take(reshape(tensor, [tensor.units.length]), 0, numbers),
    numbers,
  }));
}

const RANGE = /^(\d{1,9})(?::(\d{1,9}))?$/;

function find(results: readonly Result[], item: string): { result: Result; numbers: number[] | null } {
  const whole = results.find(({ name }) => name === item);
  if (whole !== undefined) return { result: whole, numbers: null };
  const bare = RANGE.exec(item);
  if (bare !== null) {
    const [first, ...others] = results;
    if (others.length > 0)
      refuse(
        item,
        `there are several outputs, ${listed(results)}; say of which, as in ${first!.name}:${item}`,
      );
    return { result: first!, numbers: numbersOf(first!, bare, item) };
  }
  for (const result of results) {
    const range = item.startsWith(`${result.name}:`) && RANGE.exec(item.slice(result.name.length + 1));
    if (range) return { result, numbers: numbersOf(result, range, item) };
  }
  return refuse(item, `there is no such output; there is ${listed(results)}`);
}

function numbersOf({ name, tensor }: Result, [, first, end]: readonly string[], item: string): number[] {
  const n = tensor.units.length;
  const from = Number(first);
  const to = end === undefined ? from + 1 : Number(end);
  if (to > n) refuse(item, `${name} has ${n === 1 ? "1 output, number 0" : `${n} outputs, 0 to ${n - 1}`}`);
  if (from >= to) refuse(item, "the range holds no output; it is first:last+1, as in 0:6");
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function listed(results: readonly Result[]): string {
  return results.map(({ name, tensor }) => `${name} (${tensor.units.length})`).join(", ");
}

function refuse(item: string, what: string): never {
  throw new UserError(`--outputs ${item}: ${what}`);
}
