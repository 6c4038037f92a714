"""A page that needs nothing else: no scripts, nothing fetched; for light, dark and a phone's screen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

STYLE = """\
:root{color-scheme:light dark;--ink:#1c2128;--faint:#667080;--line:#d8dde4;--page:#fff;--card:#f5f7f9}
@media(prefers-color-scheme:dark){
:root{--ink:#e2e6eb;--faint:#98a2b0;--line:#363d47;--page:#14181d;--card:#1d2229}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,sans-serif}
h1,p,dd{overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.15rem;margin:2.5rem 0 .75rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
p{margin:.5rem 0}.faint,dt,th{color:var(--faint)}
dl{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0}
dl div{flex:1 1 8rem;padding:.6rem .9rem;background:var(--card);border-radius:.5rem}
dt{font-size:.85rem}dd{margin:0;font-size:1.3rem;font-weight:600}
.scroll{overflow:auto;max-height:32rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
td,th{padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);text-align:right;font-weight:400;
white-space:nowrap;vertical-align:top}
td:first-child,th:first-child,.texts td,.texts th{text-align:left}
.texts td:last-child{white-space:normal;overflow-wrap:anywhere}
thead th{position:sticky;top:0;background:var(--page)}tr.best td{font-weight:600;background:var(--card)}
.side{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;align-items:flex-start}.side>*{min-width:0;max-width:100%}
figure{margin:0;overflow-x:auto}
svg{display:block;height:auto;width:var(--w);max-width:100%;min-width:calc(.7*var(--w))}
svg text{fill:currentColor}svg [style*="stroke: #000000"]{stroke:currentColor!important}
svg [style*="stroke: #cccccc"],svg [style*="stroke: #b0b0b0"]{stroke:var(--faint)!important}
svg path[style*="fill: #ffffff"]{fill:none!important}
"""
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def page(title: str, parts: Iterable[str]) -> str:
    """A page of parts, which are HTML; the title is text."""
    return PAGE.format(title=escape(title), style=STYLE, body="\n".join(parts))


def section(title: str, *parts: str) -> str:
    """Parts beside or below one another under a title; nothing where there are none."""
    inside = "\n".join(filter(None, parts))
    return f'<h2>{escape(title)}</h2>\n<div class="side">\n{inside}\n</div>' if inside else ""


def paragraph(text: str) -> str:
    """A text, in gray."""
    return f'<p class="faint">{escape(text)}</p>'


def facts(found: Iterable[tuple[str, str]]) -> str:
    """The most important numbers, each in a box with its name."""
    boxes = (f"<div><dt>{escape(n)}</dt><dd>{escape(x)}</dd></div>" for n, x in found)
    return f"<dl>{''.join(boxes)}</dl>"


def table(rows: Iterable[Sequence[Any]], *, best: int | None = None, texts: bool = False) -> str:
    """A table, its head first, with the row of that number marked; of texts, or of numbers."""
    head, *others = [[escape(str(cell)) for cell in row] for row in rows]
    lines = [f"<thead><tr><th>{'<th>'.join(head)}</thead>"]
    for number, row in enumerate(others):
        mark = ' class="best"' if number == best else ""
        lines.append(f"<tr{mark}><td>{'<td>'.join(row)}")
    kind = ' class="texts"' if texts else ""
    return f'<div class="scroll"><table{kind}>' + "\n".join(lines) + "</table></div>"


def picture(svg: str) -> str:
    """A picture of matplotlib's, without what only a file needs; it shrinks with the page."""
    inside = re.sub(r"<!--.*?-->\n?", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    head, rest = inside.split(">", 1)
    of = dict(re.findall(r'(\S+)="([^"]*)"', head))
    return f'<figure><svg viewBox="{of["viewBox"]}" style="--w:{of["width"]}">{rest}</figure>'
