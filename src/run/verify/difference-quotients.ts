import { lagOf } from "../../shared/plan.js";
import type { RunSpec } from "../../shared/run-spec.js";
import { type Entry, explainByKink } from "./explain-by-kink.js";
import { type Difference, largest, type RecomputedWindow, ROUNDING, scalesOf } from "./recompute-sample.js";
import type { ReferenceModel } from "./reference-model.js";
import { seededFrom } from "./sample-windows.js";

const WINDOWS = 4;
const INPUTS = 8; // of a window, beside that of its largest entry
const STEPS = [1e-3, 3e-5, 1e-6]; // of the input's size: a corner that lies within one may lie outside the next
const BOUND = 1e-6; // of the window's scale
const PREDICTION_ERROR = 1e-14; // of float64 predictions, relative: what a quotient divides by the step

/** How derivatives compare with differences of the forward pass. */
export interface DifferenceQuotients {
  readonly windows: number;
  readonly entries: number;
  /** Descending; `stored` is the quotient, `reference` the derivative. */
  readonly differences: readonly Difference[];
}

/**
 * Holds float64's derivatives of some windows and inputs against central differences of the forward pass, at a step
 * and its half with Richardson's extrapolation: what the adjoints say against what the model does. Of a method that
 * makes attributions no window is taken.
 */
export async function differenceQuotients(
  model: ReferenceModel,
  spec: RunSpec,
  windows: readonly RecomputedWindow[],
): Promise<DifferenceQuotients> {
  const random = seededFrom(spec.run, "quotients");
  const scales = scalesOf(windows);
  const taken = spec.options.method === "gradient" ? Math.min(WINDOWS, windows.length) : 0;
  const differences: Difference[] = [];
  let entries = 0;
  for (let i = 0; i < taken; i++) {
    const w = Math.floor((i * (windows.length - 1)) / Math.max(1, taken - 1));
    const found = await ofWindow(model, spec, windows[w]!, scales[w]!, random);
    entries += found.entries;
    differences.push(...found.differences);
  }
  return { windows: taken, entries, differences: differences.sort((a, b) => b.relative - a.relative) };
}

interface Quotient {
  readonly entry: Entry;
  readonly derivative: number;
  quotient: number;
  plain: number; // without the extrapolation: a mean of the derivative between its ends
  relative: number;
  fits: boolean;
}

async function ofWindow(
  model: ReferenceModel,
  spec: RunSpec,
  { window, inputs, aux, targets }: RecomputedWindow,
  scales: readonly number[],
  random: () => number,
): Promise<{ entries: number; differences: Difference[] }> {
  const { steps, features } = model.program;
  const chosen = new Set(targets.map(({ reference }) => placeOfLargest(reference.jacobian) % inputs.length));
  const wanted = Math.min(inputs.length, chosen.size + INPUTS);
  while (chosen.size < wanted) chosen.add(Math.floor(random() * inputs.length));
  const quotients: Quotient[] = [];
  for (const input of chosen)
    targets.forEach(({ reference }, target) => {
      for (let output = 0; output < reference.prediction.length; output++) {
        const derivative = reference.jacobian[output * inputs.length + input]!;
        const entry = { target, output, input };
        const worst = { quotient: Number.NaN, plain: Number.NaN, relative: Number.POSITIVE_INFINITY };
        quotients.push({ entry, derivative, ...worst, fits: false });
      }
    });
  for (const step of STEPS) {
    const pending = [...new Set(quotients.filter(({ fits }) => !fits).map(({ entry }) => entry.input))];
    if (pending.length === 0) break;
    const moves = pending.map((input) => step * (sizeOf(inputs, input, features) || 1));
    const moved = pending.flatMap((input, i) =>
      [1, -1, 0.5, -0.5].map((part) => inputs.map((x, at) => (at === input ? x + part * moves[i]! : x))),
    );
    const results = await model.predictions(moved, aux);
    for (const one of quotients) {
      const i = pending.indexOf(one.entry.input);
      if (i < 0 || one.fits) continue;
      const { target, output } = one.entry;
      const { prediction } = results[target]!;
      const m = targets[target]!.reference.prediction.length;
      const [up, down, halfUp, halfDown] = [0, 1, 2, 3].map((k) => prediction[(4 * i + k) * m + output]!);
      const coarse = (up! - down!) / (2 * moves[i]!);
      one.plain = (halfUp! - halfDown!) / moves[i]!;
      const quotient = (4 * one.plain - coarse) / 3;
      const error = Math.abs(quotient - one.derivative);
      const noise = (PREDICTION_ERROR * largest(targets[target]!.reference.prediction)) / moves[i]!;
      one.fits = error <= BOUND * scales[target]! + noise;
      const relative = error / scales[target]!;
      if (one.fits || !(relative >= one.relative)) Object.assign(one, { quotient, relative });
    }
  }
  const odd = quotients.filter(({ fits }) => !fits);
  const kinks = await explainByKink(
    model,
    window,
    inputs,
    aux,
    odd.map(({ entry }) => entry),
    odd.map(({ plain }) => plain),
    { rounding: ROUNDING.float32, tolerance: (t) => BOUND * 10 * scales[t]!, random },
  );
  const differences = quotients.map(({ entry, derivative, quotient, relative, fits }, i) => ({
    window,
    target: model.program.targets[entry.target]!.name,
    output: entry.output,
    lag: lagOf(Math.floor(entry.input / features), steps),
    feature: spec.columns[entry.input % features] ?? null,
    stored: quotient,
    reference: derivative,
    relative,
    kink: fits ? null : (kinks[odd.indexOf(quotients[i]!)] ?? false),
  }));
  return { entries: quotients.length, differences };
}

/** An input's size: its own, or what its feature has in the window where that is more. */
function sizeOf(inputs: Float64Array, input: number, features: number): number {
  let sum = 0;
  for (let at = input % features; at < inputs.length; at += features) sum += Math.abs(inputs[at]!);
  return Math.max(Math.abs(inputs[input]!), (sum * features) / inputs.length);
}

function placeOfLargest(values: ArrayLike<number>): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]!) > Math.abs(values[at]!)) at = i;
  return at;
}
