import type { MethodSpec } from "../shared/options/method-options.js";
import type { Summary } from "../statistics/summary.js";
import { formatNumber, formatShare } from "./format-number.js";

/** What the numbers of a run are, in the words of the terminal and the report. */
export interface MethodWords {
  /** `∂ output / ∂ input`, `input × gradient of output`. */
  readonly title: string;
  readonly one: string; // derivative, attribution
  readonly many: string;
  /** A sentence without its full stop. */
  readonly sentence: string;
  /** What the sum over the lags of the means is. */
  readonly total: string;
  /** What the windows of the largest norm are the largest of. */
  readonly largest: string;
}

const DERIVATIVE = {
  one: "derivative",
  many: "derivatives",
  total: "the response to a lasting unit step",
  largest: "gradient",
};

const ATTRIBUTION = {
  one: "attribution",
  many: "attributions",
  total: "what the feature adds to the output on average",
  largest: "attributions",
};

/** The words for a run's method. */
export function describeMethod({ method, target }: Pick<Summary, "method" | "target">): MethodWords {
  switch (method.name) {
    case "gradient":
      return {
        ...DERIVATIVE,
        title: `∂ ${target} / ∂ input`,
        sentence: "Exact derivatives of each window’s output with respect to every input of the window",
      };
    case "smoothgrad":
      return {
        ...DERIVATIVE,
        title: `SmoothGrad of ${target} (${settings(method)})`,
        sentence: `Derivatives of each window’s output with respect to every input of the window, averaged over noisy copies of it (SmoothGrad: ${settings(method)})`,
      };
    case "input-x-gradient":
      return {
        ...ATTRIBUTION,
        title: `input × gradient of ${target}`,
        sentence:
          "Each input of a window times the derivative of the window’s output with respect to it: attributions, in units of the output, not derivatives",
      };
    case "integrated-gradients":
      return {
        ...ATTRIBUTION,
        title: `integrated gradients of ${target} (${settings(method)})`,
        sentence: `What each input of a window adds to the window’s output, beside that of the baseline (integrated gradients: ${settings(method)}): attributions, in units of the output, not derivatives`,
      };
  }
}

function settings(method: MethodSpec): string {
  if (method.name === "smoothgrad")
    return `${method.samples} samples, noise of ${formatShare(method.noise)} of the range, seed ${formatNumber(method.seed)}`;
  if (method.name === "integrated-gradients")
    return `baseline ${method.baseline === "file" ? "from a file" : method.baseline}, ${method.steps} steps`;
  return method.name;
}
