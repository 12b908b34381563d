import { rowsOf, type WindowPlan, windowsOf } from "../../shared/plan.js";

/** Each feature over the rows that the planned windows cover, each row once. */
export interface CoveredInputs {
  readonly mean: Float64Array; // [F]
  readonly range: Float64Array; // [F]: largest − smallest
}

/** `scaled` [rows, F]: the series as the model sees it. The same series and plan give the same bytes. */
export function coveredInputs(scaled: Float64Array, plan: WindowPlan, features: number): CoveredInputs {
  const covered = new Uint8Array(scaled.length / features);
  for (const start of rowsOf(plan, windowsOf(plan, { from: 0, count: plan.count })))
    covered.fill(1, start, start + plan.steps);
  const mean = new Float64Array(features);
  const least = new Float64Array(features).fill(Infinity);
  const most = new Float64Array(features).fill(-Infinity);
  let rows = 0;
  for (const [row, counts] of covered.entries()) {
    if (counts === 0) continue;
    rows += 1;
    for (let f = 0; f < features; f++) {
      const x = scaled[row * features + f]!;
      mean[f]! += (x - mean[f]!) / rows;
      least[f] = Math.min(least[f]!, x);
      most[f] = Math.max(most[f]!, x);
    }
  }
  return { mean, range: most.map((value, f) => value - least[f]!) };
}
