import { recordReport } from "../run/record-report.js";
import { committedChunks } from "../shared/committed-chunks.js";
import { UserError } from "../shared/errors.js";
import { type Context, EXIT, print } from "./context.js";
import { findRun } from "./find-run.js";
import type { RunFlags } from "./options.js";

/** `jac report`: writes a run's summary, timeline and report anew, from the statistics of its chunks. */
export async function report(name: string, flags: RunFlags, context: Context): Promise<number> {
  const { folder, manifest } = await findRun(name, flags.out);
  const chunks = await committedChunks(folder, manifest);
  if (chunks.length === 0) {
    throw new UserError(`run ${manifest.run} has no chunk yet to report on; jac resume computes them`);
  }
  const { reduceRun } = await import("../reducer/reduce-run.js");
  const { formatSummary } = await import("../reducer/format-summary.js");
  const reduced = await reduceRun({ folder, spec: manifest, chunks, signal: context.interrupted });
  const { summary } = reduced;
  await recordReport(folder, reduced);
  const object = { run: manifest.run, dir: folder.location, report: `${folder.location}/report.html` };
  if (flags.json === true) print(context.stdout, JSON.stringify({ ...object, chunks: chunks.length }));
  else print(context.stdout, `${formatSummary(summary)}\nreport ${object.report}`);
  return EXIT.done;
}
