"""The census as one page that needs nothing else (`crawler/reporting/page.py`); all text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import count
from typing import TYPE_CHECKING

from crawler import __version__
from crawler.reporting.page import page
from workers.census.bars import drawn
from workers.census.section import NOTHING, UNKNOWN
from workers.census.sections import sections_of, sums_of

if TYPE_CHECKING:
    from workers.census.counting import Census
    from workers.census.section import Section

__all__ = ["census_page"]

_STYLE = """
:root { color-scheme: light dark; --text: #1b1f24; --back: #ffffff; --soft: #59636e; --line: #8c959f;
  --bar: #0550ae; --odd: #9a6700; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --back: #0d1117; --soft: #9da7b1; --line: #6e7681; --bar: #79c0ff; --odd: #e3b341; }
}
body { color: var(--text); background: var(--back); font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 70rem; padding: 1rem; overflow-wrap: break-word; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.5rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 3px solid var(--bar); }
.tall { max-height: 30rem; overflow-y: auto; }
table { border-collapse: collapse; }
caption { text-align: left; font-weight: bold; padding: .5rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem .25rem 0; text-align: left;
  vertical-align: top; }
.sums { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1rem; }
.sums div { border-top: 3px solid var(--bar); padding-top: .25rem; }
.sums dt { color: var(--soft); }
.sums dd { font-size: 1.5rem; font-weight: bold; margin: 0; }
.charts { display: flex; flex-wrap: wrap; gap: 0 2rem; }
figure { margin: 1rem 0; max-width: 100%; }
td + td, th + th { padding-left: .5rem; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figcaption, .notes { color: var(--soft); }
svg text { fill: var(--text); font: 11px system-ui, sans-serif; }
.grid { stroke: var(--line); }
.bar { fill: var(--bar); }
.unknown { fill: var(--odd); }
@media print { .tall { max-height: none; } }
"""
_COMMAND = re.compile(r"`([^`]*)`")


def census_page(census: Census) -> str:
    """Return the page: a table for every question, bars beside it where they help, method and limits."""
    numbers = count(1)
    title = "Census of removed packages and of what still pins them"
    body = (
        f"<h1>{title}</h1>",
        (
            f"<p>Made on {census.made_at:%Y-%m-%d %H:%M} UTC by ghostcrawl {escape(__version__)} from its ledger "
            f"alone, which knows of {census.projects:,} projects. Where nobody states a date, it says unknown.</p>"
        ),
        *_sums(census),
        *(line for section in sections_of(census) for line in _section(section, numbers)),
    )
    return page(title, _STYLE, "\n".join(body))


def _section(section: Section, numbers: Iterator[int]) -> Iterator[str]:
    name = f"question-{next(numbers)}"
    yield f'<section aria-labelledby="{name}">'
    yield f'<h2 id="{name}">{escape(section.title)}</h2>'
    yield '<div class="charts">' if section.charts else ""
    for chart in section.charts:
        yield '<figure><div class="scroll" tabindex="0" role="group" '
        yield f'aria-label="{escape(chart.title)}">{drawn(chart, next(numbers))}</div>'
        yield f"<figcaption>{escape(chart.title)}</figcaption></figure>"
    yield "</div>" if section.charts else ""
    yield from _table(section)
    yield '<div class="notes"><h3>Method and limits</h3><ul>'
    yield from (f"<li>{_with_code(note)}</li>" for note in section.notes)
    yield "</ul></div></section>"


def _sums(census: Census) -> Iterator[str]:
    yield '<dl class="sums">'
    for what, number in sums_of(census):
        yield f"<div><dt>{escape(what)}</dt><dd>{escape(number)}</dd></div>"
    yield "</dl>"


def _with_code(note: str) -> str:
    """Return a note as HTML; what stands between backticks is a command."""
    return _COMMAND.sub(r"<code>\1</code>", escape(note))


def _table(section: Section) -> Iterator[str]:
    if not section.rows:
        yield "<p>Nothing to count.</p>"
        return
    title = escape(section.title)
    yield f'<div class="scroll tall" tabindex="0" role="region" aria-label="Table: {title}"><table>'
    yield f"<caption>{title}</caption><thead><tr>"
    yield from (f'<th scope="col">{escape(heading)}</th>' for heading in section.headings)
    yield "</tr></thead><tbody>"
    for first, *others in section.rows:
        cells = "".join(map(_cell, others))
        yield f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _cell(text: str) -> str:
    kind = ' class="number"' if text[:1].isdigit() or text in {UNKNOWN, NOTHING} else ""
    return f"<td{kind}>{escape(text)}</td>"
