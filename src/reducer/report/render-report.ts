import { html, Markup } from "../../shared/html.js";
import type { RunSpec } from "../../shared/run-spec.js";
import type { FinishedRun } from "../../statistics/finish/finish-run.js";
import type { OutputSummary, Summary } from "../../statistics/summary.js";
import { describeMethod } from "../describe-method.js";
import { formatCount } from "../format-number.js";
import { outputSection } from "./output-section.js";
import { STYLE } from "./style.js";

const MOST_OUTPUTS = 12;

/**
 * The report of a run as one HTML page that opens from a disk: no script, nothing fetched, and a policy that would
 * let nothing be. All names in it come from files and are escaped.
 */
export function renderReport(summary: Summary, run: FinishedRun, spec: RunSpec): string {
  const shown = summary.outputs
    .map((output, o) => ({ output, o }))
    .sort((a, b) => strength(run, b.o) - strength(run, a.o))
    .slice(0, MOST_OUTPUTS)
    .sort((a, b) => a.o - b.o);
  const title = `Sensitivity of ${summary.model} on ${summary.series}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="soft">${describeMethod(summary).sentence}${summary.scaler !== null && `, in the units that the model sees: scaled by ${summary.scaler}`}.</p>
${warnings(summary)}
${facts(summary, spec)}
</header>
<main>
${shown.map(({ o }) => outputSection(summary, run, spec, o))}
${
  shown.length < summary.outputs.length &&
  html`<p class="soft">${summary.outputs.length - shown.length} more outputs, of smaller ${describeMethod(summary).many}, are in summary.arrow.</p>`
}
</main>
<footer>Run ${summary.run}. Every number is in summary.arrow and summary.json beside this page, every ${describeMethod(summary).one} in jacobians/.</footer>
</body>
</html>
`.text;
}

/** How sensitive an output is: Σ mean(s²). */
function strength(run: FinishedRun, o: number): number {
  return run.outputs[o]!.meanSquare.reduce((sum, value) => sum + value, 0);
}

function warnings({ windows, notes }: Summary): Markup[] {
  const missing = windows.planned - windows.computed;
  return [
    ...(missing > 0
      ? [
          html`<p class="warning"><strong>This run is partial:</strong> ${formatCount(missing)} of ${formatCount(windows.planned)} planned windows are missing, and in no number below.</p>`,
        ]
      : []),
    ...notes.map((note) => html`<p class="warning">${note}</p>`),
  ];
}

function facts(summary: Summary, spec: RunSpec): Markup {
  const { windows } = summary;
  const skipped = windows.skipped > 0 ? `; ${formatCount(windows.skipped)} skipped for empty cells` : "";
  const entries: [string, string][] = [
    ["windows", `${formatCount(windows.computed)}${skipped}`],
    ["window", `${summary.steps} rows × ${spec.columns.length} features, stride ${spec.plan.stride}`],
    ["rows covered", formatCount(summary.rows)],
    ["target", summary.target],
    ...(spec.options.mode === "full" ? [["mode", "full"] satisfies [string, string]] : []),
    ...(summary.method.name === "gradient"
      ? []
      : [["method", summary.method.name] satisfies [string, string]]),
    ["outputs", outputNames(summary.outputs)],
    ...(summary.chosen ? [["chosen", summary.chosen.join(", ")] satisfies [string, string]] : []),
    ["scaler", summary.scaler ?? "none"],
    ["precision", summary.precision],
  ];
  return html`<dl>${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function outputNames(outputs: readonly OutputSummary[]): string {
  const names = [...new Set(outputs.map(({ target }) => target))];
  return names
    .map((name) => {
      const m = outputs.filter(({ target }) => target === name).length;
      return m === 1 ? name : `${name} (${m})`;
    })
    .join(", ");
}
