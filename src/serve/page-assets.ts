/** The page's style: one column, system fonts, light and dark, nothing fetched. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #57606a; --line: #d8dee4; --accent: #54278f; --bad: #b2182b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9198a1; --line: #30363d; --accent: #a78bda; --bad: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 960px; padding: 24px 24px 64px; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 1px solid var(--line); }
h1 { font-size: 22px; margin: 0 0 8px; }
h2 { font-size: 16px; margin: 0; font-weight: 600; }
h2 code { font-size: 15px; } h2 a { font-size: 14px; font-weight: 400; margin-left: 8px; }
a { color: var(--accent); } nav a { margin-left: 16px; }
p { margin: 2px 0; } code { font: 13px ui-monospace, monospace; }
.soft { color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 8px 20px; margin: 16px 0 24px; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.loud, .problem { color: var(--bad); font-weight: 600; }
article { padding: 14px 0; border-top: 1px solid var(--line); }
.state { font-size: 12px; font-weight: 500; padding: 1px 8px; border-radius: 9px; border: 1px solid currentColor; }
.state.done { color: #1a7f37; } .state.running, .state.reducing { color: var(--accent); }
.state.failed, .state.partial, .state.stuck { color: var(--bad); } .state.cancelled, .state.unknown { color: var(--soft); }
.bar { display: block; width: 100%; height: 8px; margin: 8px 0 6px; background: var(--line); border-radius: 4px; }
.bar .done { fill: var(--accent); } .bar .failed { fill: var(--bad); }
.standing { font-variant-numeric: tabular-nums; }
ul { margin: 4px 0; padding-left: 20px; color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-size: 14px; margin-top: 8px; }
.schedules { margin-top: 32px; }
th, td { padding: 4px 12px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
`;

/** Fetches the main part again every second, one request at a time; says so when the server does not answer. */
export const SCRIPT = `
const main = document.querySelector("main");
async function refresh() {
  try {
    const answer = await fetch("/main", { cache: "no-store" });
    if (answer.status === 401) return location.reload();
    main.innerHTML = await answer.text();
    main.classList.remove("soft");
  } catch {
    main.classList.add("soft");
    if (!main.querySelector(".gone"))
      main.insertAdjacentHTML("afterbegin", '<p class="problem gone" role="alert">jac serve does not answer; what follows is old.</p>');
  }
  setTimeout(refresh, 1000);
}
setTimeout(refresh, 1000);
`;
