"""How a report's pages look: in the light and in the dark, on a wide screen and on paper."""

STYLE = """
:root { color-scheme: light dark; --line: #8883; --bad: #c62f2f; --note: #a86400; --good: #22863a; --blue: #4a78c2;
  --dim: #777; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff7b72; --note: #e3a33c; --good: #56d364; --blue: #79a8f0;
  --dim: #999; --paper: #16181c; } }
html:not([lang=ko]) [lang=ko], html[lang=ko] [lang=en] { display: none; }
* { box-sizing: border-box; }
body { font: 14px/1.5 system-ui, "Noto Sans KR", "Noto Sans CJK KR", sans-serif; margin: 2rem auto; max-width: 72rem;
  padding: 0 1.5rem; background: var(--paper); }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
header p, .dim { color: var(--dim); margin: .2rem 0 1rem; }
.figures { display: flex; flex-wrap: wrap; gap: .8rem; }
.figures div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem; min-width: 8rem; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures span { color: var(--dim); } .figures .note b { color: var(--note); } .figures .bad b { color: var(--bad); }
.warning { border-left: .3rem solid var(--note); padding: .3rem .8rem; margin: .6rem 0; }
.warning p { margin: 0; } .warning b { color: var(--note); } .fine { color: var(--good); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 50%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem; text-align: left; vertical-align: top; }
th { color: var(--dim); font-weight: 600; white-space: nowrap; }
code, .name { font-family: ui-monospace, "Noto Sans Mono CJK KR", monospace; font-size: .9em; overflow-wrap: anywhere; }
.name { font-weight: 600; min-width: 8rem; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.hours td, .hours th { padding: .2rem .35rem; font-size: .85em; }
.meter { min-width: 8rem; width: 40%; } .meter i { display: block; height: 1em; margin-top: .25em; min-width: 1px;
  background: var(--blue); border-radius: .2em; }
.tag { color: var(--note); font-weight: 600; }
.plot svg { max-width: 100%; height: auto; color: inherit; --plot-background: var(--paper); }
.plot text { fill: currentColor; } .plot [aria-label=tip] text { fill: currentColor; }
footer { margin: 3rem 0 1rem; color: var(--dim); }
@media print { body { margin: 0; max-width: none; font-size: 11px; } section { break-inside: avoid-page; }
  .scroll { overflow: visible; } :root { --paper: #fff; } }
"""
