import type { Episode, WindowPlace } from "../summary.js";
import { differs, type Timeline, type TimelineBin } from "./timeline.js";

const MOST = 20;

/**
 * When output k's sensitivity to a feature differed from the usual: runs of consecutive bins that differ to the
 * same side, the most unusual first.
 */
export function episodesOf(
  { bins, m, features, score, rms, usual }: Timeline,
  k: number,
  columns: readonly string[],
  placeOf: (bin: TimelineBin) => WindowPlace,
): Episode[] {
  const episodes: Episode[] = [];
  for (let f = 0; f < features; f++) {
    const at = (bin: number) => (bin * m + k) * features + f;
    for (let from = 0; from < bins.length; ) {
      const side = Math.sign(score[at(from)]!);
      let peak = from;
      let end = from;
      while (end < bins.length && differs(score[at(end)]!) && Math.sign(score[at(end)]!) === side) {
        if (Math.abs(score[at(end)]!) > Math.abs(score[at(peak)]!)) peak = end;
        end += 1;
      }
      if (end > from) {
        episodes.push({
          feature: columns[f]!,
          from: placeOf(bins[from]!),
          until: end < bins.length ? placeOf(bins[end]!) : null,
          bins: end - from,
          score: score[at(peak)]!,
          rms: rms[at(peak)]!,
          usual: usual[k * features + f]!,
        });
      }
      from = Math.max(end, from + 1);
    }
  }
  return episodes.sort((a, b) => Math.abs(b.score) - Math.abs(a.score)).slice(0, MOST);
}
