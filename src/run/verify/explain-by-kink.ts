import type { ReferenceModel, WindowInputs } from "./reference-model.js";

const SIZES = [2, 8, 32, 128]; // of the nudges, in rounding errors: what a deep network's sums gather
const NUDGES = 16; // of each size

/** An entry of a window's Jacobian: target, output and input (step · F + feature). */
export interface Entry {
  readonly target: number;
  readonly output: number;
  readonly input: number;
}

/**
 * Which of a window's entries stand at a kink: the derivative in float64, from inputs nudged within rounding, takes
 * values on both sides of the stored one (give or take `tolerance`). `rounding`: the precision's relative error,
 * 2⁻²⁴ or 2⁻⁵³; `number`: the window's; `values[i]`: the stored value of entries[i]. No range of values explains what a smooth model differs by.
 */
export async function explainByKink(
  model: ReferenceModel,
  number: number,
  window: WindowInputs,
  aux: Float64Array | null,
  entries: readonly Entry[],
  values: readonly number[],
  {
    rounding,
    tolerance,
    random,
  }: { rounding: number; tolerance: (target: number) => number; random: () => number },
): Promise<boolean[]> {
  const least = values.map(() => Number.POSITIVE_INFINITY);
  const most = values.map(() => Number.NEGATIVE_INFINITY);
  const usual = window.reduce((sum, x) => sum + Math.abs(x), 0) / window.length;
  const explained = () =>
    entries.map(({ target }, i) => {
      const slack = tolerance(target);
      return values[i]! >= least[i]! - slack && values[i]! <= most[i]! + slack;
    });
  for (const size of SIZES) {
    const nudged = Array.from({ length: NUDGES }, () =>
      window.map((x) => x + (2 * random() - 1) * size * rounding * Math.max(Math.abs(x), usual)),
    );
    widen(await model.jacobians(number, nudged, aux), model, entries, least, most);
    if (explained().every(Boolean)) break;
  }
  return explained();
}

/** Widens each entry's range by what the windows' Jacobians hold of it. */
function widen(
  results: Awaited<ReturnType<ReferenceModel["jacobians"]>>,
  { program }: ReferenceModel,
  entries: readonly Entry[],
  least: number[],
  most: number[],
): void {
  entries.forEach(({ target, output, input }, i) => {
    const { output: outputs, gradient } = program.targets[target]!;
    const { jacobian } = results[target]!; // [windows, m, n]
    for (let at = output * gradient.n + input; at < jacobian.length; at += outputs.n * gradient.n) {
      least[i] = Math.min(least[i]!, jacobian[at]!);
      most[i] = Math.max(most[i]!, jacobian[at]!);
    }
  });
}
