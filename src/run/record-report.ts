import type { Reduced } from "../reducer/reduce-run.js";
import { readManifest, writeManifest } from "../shared/manifest.js";
import type { RunFolder } from "../shared/run-folder.js";

/**
 * Records the files that a report wrote anew, for `jac verify`. Digests of statistics that are on record stay: a
 * report reads them, it does not write them. Of a run that goes on nothing is recorded; its own end will.
 */
export async function recordReport(
  folder: RunFolder,
  { results, statistics }: Pick<Reduced, "results" | "statistics">,
): Promise<void> {
  const manifest = await readManifest(folder);
  if (manifest === null || manifest.status === "running") return;
  const table = manifest.table.map((chunk) => ({
    ...chunk,
    statistics: chunk.statistics ?? statistics.get(chunk.index) ?? null,
  }));
  await writeManifest(folder, { ...manifest, table, results: [...results] });
}
