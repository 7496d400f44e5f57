"""The looks of a report: light and dark, wide screen and phone."""

STYLE = """
:root { color-scheme: light dark; --page: #fcfcfb; --text: #1c1d1f; --soft: #5d6066;
  --line: #d9dade; --panel: #f2f2f0; --accent: #1769aa; --warn: #8a4b00; --warn-bg: #fff3dc; }
@media (prefers-color-scheme: dark) { :root { --page: #16181b; --text: #e6e6e3; --soft: #a2a6ad;
  --line: #363a40; --panel: #1f2226; --accent: #74b6ec; --warn: #ffcf87; --warn-bg: #3a2c14; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 84rem;
  background: var(--page); color: var(--text); line-height: 1.5; font-size: 16px;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC",
    "PingFang SC", "Microsoft YaHei", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2.8rem 0 .6rem; padding-top: .7rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.3rem 0 .4rem; }
p { max-width: 46rem; margin: .5rem 0; }
a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .9rem; margin: .6rem 0 0; }
.soft, figcaption { color: var(--soft); font-size: .9rem; }
.headline { background: var(--panel); border-left: 4px solid var(--accent);
  padding: .8rem 1.1rem; border-radius: 0 .4rem .4rem 0; margin: 1rem 0; }
.headline p:first-child { font-size: 1.1rem; margin-top: 0; }
.warning { background: var(--warn-bg); color: var(--warn); border-left: 4px solid currentColor;
  padding: .5rem 1rem; margin: .6rem 0; border-radius: 0 .4rem .4rem 0; max-width: 60rem; }
.scroll { overflow-x: auto; margin: .7rem 0; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .65rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: normal; }
thead th { border-bottom: 2px solid var(--soft); text-align: left; vertical-align: bottom; }
tbody th { font-weight: 600; text-align: left; min-width: 6.5rem; overflow-wrap: normal; }
.figures td, .figures thead th { text-align: right; white-space: nowrap; }
.figures thead th:first-child { text-align: left; }
.figures tbody th { white-space: nowrap; }
.figures tbody th:first-child { position: sticky; left: 0; background: var(--page); }
.headline .figures tbody th:first-child { background: var(--panel); }
.texts td { min-width: 11rem; max-width: 24rem; }
s { color: var(--soft); text-decoration-thickness: 2px; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; }
.charts { display: grid; gap: 1rem 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }
.plots { display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 28rem), 1fr)); }
.heat { font-size: 1.02rem; line-height: 2; margin: .15rem 0 .15rem; max-width: 60rem; }
.heat span { padding: .12rem .1rem; border-radius: .2rem; white-space: pre-wrap; }
.heat span:not(.label) { color: var(--text); }
.exchange { border-left: 3px solid var(--line); padding-left: .9rem; margin: .9rem 0; }
.exchange p { margin: .15rem 0; }
.label { color: var(--soft); font-size: .82rem; margin-right: .5rem; }
details { margin: .6rem 0; } summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--panel); padding: .8rem; border-radius: .4rem;
  font-size: .82rem; }
@media print { nav { display: none; } body { max-width: none; } }
"""
