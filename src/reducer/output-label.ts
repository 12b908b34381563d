import type { RunSpec } from "../shared/run-spec.js";
import type { FinishedOutput } from "../statistics/finish/finish-output.js";
import type { OutputName, Summary } from "../statistics/summary.js";

/** What an output is called in all results: its target, its number among all of the target's, and its name if it has one. */
export function outputOf(
  spec: RunSpec,
  { target, output: k }: Pick<FinishedOutput, "target" | "output">,
): OutputName {
  const { name, numbers, outputNames } = spec.layout.targets[target]!;
  const given = outputNames?.[k];
  return {
    target: name,
    output: numbers?.[k] ?? k,
    ...(given !== undefined && { output_name: given }),
  };
}

/** The same for a person: `numbered` is how target and number are written, where the number tells anything. */
export function outputLabel(
  summary: Summary,
  { target, output, output_name }: OutputName,
  numbered: (target: string, output: number) => string,
): string {
  const several = summary.outputs.some((other) => other.target === target && other.output !== output);
  const chosen = summary.chosen !== undefined && !summary.target.startsWith("loss");
  const own = several || chosen ? numbered(target, output) : target;
  return output_name === undefined ? own : `${output_name} (${own})`;
}
