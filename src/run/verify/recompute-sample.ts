import { ownBlocks } from "../../shared/full-part.js";
import { decodePart } from "../../shared/jacobian-arrow.js";
import type { Floats, Part } from "../../shared/part.js";
import { lagOf } from "../../shared/plan.js";
import type { RunFolder } from "../../shared/run-folder.js";
import { chunkAt, partName, type RunSpec } from "../../shared/run-spec.js";
import type { StoredSeries } from "../../shared/series-arrow.js";
import { type Slice, sliceWindows } from "../../worker/slice-windows.js";
import { type Entry, explainByKink } from "./explain-by-kink.js";
import type { ReferenceModel, WindowInputs } from "./reference-model.js";
import { type SampledChunk, seededFrom } from "./sample-windows.js";

/** What a stored number may differ by from float64's, of the window's scale. */
export const BOUNDS = { float32: 1e-4, float64: 1e-9 } as const;
/** A precision's relative rounding error. */
export const ROUNDING = { float32: 2 ** -24, float64: 2 ** -53 } as const;

/**
 * A window's scale is its largest |J|, but no less than this of the largest in the sample: where a window's
 * derivatives all but vanish (a saturated unit, a loss near its least), float32 keeps few of their digits.
 */
const LEAST_SCALE = 1e-2;
const MOST_UNEXPLAINED = 8; // windows examined in vain; one would do to tell that the run is wrong

/** A stored number and what it was found to be. */
export interface Difference {
  readonly window: number;
  readonly target: string;
  readonly output: number;
  readonly lag: number | null; // null: the prediction itself
  readonly feature: string | null;
  readonly stored: number;
  readonly reference: number;
  readonly relative: number; // |stored − reference| of the window's scale
  readonly kink: boolean | null; // whether a kink explains it; null: it needs no explanation
}

/** A window that was computed again. */
export interface RecomputedWindow {
  readonly window: number;
  readonly inputs: WindowInputs; // [T·F]
  readonly aux: Float64Array | null; // [program.aux]
  readonly targets: readonly {
    readonly stored: { readonly prediction: Floats; readonly jacobian: Floats }; // [m], [m·n]
    readonly reference: { readonly prediction: Floats; readonly jacobian: Floats };
  }[];
}

/** Computes the sampled windows in float64. `strays` gets the parts whose windows are not those that were planned. */
export async function recomputeWindows(
  model: ReferenceModel,
  {
    folder,
    spec,
    stored,
    column,
  }: { folder: RunFolder; spec: RunSpec; stored: StoredSeries; column: string | null },
  sample: readonly SampledChunk[],
  strays: string[],
  signal?: AbortSignal,
): Promise<RecomputedWindow[]> {
  const { program } = model;
  const inputs = program.steps * program.features;
  const recomputed: RecomputedWindow[] = [];
  for (const { index, places } of sample) {
    const chunk = chunkAt(spec, index);
    const whole = decodePart(await folder.read(partName(index)));
    const part = ownBlocks(whole, chunk.from);
    const slice = sliceWindows(stored, spec.plan, chunk, column);
    if (
      !isOfSlice(part, slice) ||
      !isZeroElsewhere(whole, part) ||
      part.targets.some(({ m }, t) => m !== program.targets[t]?.output.n)
    ) {
      strays.push(partName(index));
      continue;
    }
    const { aux } = slice.batch;
    const auxOf = (place: number) => aux?.slice(place * program.aux.n, (place + 1) * program.aux.n) ?? null;
    const starts = Int32Array.from(places, (place) => slice.batch.starts[place]!);
    const picked = aux && Float64Array.from(places.flatMap((place) => [...(auxOf(place) ?? [])]));
    const numbers = BigInt64Array.from(places, (place) => slice.window[place]!);
    const batch = { rows: stored.scaled, starts, aux: picked };
    const results = await model.attributions(batch, numbers, signal);
    places.forEach((place, i) => {
      const from = starts[i]! * program.features;
      recomputed.push({
        window: Number(part.window[place]),
        inputs: stored.scaled.slice(from, from + inputs),
        aux: auxOf(place),
        targets: part.targets.map(({ m, prediction, jacobian }, t) => {
          const size = m * program.targets[t]!.gradient.n;
          const of = (from: { prediction: Floats; jacobian: Floats }, w: number) => ({
            prediction: from.prediction.slice(w * m, (w + 1) * m),
            jacobian: from.jacobian.slice(w * size, (w + 1) * size),
          });
          return { stored: of({ prediction, jacobian }, place), reference: of(results[t]!, i) };
        }),
      });
    });
  }
  return recomputed;
}

/** The scale of each window's Jacobian [window][target]. */
export function scalesOf(windows: readonly RecomputedWindow[]): number[][] {
  const own = windows.map(({ targets }) => targets.map(({ reference }) => largest(reference.jacobian)));
  return own.map((scales) =>
    scales.map((scale, t) => Math.max(scale, LEAST_SCALE * Math.max(...own.map((of) => of[t]!)), 1e-300)),
  );
}

