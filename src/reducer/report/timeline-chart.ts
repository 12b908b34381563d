import { html, type Markup } from "../../shared/html.js";
import { differs } from "../../statistics/finish/timeline.js";
import { formatNumber } from "../format-number.js";
import { fitted, LEFT, RIGHT, WIDTH } from "./layout.js";

const ROW = 46;

/** What a chart over time shows. */
export interface TimelineChart {
  readonly description: string;
  readonly rows: readonly string[]; // features
  readonly bins: number;
  readonly rms: readonly Float64Array[]; // a row's [bins]
  readonly score: readonly Float64Array[];
  /** What stands below the first, the middle and the last bin. */
  readonly ticks: readonly string[];
}

/** The rms over time of each feature, one small chart below the other, each on its own scale; bins that differ are dotted. */
export function timelineChart({ description, rows, bins, rms, score, ticks }: TimelineChart): Markup {
  const x = (bin: number) => LEFT + ((bin + 0.5) / bins) * WIDTH;
  const charts = rows.map((name, r) => {
    const most = rms[r]!.reduce((max, value) => Math.max(max, value || 0), 0);
    const base = (r + 1) * ROW - 6;
    const y = (value: number) => base - (most > 0 ? value / most : 0) * (ROW - 12);
    const points = Array.from(rms[r]!, (value, bin) =>
      Number.isFinite(value) ? `${x(bin).toFixed(1)},${y(value).toFixed(1)}` : "",
    );
    const dots = Array.from(
      score[r]!,
      (value, bin) =>
        differs(value) &&
        html`<circle cx="${x(bin).toFixed(1)}" cy="${y(rms[r]![bin]!).toFixed(1)}" r="2.2"/>`,
    );
    return html`<text x="${LEFT - 8}" y="${base - 4}" text-anchor="end">${fitted(name)}</text>
<line x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${base}" y2="${base}" class="axis"/>
<polyline points="${points.filter(Boolean).join(" ")}" class="line"/>${dots}
<text x="${LEFT + WIDTH + 6}" y="${base - ROW + 20}" class="quiet">${formatNumber(most)}</text>`;
  });
  const bottom = rows.length * ROW;
  const labels = ticks.map((tick, i) => {
    const place = ticks.length === 1 ? 0 : i / (ticks.length - 1);
    const anchor = place === 0 ? "start" : place === 1 ? "end" : "middle";
    return html`<text x="${LEFT + place * WIDTH}" y="${bottom + 14}" text-anchor="${anchor}">${tick}</text>`;
  });
  return html`<figure>
<figcaption>rms over time by feature, each from 0 to the number at its right; dots mark the bins that differ from the rest</figcaption>
<svg viewBox="0 0 ${LEFT + WIDTH + RIGHT} ${bottom + 22}" role="img" aria-label="${description}">
${charts}${labels}
</svg>
</figure>`;
}
