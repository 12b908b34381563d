import { rowsOf, type WindowPlan, windowsOf } from "../../shared/plan.js";
import { InputMoments } from "../../statistics/input-moments.js";

/** Each feature over the rows that the planned windows cover, each row once. */
export interface CoveredInputs {
  readonly mean: Float64Array; // [F]
  readonly range: Float64Array; // [F]: largest − smallest
}

/** `scaled` [rows, F]: the series as the model sees it. The same series and plan give the same bytes. */
export function coveredInputs(scaled: Float64Array, plan: WindowPlan, features: number): CoveredInputs {
  const moments = new InputMoments(plan.steps, features);
  for (const start of rowsOf(plan, windowsOf(plan, { from: 0, count: plan.count })))
    moments.add(start, scaled, start);
  return moments.finish();
}