/**
 * Compares what is stored of the windows with what they were found to be, each window's and target's largest
 * difference by itself, those past the bound with whether a kink explains them.
 */
export async function compareWindows(
  model: ReferenceModel,
  spec: RunSpec,
  windows: readonly RecomputedWindow[],
): Promise<Difference[]> {
  const { precision } = spec.layout;
  const bound = BOUNDS[precision];
  const scales = scalesOf(windows);
  const random = seededFrom(spec.run, "nudges");
  const differences: Difference[] = [];
  let unexplained = 0;
  for (const [w, { window, inputs, aux, targets }] of windows.entries()) {
    const found: { entry: Entry; stored: number; reference: number; relative: number }[] = [];
    for (const [t, { stored, reference }] of targets.entries()) {
      const { name, gradient } = model.program.targets[t]!;
      const level = Math.max(1e-300, ...windows.map((of) => largest(of.targets[t]!.reference.prediction)));
      const value = worstOf(stored.prediction, reference.prediction, level);
      const prediction = { window, target: name, output: value.at, lag: null, feature: null };
      const kink = value.relative <= bound ? null : false; // a prediction has none: it goes on evenly at corners
      differences.push({ ...prediction, ...value.pair, relative: value.relative, kink });
      const scale = scales[w]![t]!;
      const worst = worstOf(stored.jacobian, reference.jacobian, scale);
      for (let at = 0; at < stored.jacobian.length; at++) {
        const relative = relativeOf(stored.jacobian[at]!, reference.jacobian[at]!, scale);
        if (relative <= bound && at !== worst.at) continue;
        const entry = { target: t, output: Math.floor(at / gradient.n), input: at % gradient.n };
        found.push({ entry, stored: stored.jacobian[at]!, reference: reference.jacobian[at]!, relative });
      }
    }
    const past = found.filter(({ relative }) => !(relative <= bound));
    const examined = unexplained < MOST_UNEXPLAINED;
    const entries = past.map(({ entry }) => entry);
    const values = past.map(({ stored }) => stored);
    const options = {
      rounding: ROUNDING[precision],
      tolerance: (t: number) => bound * scales[w]![t]!,
      random,
    };
    const explained =
      past.length > 0 && examined
        ? await explainByKink(model, window, inputs, aux, entries, values, options)
        : [];
    if (explained.includes(false)) unexplained++;
    for (const [t, { name }] of model.program.targets.entries()) {
      const kinkOf = (one: (typeof found)[number]) =>
        past.includes(one) ? (explained[past.indexOf(one)] ?? false) : null;
      // The largest; of a window with any that is unexplained the largest of those.
      const [worst] = found
        .filter(({ entry }) => entry.target === t)
        .sort((a, b) => Number(kinkOf(b) === false) - Number(kinkOf(a) === false) || order(b) - order(a));
      if (worst === undefined) continue;
      const { entry, ...pair } = worst;
      const { features } = model.program;
      differences.push({
        window,
        target: name,
        output: entry.output,
        lag: lagOf(Math.floor(entry.input / features), model.program.steps),
        feature: spec.columns[entry.input % features] ?? null,
        ...pair,
        kink: kinkOf(worst),
      });
    }
  }
  return differences.sort((a, b) => order(b) - order(a));
}

/** For sorting: what is not a number is the worst. */
const order = ({ relative }: { readonly relative: number }): number =>
  Number.isNaN(relative) ? Number.POSITIVE_INFINITY : relative;

function relativeOf(stored: number, reference: number, scale: number): number {
  return Object.is(stored, reference) ? 0 : Math.abs(stored - reference) / scale;
}

function worstOf(stored: Floats, reference: Floats, scale: number) {
  let at = 0;
  let relative = 0;
  for (let i = 0; i < stored.length; i++) {
    const here = relativeOf(stored[i]!, reference[i]!, scale);
    if (here <= relative) continue;
    [at, relative] = [i, here];
    if (Number.isNaN(here)) break;
  }
  return { at, relative, pair: { stored: stored[at] ?? 0, reference: reference[at] ?? 0 } };
}

/** The largest magnitude; 0 of none. */
export function largest(values: Floats): number {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}

/** In full mode what is not a window's own block is 0, exactly. */
function isZeroElsewhere(whole: Part, own: Part): boolean {
  const nonzero = (values: Floats) => {
    let count = 0;
    for (const value of values) if (value !== 0) count++;
    return count;
  };
  return (
    whole === own ||
    whole.targets.every(({ jacobian }, t) => nonzero(jacobian) === nonzero(own.targets[t]!.jacobian))
  );
}

function isOfSlice(part: Part, { window, row, time, group }: Slice): boolean {
  const same = (a: ArrayLike<bigint | string> | null, b: ArrayLike<bigint | string> | null) =>
    a === b ||
    (a !== null && b !== null && a.length === b.length && Array.from(a).every((x, i) => x === b[i]));
  return (
    same(part.window, window) &&
    same(part.row, row) &&
    same(part.time?.values ?? null, time?.values ?? null) &&
    same(part.group, group)
  );
}
