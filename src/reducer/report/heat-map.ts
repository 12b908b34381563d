import { html, type Markup } from "../../shared/html.js";
import { formatNumber } from "../format-number.js";
import { fitted, LEFT, RIGHT, WIDTH } from "./layout.js";

const ROW = 26;
const MOST_COLUMNS = 200;

/** What a heat map of lags × features shows. */
export interface HeatMap {
  readonly title: string;
  readonly description: string; // for those who cannot see it
  readonly rows: readonly string[]; // features
  /** [lags, rows]: lag 1 first. */
  readonly values: Float64Array;
  readonly lags: number;
  readonly colour: (value: number) => string; // of a value scaled by the largest magnitude
  readonly symmetric: boolean; // the scale runs from −max to max
}

/** A heat map of lag × feature as SVG; time runs to the right, so lag 1 stands at the right. */
export function heatMap({ title, description, rows, values, lags, colour, symmetric }: HeatMap): Markup {
  const perColumn = Math.ceil(lags / MOST_COLUMNS);
  const columns = Math.ceil(lags / perColumn);
  const cell = WIDTH / columns;
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value) || 0), 0);
  const height = rows.length * ROW;
  const cells = rows.flatMap((name, r) =>
    Array.from({ length: columns }, (_, c) => {
      const first = c * perColumn + 1;
      const last = Math.min(lags, first + perColumn - 1);
      const value = strongest(values, rows.length, r, first, last);
      const x = LEFT + (columns - 1 - c) * cell;
      const lag = first === last ? `lag ${first}` : `lags ${first}–${last}`;
      return html`<rect x="${x.toFixed(2)}" y="${r * ROW}" width="${(cell + 0.3).toFixed(2)}" height="${ROW - 1}" fill="${colour(most > 0 ? value / most : 0)}"><title>${name}, ${lag}: ${formatNumber(value)}</title></rect>`;
    }),
  );
  const labels = rows.map(
    (name, r) =>
      html`<text x="${LEFT - 8}" y="${r * ROW + ROW / 2 + 4}" text-anchor="end">${fitted(name)}</text>`,
  );
  const ticks = lagTicks(lags).map((lag) => {
    const x = LEFT + WIDTH - ((lag - 0.5) / lags) * WIDTH;
    return html`<text x="${x.toFixed(1)}" y="${height + 16}" text-anchor="middle">${lag}</text>`;
  });
  return html`<figure>
<figcaption>${title}</figcaption>
<svg viewBox="0 0 ${LEFT + WIDTH + RIGHT} ${height + 70}" role="img" aria-label="${description}">
${cells}${labels}${ticks}
<text x="${LEFT + WIDTH / 2}" y="${height + 33}" text-anchor="middle">lag (1: the newest row of the window)</text>
${legend(height + 42, most, colour, symmetric)}
</svg>
</figure>`;
}

/** Where a column stands for several lags, the value of the largest magnitude. */
function strongest(values: Float64Array, rows: number, r: number, first: number, last: number): number {
  let best = Number.NaN;
  for (let lag = first; lag <= last; lag++) {
    const value = values[(lag - 1) * rows + r]!;
    if (!(Math.abs(value) <= Math.abs(best))) best = value;
  }
  return best;
}

function legend(y: number, most: number, colour: (value: number) => string, symmetric: boolean): Markup {
  const steps = 60;
  const width = 240;
  const x0 = LEFT + WIDTH / 2 - width / 2;
  const bar = Array.from({ length: steps }, (_, i) => {
    const place = (i + 0.5) / steps;
    const x = (x0 + (i * width) / steps).toFixed(2);
    return html`<rect x="${x}" y="${y}" width="${(width / steps + 0.3).toFixed(2)}" height="10" fill="${colour(symmetric ? 2 * place - 1 : place)}"/>`;
  });
  return html`${bar}<text x="${x0 - 8}" y="${y + 9}" text-anchor="end">${symmetric ? formatNumber(-most) : "0"}</text><text x="${x0 + width + 8}" y="${y + 9}">${formatNumber(most)}</text>`;
}

function lagTicks(lags: number): number[] {
  const step =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((size) => lags / size <= 20) ?? Math.ceil(lags / 20);
  return [1, ...Array.from({ length: Math.floor(lags / step) }, (_, i) => (i + 1) * step)].filter(
    (lag, i, all) => i === 0 || (lag !== 1 && (i > 1 || lag - all[0]! >= step / 2)),
  );
}
