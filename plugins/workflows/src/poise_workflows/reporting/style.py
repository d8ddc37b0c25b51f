"""The style sheet of a page.

Colors are those of Okabe and Ito, which people with any kind of color vision tell apart. Texts
have a contrast of at least 4.5 to their ground, lines of at least 3, in the light and in the dark.
"""

from __future__ import annotations

from poise_workflows.previewing.styles import COLORS, UNMATCHED

_ANIMALS = "\n".join(f".a{index} {{ stroke: {color}; }}" for index, color in enumerate(COLORS))

STYLE = f"""
:root {{
  --ground: #ffffff; --raised: #f4f6f8; --ink: #1b1f24; --soft: #525c68; --line: #c9d1d9;
  --first: #0072b2; --second: #b04a00; --focus: #0072b2; --bar: #56b4e9; --warn: #8a3d00;
  --shade: 0, 114, 178;
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    --ground: #14181d; --raised: #1e242b; --ink: #e8ebee; --soft: #aab4be; --line: #3b4550;
    --first: #56b4e9; --second: #f0a33a; --focus: #8ccdf5; --bar: #1f78ad; --warn: #ffb35c;
    --shade: 86, 180, 233;
  }}
}}
* {{ box-sizing: border-box; }}
html {{ scroll-behavior: smooth; }}
@media (prefers-reduced-motion: reduce) {{ html {{ scroll-behavior: auto; }} }}
body {{
  margin: 0 auto; max-width: 78rem; padding: 1.5rem clamp(1rem, 3vw, 2.5rem) 3rem;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}}
h1 {{ font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }}
h2 {{ font-size: 1.3rem; line-height: 1.25; margin: 0 0 .5rem; }}
h3 {{ font-size: 1rem; margin: 1.25rem 0 .4rem; }}
p {{ margin: .35rem 0 .75rem; max-width: 46rem; }}
section {{ border-top: 1px solid var(--line); padding-top: 1.25rem; margin-top: 2rem; }}
code, pre {{ font: .875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }}
.soft {{ color: var(--soft); }}
.kicker {{ margin: 0 0 .25rem; color: var(--soft); font-size: .9rem; }}
nav ul {{ display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; padding: 0;
  margin: 1rem 0 0; }}
a {{ color: var(--first); }}
a:focus-visible, summary:focus-visible, .scrolls:focus-visible, input:focus-visible + label {{
  outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px;
}}
.facts {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem;
  margin: 1.1rem 0 0; }}
.facts div {{ background: var(--raised); border-radius: 8px; padding: .6rem .8rem; }}
.facts .wide {{ grid-column: span 2; }}
.facts dt {{ color: var(--soft); font-size: .85rem; }}
.facts dd {{ margin: 0; font-size: 1.15rem; font-weight: 600; }}
.notes {{ margin: .5rem 0; padding-left: 1.2rem; max-width: 60rem; }}
.notes li {{ margin: .25rem 0; }}
.warning {{ color: var(--warn); font-weight: 600; }}
.grid {{ display: grid; gap: 1.25rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }}
figure {{ margin: 0; min-width: 0; }}
figcaption {{ color: var(--soft); font-size: .875rem; line-height: 1.45; }}
figcaption strong {{ color: var(--ink); }}
svg {{ display: block; width: 100%; height: auto; }}
.chart text {{ fill: var(--soft); font-size: 11px; }}
.chart .name {{ fill: var(--ink); font-weight: 600; font-size: 12px; }}
.chart .rule {{ stroke: var(--line); stroke-width: 1; }}
.chart .best {{ stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3; }}
.chart .s0, .chart .s1 {{ fill: none; stroke-width: 2; stroke-linejoin: round;
  stroke-linecap: round; }}
.chart .s0 {{ stroke: var(--first); }}
.chart .s1 {{ stroke: var(--second); stroke-dasharray: 6 4; }}
.chart circle.s0 {{ fill: var(--first); stroke: none; }}
.chart circle.s1 {{ fill: var(--second); stroke: none; }}
.epochs {{ border: 0; padding: 0; margin: 0; min-width: 0; }}
.epochs legend {{ padding: 0; margin-bottom: .4rem; }}
.epochs > input {{ position: absolute; opacity: 0; width: 1px; height: 1px; }}
.epochs > label {{ display: inline-block; min-width: 2.75rem; text-align: center;
  padding: .35rem .7rem; margin: 0 .35rem .4rem 0; border: 1px solid var(--soft);
  border-radius: 8px; cursor: pointer; }}
.epochs > input:checked + label {{ background: var(--ink); color: var(--ground);
  border-color: var(--ink); font-weight: 600; }}
.epochs .of {{ display: none; }}
.cards {{ display: grid; gap: 1.5rem 1.25rem; margin-top: .9rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }}
.cards.small {{ grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }}
.views {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr));
  gap: .4rem; align-items: start; margin-bottom: .35rem; }}
.views > div {{ min-width: 0; }}
.views p {{ margin: 0; font-size: .8rem; color: var(--soft); }}
.seen {{ background: #000; border-radius: 6px; overflow: hidden; }}
.seen path {{ fill: none; vector-effect: non-scaling-stroke; stroke-linecap: round; }}
.seen .under {{ stroke: #000; stroke-width: 4.5; stroke-opacity: .75; }}
.seen .over {{ stroke-width: 2; }}
.seen .edge {{ stroke-width: 1.25; }}
.seen .truth {{ stroke: #fff; }}
.seen .none {{ stroke: {UNMATCHED}; stroke-dasharray: 3 3; }}
{_ANIMALS}
.key {{ display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .2rem 0 .9rem; padding: 0;
  list-style: none; font-size: .9rem; color: var(--soft); }}
.key svg {{ display: inline-block; width: 1.15em; height: 1.15em; vertical-align: -.2em;
  margin-right: .35em; background: #000; border-radius: 3px; }}
.scrolls {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: .925rem; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; color: var(--soft); padding-bottom: .4rem; font-size: .875rem; }}
th, td {{ text-align: right; padding: .3rem .7rem; border-bottom: 1px solid var(--line);
  overflow-wrap: normal; }}
th:first-child, td.words, th.words {{ text-align: left; }}
td.words {{ overflow-wrap: anywhere; }}
thead th {{ color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--line); }}
tbody th {{ font-weight: 500; }}
tbody th {{ min-width: 5rem; }}
td.words code {{ overflow-wrap: anywhere; }}
table.wide {{ width: 100%; table-layout: fixed; }}
table.wide td, table.wide th {{ text-align: left; vertical-align: top; overflow-wrap: anywhere; }}
td.bar {{ width: 9rem; min-width: 6rem; }}
td.bar div {{ height: .8rem; background: var(--bar); border-radius: 2px; min-width: 1px; }}
.confusion td {{ background: rgba(var(--shade), var(--part)); min-width: 3.2rem; }}
details {{ margin: .75rem 0; }}
summary {{ cursor: pointer; font-weight: 600; padding: .2rem 0; }}
dl.terms dt {{ font-weight: 600; margin-top: .5rem; }}
dl.terms dd {{ margin: 0; color: var(--soft); max-width: 46rem; }}
footer {{ margin-top: 2.5rem; color: var(--soft); font-size: .875rem; }}
@media print {{ nav, .epochs > label {{ display: none; }} section {{ break-inside: avoid; }} }}
"""


def style_of(epochs: list[int]) -> str:
    """The style sheet, with a rule for each epoch that has pictures: its button shows them."""
    rules = [f"#epoch-{epoch}:checked ~ .cards .e{epoch} {{ display: block; }}" for epoch in epochs]
    return STYLE + "\n".join(rules) + "\n"
