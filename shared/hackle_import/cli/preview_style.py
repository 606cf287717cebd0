"""How the page of a preview looks: in the light and in the dark, on a wide screen and on paper."""

STYLE = """
:root { color-scheme: light dark; --line: #8883; --soft: #8881; --bad: #c62f2f; --note: #a86400; --good: #22863a;
  --blue: #4a78c2; --dim: #888; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff7b72; --note: #e3a33c; --good: #56d364; --blue: #79a8f0; } }
* { box-sizing: border-box; }
body { font: 14px/1.5 system-ui, "Noto Sans KR", sans-serif; margin: 2rem auto; max-width: 88rem; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
header p { margin: .2rem 0 1rem; color: var(--dim); } header p.fault { color: var(--bad); font-weight: 600; }
header p.changed { color: var(--note); margin: .2rem 0; }
.figures { display: flex; flex-wrap: wrap; gap: .8rem; }
.figures div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem; min-width: 8rem; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.2; } .figures span { color: var(--dim); }
.figures .good b { color: var(--good); } .figures .bad b { color: var(--bad); } .figures .note b { color: var(--note); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .7rem; text-align: left; vertical-align: top; }
th { color: var(--dim); font-weight: 600; white-space: nowrap; }
tbody tr:hover { background: var(--soft); }
.name, .code, .target, .values, pre, dl, code { font-family: ui-monospace, "Noto Sans Mono CJK KR", monospace;
  font-size: .9em; }
.name, .target { overflow-wrap: anywhere; } .name { font-weight: 600; min-width: 9rem; } .target { min-width: 10rem; }
.values { min-width: 12rem; overflow-wrap: anywhere; }
.values div + div { border-top: 1px dotted var(--line); }
.values .same, .unused { color: var(--dim); }
.gone, .lost, .wrong, .bad { color: var(--bad); } .lost { font-family: system-ui, sans-serif; }
.note { color: var(--note); }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar { display: inline-block; width: 4rem; height: .6em; margin-right: .5rem; background: var(--line);
  border-radius: .3em; overflow: hidden; }
.bar i, .meter i { display: block; height: 100%; background: var(--blue); }
.meter { width: 50%; } .meter i { height: 1em; margin-top: .25em; border-radius: .2em; min-width: 2px; }
.pair { display: flex; flex-wrap: wrap; gap: 2.5rem; } .pair section { flex: 1 1 26rem; min-width: 0; }
.histogram { display: flex; align-items: flex-end; gap: 2px; height: 9rem; border-bottom: 1px solid var(--line); }
.histogram i { flex: 1 1 0; max-width: 3rem; background: var(--blue); border-radius: .2em .2em 0 0; }
.axis { display: flex; justify-content: space-between; color: var(--dim); }
.days p { color: var(--dim); margin: .2rem 0; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: 0 .8rem; margin: 0; }
dt { color: var(--dim); overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; }
.at { margin: 0 0 .3rem; color: var(--dim); } td p { margin: .2rem 0; }
.rows td { min-width: 4rem; width: 45%; } .rows td.number { width: 1%; } .rows td.note { width: 10%; min-width: 9rem; }
.rejected .code, .remarked .code, .guessed .code { white-space: nowrap; }
th.rows, th.line, th.distinct, th.filled { text-align: right; }
@media print { body { margin: 0; } .scroll { overflow: visible; } }
"""
