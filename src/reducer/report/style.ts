/** The report's style: one column, system fonts, nothing fetched. */
export const STYLE = `
:root { color-scheme: light; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --accent: #54278f; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 960px; padding: 32px 24px 64px; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 44px 0 8px; padding-top: 14px; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 15px; margin: 26px 0 6px; }
p { margin: 6px 0; }
.soft, figcaption { color: var(--soft); }
.warning { border-left: 4px solid #b35900; background: #fff4e5; padding: 8px 14px; margin: 14px 0; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 10px 24px; margin: 18px 0; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
figure { margin: 18px 0; }
figcaption { font-size: 14px; margin-bottom: 6px; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .axis { stroke: var(--line); }
svg .line { fill: none; stroke: var(--accent); stroke-width: 1.2; }
svg .quiet { fill: var(--soft); font-size: 11px; }
svg circle { fill: #b2182b; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px 5px 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: break-word; min-width: 110px; max-width: 260px; }
thead th { color: var(--soft); font-weight: 500; }
tbody th { font-weight: 600; }
.bar { display: inline-block; height: 9px; background: var(--accent); margin-right: 6px; border-radius: 1px; }
.positive { color: #b2182b; } .negative { color: #2166ac; }
footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
@media print { body { max-width: none; padding: 0; } h2, figure, table { break-inside: avoid; } }
`;
