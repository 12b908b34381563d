import { type CommittedChunk, committedChunks } from "../shared/committed-chunks.js";
import type { RunFolder } from "../shared/run-folder.js";
import { type FileRecord, type RunSpec, recordOf } from "../shared/run-spec.js";
import { encodeTable } from "../shared/table-arrow.js";
import { finishRun } from "../statistics/finish/finish-run.js";
import type { Summary } from "../statistics/summary.js";
import { mergeRun } from "./merge-run.js";
import { renderReport } from "./report/render-report.js";
import { encodeSummary, summarise } from "./summarise.js";
import { summaryTable, timelineTable } from "./summary-tables.js";

/** What is reduced. */
export interface ReduceOptions {
  readonly folder: RunFolder;
  readonly spec: RunSpec;
  /** The committed chunks, ascending; default: those found in the folder. */
  readonly chunks?: readonly CommittedChunk[];
  readonly signal?: AbortSignal;
}

/** What the reduction found. */
export interface Reduced {
  readonly summary: Summary;
  /** What computed the chunks, as far as their statistics tell; sorted. */
  readonly engines: readonly string[];
  /** The files that were written. */
  readonly results: readonly FileRecord[];
  /** The chunks' statistics as they were read, by the chunk's index. */
  readonly statistics: ReadonlyMap<number, FileRecord | null>;
}

/**
 * Merges the statistics of the committed chunks in their order and writes summary.arrow, timeline.arrow,
 * report.html and, last, summary.json. Of a run that lacks chunks it summarises what is there and names the windows
 * that are missing. The same chunks give the same bytes.
 */
export async function reduceRun({ folder, spec, signal, ...given }: ReduceOptions): Promise<Reduced> {
  const chunks = given.chunks ?? (await committedChunks(folder, spec));
  const { statistics: merged, files } = await mergeRun(folder, spec, chunks, signal);
  const finished = await finishRun(merged, spec, signal);
  const summary = summarise(finished, spec, chunks);
  const entries = summaryTable(finished, spec);
  const timeline = timelineTable(finished, spec);
  const report = renderReport(summary, finished, spec);
  signal?.throwIfAborted();
  const written: [string, Uint8Array][] = [
    ["summary.arrow", encodeTable(entries.rows, entries.columns)],
    ["timeline.arrow", encodeTable(timeline.rows, timeline.columns)],
    ["report.html", Buffer.from(report)],
    ["summary.json", encodeSummary(summary)],
  ];
  for (const [name, bytes] of written) await folder.write(name, bytes);
  const results = written.map(([name, bytes]) => recordOf(name, bytes));
  return { summary, engines: [...merged.engines].sort(), results, statistics: files };
}
