"""Moments as an SVG picture with one lane for each place; the table beside it has every one of them.

No script draws it, and no text in it is markup. The lengths are in pixels of the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from workers.console.moments import Lane
from workers.console.rendering import harmless

if TYPE_CHECKING:
    from workers.console.moments import Moment

__all__ = ["drawn"]

_WIDTH, _LEFT, _RIGHT = 760, 84, 12
_ROW, _GAP, _AXIS = 18, 10, 26
_LETTER = 6.3
"""Width of a letter, about."""
_TICKS = 5


def drawn(moments: Sequence[Moment], now: datetime) -> Markup:
    """Return the picture of moments up to `now` (UTC); nothing where there is none."""
    if not moments:
        return Markup()
    begin, end = moments[0].at, max(now, moments[-1].at)
    span = max(end - begin, timedelta(hours=1))

    def x_of(at: datetime) -> float:
        return round(_LEFT + (at - begin) / span * (_WIDTH - _LEFT - _RIGHT), 1)

    parts: list[Markup] = []
    top = float(_GAP)
    for lane in Lane:
        marks, height = _lane([one for one in moments if one.lane is lane], x_of)
        parts.append(
            Markup(
                '<g transform="translate(0 {})"><text class="lane" x="0" y="13">{}</text>'
            ).format(top, lane.value)
        )
        parts += [*marks, Markup("</g>")]
        top += height + _GAP
        parts.append(
            Markup('<line class="grid" x1="0" x2="{}" y1="{}" y2="{}"/>').format(
                _WIDTH, top - _GAP / 2, top - _GAP / 2
            )
        )
    parts += _axis(begin, span, top)
    return Markup(
        '<svg class="timeline" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>'
    ).format(
        f"{len(moments)} moments on a line of time; the table below lists them",
        _WIDTH,
        top + _AXIS,
        Markup().join(parts),
    )


def _lane(moments: Sequence[Moment], x_of: Callable[[datetime], float]) -> tuple[list[Markup], int]:
    """Return the marks of a lane and its height: what would lie over the one before goes a row down."""
    ends: list[float] = []
    marks = []
    for one in moments:
        x, wide = x_of(one.at), _LETTER * len(one.what) + 16
        before = x + wide > _WIDTH
        start = x - wide if before else x - 5
        row = next((row for row, end in enumerate(ends) if end <= start), len(ends))
        ends[row : row + 1] = [start + wide + 8]
        y = row * _ROW
        title = f"{harmless(one.at)}: {one.what}, {harmless(one.about)} ({one.said_by})"
        marks.append(
            Markup(
                '<g><title>{}</title><circle class="{}" cx="{}" cy="{}" r="4"/>'
                '<text x="{}" y="{}" text-anchor="{}">{}</text></g>'
            ).format(
                title,
                _kind(one.what),
                x,
                y + 9,
                x - 8 if before else x + 8,
                y + 13,
                "end" if before else "start",
                one.what,
            )
        )
    return marks, max(1, len(ends)) * _ROW


def _kind(what: str) -> str:
    return "gone" if what in {"removed", "quarantined", "seen to be gone"} else "mark"


def _axis(begin: datetime, span: timedelta, y: float) -> Iterator[Markup]:
    exact = span < timedelta(days=_TICKS)
    for number in range(_TICKS):
        share = number / (_TICKS - 1)
        x = round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)
        at = begin + span * share
        anchor = "start" if number == 0 else "end" if number == _TICKS - 1 else "middle"
        yield Markup('<text class="tick-label" x="{}" y="{}" text-anchor="{}">{}</text>').format(
            x, y + 12, anchor, f"{at:%Y-%m-%d %H:%M}" if exact else f"{at:%Y-%m-%d}"
        )
