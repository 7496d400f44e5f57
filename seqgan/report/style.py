"""The looks of a report: light and dark, wide screen and phone."""

STYLE = """
:root { color-scheme: light dark; --page: #fcfcfb; --text: #1c1d1f; --soft: #5d6066;
  --line: #d9dade; --panel: #f2f2f0; --accent: #1769aa; --warn: #8a4b00; --warn-bg: #fff3dc;
  --good: #1c6b3c; }
@media (prefers-color-scheme: dark) { :root { --page: #16181b; --text: #e6e6e3; --soft: #a2a6ad;
  --line: #363a40; --panel: #1f2226; --accent: #74b6ec; --warn: #ffcf87; --warn-bg: #3a2c14;
  --good: #7fd1a0; } }
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
.figures thead th:first-child { text-align: left; position: sticky; left: 0;
  background: var(--page); }
.figures tbody th { white-space: nowrap; }
.figures tbody th:first-child { position: sticky; left: 0; background: var(--page); }
.headline .figures :is(thead, tbody) th:first-child { background: var(--panel); }
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
.wrapped thead th, .opening .figures thead th { white-space: normal; overflow-wrap: normal; }
.opening { display: grid; gap: 1.2rem 1.8rem; align-items: start; margin-top: 1rem;
  grid-template-columns: minmax(18rem, 1fr) minmax(0, 2.1fr); }
.opening .headline { margin: 0; }
.opening .figures :is(th, td) { padding: .22rem .35rem; min-width: 0; }
.opening .figures tbody th { white-space: normal; }
.rounds { display: grid; gap: .7rem; grid-template-columns: repeat(3, minmax(0, 1fr)); }
@media (max-width: 56rem) { .opening { grid-template-columns: minmax(0, 1fr); }
  .opening > :last-child { order: -1; } .rounds { gap: .4rem; } }
img { display: block; max-width: 100%; height: auto; border-radius: .2rem; }
img.pixels { image-rendering: pixelated; }
img.drawn { background: #fff; padding: .4rem; }
.plots img { width: 100%; }
.rounds img, .large img { width: 100%; }
.rounds figcaption, .large figcaption { margin-top: .2rem; font-variant-numeric: tabular-nums; }
.real img { outline: 2px solid var(--accent); outline-offset: 1px; }
.large { display: grid; gap: 1rem 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); }
.large figure { max-width: 28rem; }
.single img.pixels { width: min(100%, 40rem); }
.findings { list-style: none; margin: 0 0 .8rem; padding: 0; }
.findings li { margin: 0 0 .7rem; padding-left: .8rem; border-left: 3px solid var(--soft); }
.findings b { display: block; }
.findings .fault { border-color: var(--warn); } .findings .fault b { color: var(--warn); }
.findings .fine { border-color: var(--good); } .findings .fine b { color: var(--good); }
.bars { display: grid; gap: .25rem 2.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
.kind { display: grid; grid-template-columns: 6rem minmax(0, 1fr) 3.6rem 5.4rem; gap: .6rem;
  align-items: center; font-size: .9rem; font-variant-numeric: tabular-nums; }
.share { text-align: right; } .missing .name, .missing .share { color: var(--warn); }
.bar { position: relative; height: .8rem; background: var(--panel); }
.bar i { position: absolute; inset: 0 auto 0 0; background: var(--accent); opacity: .75; }
.bar b { position: absolute; top: -.15rem; bottom: -.15rem; width: 2px;
  background: var(--text); }
details { margin: .6rem 0; } summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--panel); padding: .8rem; border-radius: .4rem;
  font-size: .82rem; }
@media print { nav { display: none; } body { max-width: none; } }
"""
