import { UserError } from "../errors.js";
import type { RunOptions } from "./option-shapes.js";
import { METHOD_DEFAULTS } from "./submit-options.js";

/** What is made of the derivatives: `--method` with what it takes. */
export type MethodSpec =
  | { readonly name: "gradient" | "input-x-gradient" }
  | {
      readonly name: "integrated-gradients";
      readonly steps: number; // nodes of the quadrature
      readonly baseline: Baseline;
    }
  | {
      readonly name: "smoothgrad";
      readonly samples: number;
      readonly noise: number; // standard deviation as a share of each feature's range
      readonly seed: number;
    };

/** The name of a method. */
export type MethodName = MethodSpec["name"];

/** Where the path of integrated gradients begins. */
export type Baseline = "zero" | "mean" | "file";

/** The method that a run's options ask for. */
export function methodOf(options: RunOptions): MethodSpec {
  const { method: name, steps, baseline, samples, noise, seed } = options;
  if (name === "integrated-gradients")
    return {
      name,
      steps: steps ?? METHOD_DEFAULTS.steps,
      baseline: isWord(baseline) ? (baseline ?? METHOD_DEFAULTS.baseline) : "file",
    };
  if (name === "smoothgrad")
    return {
      name,
      samples: samples ?? METHOD_DEFAULTS.samples,
      noise: noise ?? METHOD_DEFAULTS.noise,
      seed: seed ?? METHOD_DEFAULTS.seed,
    };
  return { name };
}

/**
 * The options with what the method takes filled in, so that a run's record has all of it; for a baseline's path stands
 * "file", since it is the content that counts. Throws a UserError for an option that belongs to another method.
 */
export function settleMethod(options: RunOptions): {
  readonly options: RunOptions;
  readonly baseline: string | null; // the path of the baseline's file
} {
  const { name, ...taken } = methodOf(options);
  const names = Object.keys(METHOD_DEFAULTS) as (keyof typeof METHOD_DEFAULTS)[];
  const idle = names.find((option) => options[option] !== null && !(option in taken));
  if (idle !== undefined) {
    const owner = idle === "steps" || idle === "baseline" ? "integrated-gradients" : "smoothgrad";
    throw new UserError(`--${idle} goes with --method ${owner}, not with ${name}; leave it out`);
  }
  const baseline = isWord(options.baseline) ? null : options.baseline;
  return { options: { ...options, ...taken }, baseline };
}

/** How often the program is run for a window. */
export function evaluationsOf(method: MethodSpec): number {
  if (method.name === "integrated-gradients") return method.steps + 2; // the window and the baseline too
  return method.name === "smoothgrad" ? method.samples + 1 : 1;
}

/** Whether its numbers are shares of the output, in the output's units, and not derivatives. */
export function isAttribution(name: MethodName): boolean {
  return name === "input-x-gradient" || name === "integrated-gradients";
}

function isWord(baseline: string | null): baseline is "zero" | "mean" | null {
  return baseline === null || baseline === "zero" || baseline === "mean";
}
