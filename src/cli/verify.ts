import type { Difference } from "../run/verify/recompute-sample.js";
import type { VerifiedSample } from "../run/verify/verify-run.js";
import { verifyRun } from "../run/verify/verify-run.js";
import { type Context, EXIT, print } from "./context.js";
import { findRun } from "./find-run.js";
import type { VerifyFlags } from "./options.js";

/** `jac verify`: checks a run's files against its record, and computes a sample of its windows again. */
export async function verify(name: string, flags: VerifyFlags, context: Context): Promise<number> {
  const { folder, manifest } = await findRun(name, flags.out);
  const verified = await verifyRun(folder, manifest, { windows: flags.sample, signal: context.interrupted });
  const { files, sample, ok } = verified;
  const out = (line: string) => print(context.stdout, line);
  for (const bad of files.bad) print(context.stderr, `jac: ${bad.name} ${bad.detail}`);
  for (const stray of sample?.strays ?? [])
    print(context.stderr, `jac: ${stray} holds other windows than were planned`);
  for (const one of sample?.unexplained.slice(0, 8) ?? [])
    print(context.stderr, `jac: ${sentenceOf(one)}, and no kink explains it`);
  if (flags.json === true) out(JSON.stringify(verified));
  else {
    for (const note of files.notes) out(note);
    if (sample !== null) for (const line of linesOf(sample)) out(line);
    out(
      files.bad.length === 0
        ? `run ${manifest.run}: ${files.checked} files are what the manifest says (${manifest.status})${ok ? "" : ", but not what the model gives"}`
        : `run ${manifest.run}: ${files.bad.length} files are not what they should be; delete those that are there, and jac resume computes them anew`,
    );
  }
  return ok ? EXIT.done : EXIT.failed;
}

function linesOf({ windows, parts, worst, kinks, quotients }: VerifiedSample): string[] {
  const atKinks = kinks === 0 ? "" : `; ${kinks} differences stand at a kink and are accepted`;
  return [
    `computed again in float64: ${windows} windows of ${parts} parts${atKinks}`,
    ...worst.map((one) => `  ${sentenceOf(one)}${one.kink === true ? ": at a kink" : ""}`),
    `central differences: ${quotients.entries} derivatives of ${quotients.windows} windows`,
    ...quotients.worst.map((one) => `  ${sentenceOf(one)}${one.kink === true ? ": at a kink" : ""}`),
  ];
}

/** "window 3, lag 1, temp, output y[0]: 0.12 against 0.13, 1e-2 of the window's scale". */
function sentenceOf({
  window,
  lag,
  feature,
  target,
  output,
  stored,
  reference,
  relative,
}: Difference): string {
  const place = lag === null ? "prediction" : `lag ${lag}, ${feature}`;
  const share = `${relative.toExponential(1)} of the ${lag === null ? "largest" : "window's scale"}`;
  return `window ${window}, ${place}, ${target}[${output}]: ${stored} against ${reference}, ${share}`;
}
