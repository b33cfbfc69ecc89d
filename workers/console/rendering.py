"""HTML of what a page shows. Whatever comes out of the ledger is text: escaped, without controls, its URLs defanged.

A template cannot forget it: every value passes `harmless` on its way out. A link out of the console is made
by `outward` alone, to http(s) addresses that hold nothing but what a URL may hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from crawler.reporting.text import defang_all, plain, utc, web_link
from workers.census.bars import drawn
from workers.census.section import Chart, span_text

__all__ = ["FOLDER", "harmless", "make_environment", "outward"]

FOLDER = Path(__file__).parent
_NOTHING = "\N{EN DASH}"


def make_environment() -> Environment:
    """Return what renders the templates."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"outward": outward, "bars": _bars}
    made.filters |= {
        "in_path": _in_path,
        "in_query": _in_query,
        "day": _day,
        "span": _span,
        "commands": _commands,
    }
    return made


def harmless(value: object) -> object:
    """Return what stands on a page for `value`: foreign text harmless, times in UTC, a dash for nothing."""
    if isinstance(value, Enum):
        value = value.value
    match value:
        case None:
            shown: object = _NOTHING
        case bool():
            shown = "yes" if value else "no"
        case datetime():
            shown = utc(value).replace("T", " ").replace("Z", " UTC")
        case str() if not isinstance(value, Markup):
            shown = plain(defang_all(value))
        case _:
            shown = value
    return shown


def outward(url: str | None, text: str) -> Markup:
    """Return a link to another site that learns nothing of us; the text alone where `url` is no plain web address."""
    words = escape(str(harmless(text)))
    if web_link(url) is None:
        return words
    return Markup('<a href="{}" rel="noreferrer noopener nofollow external">{}</a>').format(
        url, words
    )


def _in_path(part: str) -> str:
    """Return a text as one part of the path of an address."""
    return quote(part, safe="", errors="replace")


def _in_query(fields: Mapping[str, str | Sequence[str] | None]) -> str:
    """Return the query of an address of this console; fields without a value are left out."""
    stated = {name: said for name, said in fields.items() if said}
    return urlencode(stated, doseq=True, errors="replace")


def _day(moment: datetime | date | None) -> str:
    return _NOTHING if moment is None else moment.strftime("%Y-%m-%d")


def _commands(text: str | None) -> object:
    """Return a sentence of ours with what it has between backticks as code."""
    shown = harmless(text)
    pieces = str(shown).split("`")
    if len(pieces) % 2 == 0:  # a backtick without its fellow
        return shown
    marks = (
        Markup("<code>{}</code>").format(one) if n % 2 else one for n, one in enumerate(pieces)
    )
    return Markup().join(marks)


def _bars(title: str, counted: Sequence[tuple[str, int]], number: int = 1) -> Markup:
    """Return a picture of a number for each month or day, the page's chart with this `number`.

    The page has the same as a table.
    """
    return Markup(drawn(Chart(title=title, bars=counted), number))  # noqa: S704 - escaped by `drawn`


def _span(seconds: float | None) -> str:
    return _NOTHING if seconds is None else span_text(int(seconds))
