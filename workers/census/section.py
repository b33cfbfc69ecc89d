"""One question of the census, and how its numbers are written (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from workers.census.shares import Share, Spread

__all__ = [
    "NOTHING",
    "UNKNOWN",
    "Chart",
    "Section",
    "moment_text",
    "share_cells",
    "span_text",
    "spread_cells",
    "without_holes",
]

UNKNOWN = "unknown"
_MOST_MONTHS = 240
"""Of a chart; where dates lie further apart (one is wrong), only months with anything are drawn."""
NOTHING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A number for each month, to be drawn as bars."""

    title: str
    bars: Sequence[tuple[str, int]]
    """Label and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One question of the census."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]
    """Method and limits."""
    charts: Sequence[Chart] = ()


def without_holes(months: Sequence[str]) -> Sequence[str]:
    """Return every month from the first to the last of `months`, sorted; a month without any is a bar of 0."""
    if not months:
        return months
    first, last = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (months[0], months[-1]))
    if last - first >= _MOST_MONTHS:
        return months
    return [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first, last + 1)]


def spread_cells(spread: Spread) -> tuple[str, str, str, str]:
    """Return measured, unknown, median and ninetieth."""
    return (
        f"{spread.measured:,}",
        f"{spread.unknown:,}",
        span_text(spread.median_seconds),
        span_text(spread.ninetieth_seconds),
    )


def span_text(seconds: int | None) -> str:
    """Return a span in the largest unit of which it has two."""
    if seconds is None:
        return UNKNOWN
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds} seconds"


def moment_text(moment: datetime | None) -> str:
    """Return a moment to the minute, UTC."""
    return UNKNOWN if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def share_cells(share: Share) -> tuple[str, str, str, str]:
    """Return hits, of how many, the share and its interval."""
    if share.value is None or share.low is None or share.high is None:
        return f"{share.hits:,}", f"{share.of:,}", NOTHING, NOTHING
    interval = f"{100 * share.low:.2f} to {100 * share.high:.2f} %"
    return f"{share.hits:,}", f"{share.of:,}", f"{100 * share.value:.2f} %", interval
