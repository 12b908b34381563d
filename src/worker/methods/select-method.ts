import { methodOf } from "../../shared/options/method-options.js";
import type { RunSpec } from "../../shared/run-spec.js";
import { type CoveredInputs, coveredInputs } from "./covered-inputs.js";
import { gradient } from "./gradient.js";
import { inputTimesGradient } from "./input-x-gradient.js";
import { integratedGradients } from "./integrated-gradients.js";
import type { Method } from "./method.js";
import { smoothgrad } from "./smoothgrad.js";

/** What a run's method needs of its inputs. */
export interface MethodInputs {
  readonly scaled: Float64Array; // [rows, F]: the series as the model sees it
  readonly baseline: Float64Array | null; // [T·F]: that of a file
}

/** The method of a run, ready for its windows. */
export function selectMethod(
  { options, plan, columns }: Pick<RunSpec, "options" | "plan" | "columns">,
  { scaled, baseline }: MethodInputs,
): Method {
  const spec = methodOf(options);
  const covered = (): CoveredInputs => coveredInputs(scaled, plan, columns.length);
  if (spec.name === "integrated-gradients") {
    const size = plan.steps * columns.length;
    if (spec.baseline === "zero") return integratedGradients(spec.steps, new Float64Array(size));
    if (spec.baseline === "file") {
      if (baseline?.length !== size) throw new Error(`the baseline's file has not ${size} numbers`);
      return integratedGradients(spec.steps, baseline);
    }
    const { mean } = covered();
    const steps = Float64Array.from({ length: size }, (_, e) => mean[e % mean.length]!);
    return integratedGradients(spec.steps, steps);
  }
  if (spec.name === "smoothgrad") {
    const sd = covered().range.map((range) => spec.noise * range);
    return smoothgrad(spec.samples, sd, spec.seed);
  }
  return spec.name === "gradient" ? gradient : inputTimesGradient;
}
