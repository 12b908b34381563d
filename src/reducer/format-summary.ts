import { printable } from "../shared/printable.js";
import type {
  EntrySummary,
  Episode,
  FeatureSummary,
  OutputSummary,
  Summary,
  WindowPlace,
} from "../statistics/summary.js";
import { formatCount, formatFactor, formatNumber, formatShare, formatSigned } from "./format-number.js";
import { outputLabel } from "./output-label.js";

const MOST_OUTPUTS = 4;
const MOST_FEATURES = 12;
const HEADINGS = ["", "share", "peak lag", "mean there", "95 % interval", "positive", "memory", "drift"];

/** The summary as a terminal shows it: which features matter, at which lag, with what sign, and what was unusual. */
export function formatSummary(summary: Summary): string {
  const { series, model, windows, steps, features, outputs, notes } = summary;
  const lines = [
    `${printable(model)} on ${printable(series)}: ∂ ${printable(summary.target)} / ∂ input over ${formatCount(windows.computed)} windows of ${steps} rows, ${summary.precision}`,
  ];
  for (const output of outputs.slice(0, MOST_OUTPUTS)) {
    lines.push("", ...outputLines(summary, output));
  }
  if (outputs.length > MOST_OUTPUTS) {
    lines.push("", `… and ${outputs.length - MOST_OUTPUTS} more outputs: see summary.json and report.html`);
  }
  if (features.length > 0) {
    lines.push(
      "",
      "share: of Σ mean(s²) over all inputs; memory: lags that hold 95 % of it; drift: rms of the last quarter / the first",
    );
  }
  for (const note of notes) lines.push(`note: ${note}`);
  if (windows.missing.length > 0) {
    const runs = windows.missing
      .slice(0, 5)
      .map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`));
    lines.push(`missing windows: ${runs.join(", ")}${windows.missing.length > 5 ? ", …" : ""}`);
  }
  return lines.join("\n");
}

function outputLines(summary: Summary, output: OutputSummary): string[] {
  const own = (row: { target: string; output: number }) =>
    row.target === output.target && row.output === output.output;
  const features = summary.features.filter(own).sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const entries = summary.entries?.filter(own) ?? [];
  const rows = features.slice(0, MOST_FEATURES).map((feature) => featureRow(feature, entries));
  const name = printable(outputLabel(summary, output, (target, number) => `${target}[${number}]`));
  const lines = table([[name, ...HEADINGS.slice(1)], ...rows]);
  if (features.length > rows.length) lines.push(`  … and ${features.length - rows.length} more features`);
  const [episode] = output.episodes;
  if (episode) lines.push(`most unusual: ${episodeText(episode)}`);
  const [largest] = output.largest;
  if (largest) lines.push(`largest gradient: ‖∇‖ = ${formatNumber(largest.norm)}, ${placeText(largest)}`);
  return lines;
}

function featureRow(feature: FeatureSummary, entries: readonly EntrySummary[]): string[] {
  const peak = entries.find((entry) => entry.feature === feature.feature && entry.lag === feature.peak_lag);
  const interval =
    peak && peak.mean_low !== null ? `${formatSigned(peak.mean_low)} … ${formatSigned(peak.mean_high)}` : "–";
  return [
    `  ${shorten(printable(feature.feature), 40)}`,
    formatShare(feature.share),
    formatNumber(feature.peak_lag),
    formatSigned(peak?.mean ?? null),
    interval,
    peak?.positive == null ? "–" : `${Math.round(100 * peak.positive)} %`,
    formatNumber(feature.memory),
    formatFactor(feature.drift),
  ];
}

/** An unusual stretch of the timeline in words. */
export function episodeText({ feature, from, until, rms, usual }: Episode): string {
  const span =
    until === null ? `from ${placeText(from)} to the end` : `${placeText(from)} to ${placeText(until)}`;
  return `${printable(feature)}, ${span}: rms ${formatNumber(rms)}, usually ${formatNumber(usual)}`;
}

/** Where a window stands, by its time where it has one. */
export function placeText({ window, time }: WindowPlace): string {
  return time === null ? `window ${window}` : `${time.replace("T", " ")} (window ${window})`;
}

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows.map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join("  "),
  );
}

/** A name as it fits in a terminal's table; summary.json has it in full. */
function shorten(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
