import type { Program } from "../../program/program.js";
import { type Batch, floats } from "../engine/engine.js";
import type { Attribution, Execution, Windows } from "./method.js";

/** Bytes of the rows and results of one call of the executor: what a chunk takes more, however many windows it has. */
const CALL_BYTES = 32 * 2 ** 20;

/** Where a window's gradients are taken, in place of the window alone. */
export interface Points {
  /** How much each gradient counts in their mean, [points]; 0: it is the prediction there that is wanted. */
  readonly weights: Float64Array;
  /** Writes a point of a window, whose inputs are x, to `to`; both [T·F]. */
  place(point: number, window: bigint, x: Float64Array, to: Float64Array): void;
}

/** One target's gradients and predictions of one window. */
export interface Averaged {
  readonly mean: Float64Array; // [m, T·F]: the weighted mean of the gradients
  readonly predictions: Float64Array; // [points, m]
}

/** Writes a window's results; `w`: its place among the windows. */
export type Finish = (w: number, x: Float64Array, averaged: Averaged, to: Attribution) => void;

/**
 * The weighted means of each window's gradients at its points. The points are made and executed some at a time, window
 * by window, in memory that does not grow with their number. `completeness`: whether results have it. The mean is a
 * running one, m ← m + w/Σw · (g − m), which is exact where all the gradients are equal.
 */
export async function averageGradients(
  { executor, program }: Execution,
  { batch, window }: Windows,
  points: Points,
  { completeness, finish }: { readonly completeness: boolean; readonly finish: Finish },
  signal?: AbortSignal,
): Promise<Attribution[]> {
  const { features, steps, targets } = program;
  const size = steps * features;
  const count = points.weights.length; // points of a window
  const windows = batch.starts.length;
  const calls = callBuffers(program, windows * count);
  const inputs = (w: number) =>
    batch.rows.subarray(batch.starts[w]! * features, batch.starts[w]! * features + size);
  const averaged = targets.map(({ output }) => ({
    mean: new Float64Array(output.n * size), // [m, T·F]
    predictions: new Float64Array(count * output.n), // [points, m]
  }));
  let attributions: Attribution[] = [];
  let weight = 0; // of the window's points so far
  for (let first = 0; first < windows * count; first += calls.most) {
    signal?.throwIfAborted();
    const filled = Math.min(calls.most, windows * count - first);
    for (let i = 0; i < filled; i++) {
      const w = Math.floor((first + i) / count);
      const to = calls.rows.subarray(i * size, (i + 1) * size);
      points.place((first + i) % count, window[w]!, inputs(w), to);
      calls.aux?.set(auxOf(batch, program, w), i * program.aux.n);
    }
    const results = await executor.run(calls.batch(filled), signal);
    if (first === 0) {
      attributions = results.map(({ name, jacobian }, t) => {
        const { n: m } = targets[t]!.output;
        const zeros = (length: number) =>
          floats(jacobian instanceof Float32Array ? "float32" : "float64", length);
        return {
          name,
          prediction: zeros(windows * m),
          jacobian: zeros(windows * m * size),
          completeness: completeness ? zeros(windows * m) : null,
        };
      });
    }
    for (let i = 0; i < filled; i++) {
      const w = Math.floor((first + i) / count);
      const point = (first + i) % count;
      if (point === 0) weight = 0;
      weight += points.weights[point]!;
      const ratio = points.weights[point]! / (weight || 1);
      for (const [t, { prediction, jacobian }] of results.entries()) {
        const { mean, predictions } = averaged[t]!;
        const { n: m } = targets[t]!.output;
        predictions.set(prediction.subarray(i * m, (i + 1) * m), point * m);
        if (point === 0) mean.fill(0);
        if (ratio > 0) addGradient(mean, jacobian, i * m * size, ratio);
        if (point === count - 1) finish(w, inputs(w), averaged[t]!, attributions[t]!);
      }
    }
  }
  return attributions;
}

function addGradient(mean: Float64Array, jacobian: ArrayLike<number>, at: number, ratio: number): void {
  for (let e = 0; e < mean.length; e++) mean[e]! += ratio * (jacobian[at + e]! - mean[e]!);
}

/** Per-window constants of a window, [aux]. */
function auxOf({ aux }: Batch, program: Program, w: number): Float64Array {
  const { n } = program.aux;
  return aux === null ? new Float64Array(n) : aux.subarray(w * n, (w + 1) * n);
}

/** Room for the points of a call, of `total` in all: the points stand one after the other, none overlaps another. */
function callBuffers({ steps, features, aux, targets }: Program, total: number) {
  const size = steps * features;
  const values = targets.reduce((sum, { output }) => sum + output.n * (size + 1), size + aux.n);
  const most = Math.max(1, Math.min(total, Math.floor(CALL_BYTES / (8 * values))));
  const rows = new Float64Array(most * size); // [points · T, F]
  const constants = aux.n > 0 ? new Float64Array(most * aux.n) : null; // [points, aux]
  const starts = Int32Array.from({ length: most }, (_, i) => i * steps);
  return {
    most,
    rows,
    aux: constants,
    batch: (filled: number): Batch => ({
      rows: rows.subarray(0, filled * size),
      starts: starts.subarray(0, filled),
      aux: constants?.subarray(0, filled * aux.n) ?? null,
    }),
  };
}
