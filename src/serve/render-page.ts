import type { ScheduleStanding } from "../queue/schedule.js";
import { duration } from "../shared/duration.js";
import { html, Markup } from "../shared/html.js";
import { SCRIPT, STYLE } from "./page-assets.js";
import type { QueueView, RunView, Trouble } from "./queue-view.js";

/** The page of `jac serve`: its main part is fetched anew every second. `nonce` admits its one script. */
export function renderPage(view: QueueView | null, problem: string | null, nonce: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>jac runs</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header><h1>jac runs</h1><nav><a href="/board/">jobs</a> <a href="/metrics">metrics</a></nav></header>
<main aria-live="off">${renderMain(view, problem)}</main>
<script nonce="${nonce}">${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}

/** What changes on the page. `problem`: why the view is not of now. */
export function renderMain(view: QueueView | null, problem: string | null): Markup {
  return html`${problem !== null && html`<p class="problem" role="alert">${problem}</p>`}
${view !== null && [facts(view), runs(view.runs), schedules(view.schedules, view.at)]}`;
}

function facts({ label, counts, age, workers, rate }: QueueView): Markup {
  const entries: [name: string, value: string, loud: boolean][] = [
    ["queue", label, false],
    ["workers", String(workers), workers === 0 && counts.waiting > 0],
    ["windows per second", number(rate), false],
    ["chunks waiting", number(counts.waiting), false],
    ["at work", number(counts.active), false],
    ["between two attempts", number(counts.delayed), counts.delayed > 0],
    ["given up", number(counts.failed), counts.failed > 0],
    ["next in line has waited", duration(age), false],
  ];
  return html`<dl>${entries.map(([name, value, loud]) => html`<div><dt>${name}</dt><dd${loud && new Markup(' class="loud"')}>${value}</dd></div>`)}</dl>`;
}

function runs(views: readonly RunView[]): Markup {
  if (views.length === 0)
    return html`<p class="soft">No runs on this queue yet: <code>jac submit SERIES --queue URL</code></p>`;
  return html`<section>${views.map(runOf)}</section>`;
}

function runOf(view: RunView): Markup {
  const { run, what, state, chunks, windows, rate, left, reason, troubles, hasReport, submitted } = view;
  const total = Math.max(1, chunks.total);
  const share = (count: number): string => ((100 * count) / total).toFixed(2);
  const standing = [
    `${number(chunks.done)} of ${number(chunks.total)} chunks`,
    ...(windows === null ? [] : [`${number(windows.done)} of ${number(windows.total)} windows`]),
    ...(chunks.failed > 0 ? [`${number(chunks.failed)} given up`] : []),
    ...(rate !== null && state === "running" ? [`${number(rate)} windows/s`] : []),
    ...(left !== null && state === "running" ? [`${duration(left)} left`] : []),
  ];
  return html`<article data-run="${run}" data-state="${state}">
<h2><code>${run}</code> <span class="state ${state}">${state}</span>${hasReport && html` <a href="/runs/${run}/report">report</a>`}</h2>
<p class="soft">${what ?? "its folder cannot be seen from here"}${submitted !== null && html` · submitted ${moment(submitted)}`}</p>
<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="progressbar" aria-label="chunks done" aria-valuemin="0" aria-valuemax="${chunks.total}" aria-valuenow="${chunks.done}"><rect class="done" width="${share(chunks.done)}" height="1"/><rect class="failed" x="${share(chunks.done)}" width="${share(chunks.failed)}" height="1"/></svg>
<p class="standing">${standing.join(" · ")}</p>
${reason !== null && html`<p class="problem">${reason}</p>`}
${troubles.length > 0 && html`<ul>${troubles.map(troubleOf)}</ul>`}
</article>`;
}

function troubleOf({ chunk, windows, state, reason }: Trouble): Markup {
  const where = chunk === null ? "merging" : `chunk ${chunk}`;
  return html`<li>${where}${windows !== null && ` (windows ${windows})`}: ${state}, ${reason}</li>`;
}

function schedules(standings: readonly ScheduleStanding[], now: number): Markup | false {
  if (standings.length === 0) return false;
  return html`<section class="schedules"><h2>Schedules</h2><table>
<thead><tr><th>name</th><th>when</th><th>series</th><th>next</th><th>last</th></tr></thead>
<tbody>${standings.map(({ schedule, next, firings }) => {
    const overdue = next !== null && Date.parse(next) < now - 5000;
    const [last] = firings;
    return html`<tr><th>${schedule.name}</th><td>${schedule.cron} (${schedule.tz})</td><td>${schedule.submission.series}</td>
<td${overdue && new Markup(' class="loud"')}>${overdue && "overdue since "}${next === null ? "never" : moment(next)}</td>
<td${last?.result === "missed" && new Markup(' class="loud"')}>${last === undefined ? "–" : html`${[last.result, last.run, last.reason].filter(Boolean).join(", ")}, ${moment(last.planned)}`}</td></tr>`;
  })}</tbody></table></section>`;
}

function moment(iso: string): Markup {
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")} UTC</time>`;
}

function number(value: number | null): string {
  return value === null ? "–" : Math.round(value).toLocaleString("en");
}
