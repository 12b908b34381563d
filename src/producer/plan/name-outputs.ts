import type { Target } from "../../program/program.js";
import { UserError } from "../../shared/errors.js";

/**
 * The names that --output-names gives to the values of each target, in the order of the targets; null where there are
 * none. Throws a UserError where they are not as many as the values, and where two are the same.
 */
export function nameOutputs(
  targets: readonly Pick<Target, "name" | "output">[],
  names: readonly string[] | null,
): (readonly string[] | null)[] {
  if (names === null) return targets.map(() => null);
  const outputs = targets.reduce((sum, { output }) => sum + output.n, 0);
  if (names.length !== outputs) {
    const of = targets.map(({ name, output }) => `${name} (${output.n})`).join(", ");
    const given = `${names.length} ${names.length === 1 ? "name" : "names"}`;
    throw new UserError(
      `--output-names has ${given} for ${outputs} ${outputs === 1 ? "output" : "outputs"}, ${of}; give one a value, or choose with --outputs`,
    );
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UserError(`--output-names has ${twice} twice; give each its own`);
  let to = 0;
  return targets.map(({ output }) => {
    to += output.n;
    return names.slice(to - output.n, to);
  });
}
