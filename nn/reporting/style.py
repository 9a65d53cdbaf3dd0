"""The page's colours and measures, by day and by night, on a desk and on a phone."""

__all__ = ["SERIES", "STYLE"]

SERIES = ("blue", "orange", "green", "purple", "ink", "muted")
"""Names of the colours for lines, in the order in which they are used; each has its own dashes."""

# Blue, vermilion, green and purple after Okabe and Ito (2008): they stay apart in every common
# kind of colour vision.
STYLE = """
:root { color-scheme: light dark;
  --page: #F4F6F9; --card: #FFFFFF; --ink: #1E293B; --muted: #5B6B80; --line: #E2E8F0;
  --blue: #0072B2; --orange: #D55E00; --green: #00795A; --purple: #A2478F;
  --warn: #FDF1E7; --fine: #E8F4EF; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0D1420; --card: #161F30; --ink: #E2E8F0; --muted: #94A3B8; --line: #2C3A50;
  --blue: #56B4E9; --orange: #F0944D; --green: #3DBE95; --purple: #D68CC4;
  --warn: #33261B; --fine: #16302B; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 17px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
    sans-serif; overflow-wrap: break-word; }
main { max-width: 1060px; margin: 0 auto; padding: 56px 24px 72px; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 12px; }
h2 { font-size: 1.25rem; line-height: 1.3; letter-spacing: -0.01em; margin: 0 0 4px; }
h3 { font-size: 1rem; margin: 22px 0 4px; }
p { margin: 0 0 12px; max-width: 68ch; }
header p { color: var(--muted); font-size: 1.08rem; }
a { color: var(--blue); }
.number { white-space: nowrap; }
sup { font-size: 0.62em; line-height: 0; }
code { font: 0.88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
  gap: 14px; margin: 28px 0 22px; padding: 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 16px 18px; }
.figures dd { margin: 0; font-size: 1.65rem; font-weight: 650; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; }
.figures dt { color: var(--muted); font-size: 0.9rem; }
.figures .lead dd { color: var(--blue); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 26px 28px; margin: 0 0 22px; }
section > p { color: var(--muted); font-size: 0.98rem; }
ul.findings { list-style: none; margin: 14px 0; padding: 0; }
ul.findings li { border-left: 4px solid var(--green); background: var(--fine); font-size: 0.95rem;
  border-radius: 0 8px 8px 0; padding: 8px 14px; margin: 0 0 8px; max-width: 78ch; }
ul.findings li.warn { border-color: var(--orange); background: var(--warn); }
ul.findings a { color: inherit; }
.charts { display: grid; gap: 18px 28px; margin-top: 14px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); }
figure { margin: 0; min-width: 0; }
.charts > figure { max-width: 520px; width: 100%; }
.charts > .scroll { margin-top: 0; align-self: center; }
figcaption { font-size: 0.92rem; font-weight: 650; margin: 0 0 4px; }
svg.chart { display: block; width: 100%; height: auto; overflow: visible; }
svg.chart text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif;
  fill: var(--muted); font-variant-numeric: tabular-nums; }
svg.chart text.strong { fill: var(--ink); font-weight: 600; }
svg.chart text.halo { paint-order: stroke; stroke: var(--card); stroke-width: 3px;
  stroke-linejoin: round; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 0.85rem; color: var(--muted); }
.legend svg { width: 26px; height: 10px; vertical-align: 1px; margin-right: 5px; }
.scroll { overflow-x: auto; margin-top: 14px; }
.scroll table { white-space: nowrap; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
table.data td, table.data th { padding: 5px 14px 5px 0; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
table.data th { color: var(--muted); font-weight: 500; }
table.data td:first-child, table.data th:first-child { text-align: left; }
.scroll > p { font-size: 0.9rem; color: var(--muted); margin: 10px 0 0; }
.bar { display: inline-block; width: 44px; height: 8px; border-radius: 4px; margin-right: 6px;
  background: var(--line); overflow: hidden; vertical-align: 1px; }
.bar + span { display: inline-block; min-width: 3.5em; }
.bar i { display: block; height: 100%; background: var(--blue); }
.bar.bad i { background: var(--orange); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(88px, 1fr)); gap: 14px 12px;
  margin-top: 14px; }
.tiles figure { text-align: center; font-size: 0.8rem; color: var(--muted); line-height: 1.35; }
.tiles span { display: block; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.tiles .wrong span { border: 2px solid var(--orange); }
.tiles img { display: block; width: 100%; height: auto; image-rendering: pixelated; }
.tiles b { color: var(--ink); font-size: 0.95rem; }
.tiles .wrong b { color: var(--orange); }
.paper { text-align: center; }
.paper svg, .paper img { display: inline-block; max-width: 100%; height: auto; }
.paper.broad svg { max-width: max(100%, 480px); }
.paper.wide svg, .paper.wide img { max-width: none; }
@media (prefers-color-scheme: dark) {
  /* Drawn on white paper: swap light and dark, keep the hues. */
  .paper svg, .paper img { filter: invert(1) hue-rotate(180deg); mix-blend-mode: screen; }
  .tiles img.ink { filter: invert(1); } }
pre { background: var(--page); border: 1px solid var(--line); border-radius: 10px;
  padding: 14px 16px; overflow-x: auto; margin: 12px 0 0; }
footer { color: var(--muted); font-size: 0.9rem; margin-top: 34px; }
footer p { max-width: none; }
@media (max-width: 560px) {
  main { padding: 28px 12px 40px; }
  h1 { font-size: 1.5rem; }
  section { padding: 18px 16px; }
  .figures { grid-template-columns: 1fr 1fr; gap: 10px; }
  .figures div { padding: 12px 14px; }
  .figures dd { font-size: 1.3rem; }
  table.data .bar { display: none; } }
@media print { section { break-inside: avoid; } }
"""
