import { committedChunks } from "./committed-chunks.js";
import type { Manifest } from "./manifest.js";
import type { RunFolder } from "./run-folder.js";

/** What the reducer makes of a run's chunks. */
export const RESULTS = ["summary.arrow", "summary.json", "timeline.arrow", "report.html"] as const;

/**
 * Whether a run has ended as done and still has every file: someone may have removed some since, and submitting it
 * again must not call it computed then.
 */
export async function isWhole(folder: RunFolder, manifest: Manifest): Promise<boolean> {
  if (manifest.status !== "done") return false;
  if ((await missingResults(folder)).length > 0) return false;
  return (await committedChunks(folder, manifest)).length === manifest.chunks;
}

/** Those of RESULTS that are not in the folder. */
export async function missingResults(folder: RunFolder): Promise<string[]> {
  const there = await Promise.all(RESULTS.map((name) => folder.exists(name)));
  return RESULTS.filter((_, i) => !there[i]);
}
