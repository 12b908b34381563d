import { html, type Markup } from "../../shared/html.js";
import { stepOf } from "../../shared/plan.js";
import type { RunSpec } from "../../shared/run-spec.js";
import type { FinishedRun } from "../../statistics/finish/finish-run.js";
import type { FeatureSummary, OutputSummary, Summary } from "../../statistics/summary.js";
import { describeMethod, type MethodWords } from "../describe-method.js";
import { formatCount, formatFactor, formatNumber, formatShare, formatSigned } from "../format-number.js";
import { episodeText, placeText } from "../format-summary.js";
import { outputLabel } from "../output-label.js";
import { placeOf } from "../place-of.js";
import { diverging, sequential } from "./colours.js";
import { heatMap } from "./heat-map.js";
import { timelineChart } from "./timeline-chart.js";

const MOST_FEATURES = 40;
const LISTED = 10;

/** One output of a run: what matters, at which lag, with what sign, and when it was otherwise. */
export function outputSection(summary: Summary, run: FinishedRun, spec: RunSpec, o: number): Markup {
  const output = summary.outputs[o]!;
  const F = spec.columns.length;
  const features = summary.features.slice(o * F, (o + 1) * F);
  const shown = features
    .map((feature, f) => ({ feature, f }))
    .sort((a, b) => (b.feature.share ?? 0) - (a.feature.share ?? 0))
    .slice(0, MOST_FEATURES);
  const order = shown.map(({ f }) => f);
  const words = describeMethod(summary);
  return html`<section>
<h2>${outputLabel(summary, output, (target, number) => `${target}, output ${number}`)}</h2>
<p>Over ${formatCount(output.gradients)} windows the prediction has mean ${formatNumber(output.prediction.mean)} and standard deviation ${formatNumber(output.prediction.sd)}.</p>
${featureTable(
  shown.map(({ feature }) => feature),
  words,
)}
${F > shown.length && html`<p class="soft">The ${F - shown.length} features of the smallest share are in summary.arrow.</p>`}
${heatMaps(run, spec, o, order, words)}
${timeline(summary, run, spec, o, order)}
${lists(output, words)}
</section>`;
}

function featureTable(features: readonly FeatureSummary[], { many, total }: MethodWords): Markup {
  const most = Math.max(...features.map(({ share }) => share ?? 0));
  const rows = features.map((row) => {
    const width = most > 0 ? Math.round((60 * (row.share ?? 0)) / most) : 0;
    const sign = (row.mean ?? 0) > 0 ? "positive" : "negative";
    return html`<tr><th scope="row">${row.feature}</th>
<td><span class="bar" style="width:${width}px"></span>${formatShare(row.share)}</td>
<td class="${sign}">${formatSigned(row.mean)}</td>
<td>${formatSigned(row.mean_low)} … ${formatSigned(row.mean_high)}</td>
<td>${formatShare(row.positive)}</td>
<td>${formatSigned(row.total)}</td>
<td>${formatNumber(row.peak_lag)}</td>
<td>${formatNumber(row.memory)}</td>
<td>${formatFactor(row.drift)}</td></tr>`;
  });
  const headings = ["share", "mean", "95 % interval", "positive", "total", "peak lag", "memory", "drift"];
  return html`<p class="soft">By feature, over all lags. Share: of Σ mean(s²) over all inputs. Positive: share of ${many} above 0. Total: Σ of the means over the lags, ${total}. Memory: the lags that hold 95 % of Σ mean(s²). Drift: rms in the last quarter of the windows / in the first.</p>
<div class="scroll"><table aria-label="by feature, over all lags">
<thead><tr><th scope="col">feature</th>${headings.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function heatMaps(
  run: FinishedRun,
  spec: RunSpec,
  o: number,
  order: readonly number[],
  { one }: MethodWords,
): Markup {
  const { steps: T, features: F } = run.partial.plan;
  const { entries } = run.outputs[o]!;
  const rows = order.map((f) => spec.columns[f]!);
  const byLag = (values: Float64Array) =>
    Float64Array.from({ length: T * rows.length }, (_, i) => {
      const lag = 1 + Math.floor(i / rows.length);
      return values[stepOf(lag, T) * F + order[i % rows.length]!]!;
    });
  const peak = (values: Float64Array) => {
    const best = values.reduce((at, value, i) => (Math.abs(value) > Math.abs(values[at]!) ? i : at), 0);
    return `largest at ${rows[best % rows.length]}, lag ${1 + Math.floor(best / rows.length)}: ${formatNumber(values[best]!)}`;
  };
  const mean = byLag(entries.mean);
  const rms = byLag(entries.rms);
  return html`${heatMap({
    title: `Mean ${one} by lag and feature: which way the output moves`,
    description: `Heat map of the mean ${one} by lag and feature, ${peak(mean)}`,
    rows,
    values: mean,
    lags: T,
    colour: diverging,
    symmetric: true,
  })}
${heatMap({
  title: `Root mean square of the ${one}: how much it moves, whichever way`,
  description: `Heat map of the root mean square of the ${one} by lag and feature, ${peak(rms)}`,
  rows,
  values: rms,
  lags: T,
  colour: sequential,
  symmetric: false,
})}`;
}

function timeline(
  summary: Summary,
  run: FinishedRun,
  spec: RunSpec,
  o: number,
  order: readonly number[],
): Markup | false {
  const { target, output } = run.outputs[o]!;
  const { bins, m, features, rms, score } = run.timelines[target]!;
  if (bins.length < 2) return false;
  const column = (values: Float64Array, f: number) =>
    Float64Array.from(bins, (_, bin) => values[(bin * m + output) * features + f]!);
  const places = [bins[0]!, bins[bins.length >> 1]!, bins.at(-1)!];
  return timelineChart({
    description: `Line charts of the root mean square of the ${describeMethod(summary).one} over time for ${order.length} features; ${summary.outputs[o]!.episodes.length} episodes differ from the rest`,
    rows: order.map((f) => spec.columns[f]!),
    bins: bins.length,
    rms: order.map((f) => column(rms, f)),
    score: order.map((f) => column(score, f)),
    ticks: places.map((bin) => {
      const { window, time } = placeOf(bin, run.partial.bins.timeUnit);
      return time?.replace("T", " ") ?? `window ${window}`;
    }),
  });
}

function lists({ episodes, largest }: OutputSummary, words: MethodWords): Markup {
  return html`${
    episodes.length > 0 &&
    html`<h3>When it was unusual</h3>
<ul>${episodes.slice(0, LISTED).map((episode) => html`<li>${episodeText(episode)}</li>`)}</ul>`
  }
${
  largest.length > 0 &&
  html`<h3>Windows of the largest ${words.largest}</h3>
<div class="scroll"><table><thead><tr><th scope="col">window</th><th scope="col">${words.one === "derivative" ? "‖∇y‖₂" : "norm"}</th><th scope="col">prediction</th></tr></thead>
<tbody>${largest.slice(0, LISTED).map((window) => html`<tr><td>${placeText(window)}</td><td>${formatNumber(window.norm)}</td><td>${formatNumber(window.prediction)}</td></tr>`)}</tbody></table></div>`
}`;
}
