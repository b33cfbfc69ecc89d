"""Bars as SVG, made on this side: no script draws them, and no text in them is markup."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.census.section import Chart

__all__ = ["drawn"]

_STEP, _WIDE, _HIGH, _LEFT, _TOP, _BELOW = 14, 10, 160, 60, 16, 30
_LEAST_BARS = 12


def drawn(chart: Chart, number: int) -> str:
    """Return `chart` as an SVG element that says what it shows; `number` is no other one's in the page."""
    most = max((value for _, value in chart.bars), default=0)
    width = _LEFT + _STEP * max(_LEAST_BARS, len(chart.bars) + 3)
    height = _TOP + _HIGH + _BELOW
    return "".join(
        (
            f'<svg role="img" aria-labelledby="chart-{number}" width="{width}" height="{height}" ',
            f'viewBox="0 0 {width} {height}">',
            f'<title id="chart-{number}">{escape(chart.title)}; the most is {most:,}. ',
            "The table has every number.</title>",
            *_scale(most, width),
            *_bars(chart, most),
            "</svg>",
        )
    )


def _scale(most: int, width: int) -> Iterator[str]:
    for value, y in ((most, _TOP), (0, _TOP + _HIGH)):
        yield f'<line class="grid" x1="{_LEFT}" x2="{width}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{value:,}</text>'


def _bars(chart: Chart, most: int) -> Iterator[str]:
    year = ""
    for place, (label, value) in enumerate(chart.bars):
        x = _LEFT + 2 + _STEP * place
        high = round(_HIGH * value / most, 1) if most else 0
        dated = label[:1].isdigit()
        yield (
            f'<rect class="{"bar" if dated else "unknown"}" x="{x}" y="{_TOP + _HIGH - high}" '
            f'width="{_WIDE}" height="{high}"><title>{escape(label)}: {value:,}</title></rect>'
        )
        if label[:4] != year or not dated:
            year = label[:4]
            shown, y = (year, 16) if dated else (label, 28)
            anchor = "start" if dated else "end"
            at = x if dated else x + _WIDE
            yield (
                f'<text x="{at}" y="{_TOP + _HIGH + y}" text-anchor="{anchor}">{escape(shown)}</text>'
            )
