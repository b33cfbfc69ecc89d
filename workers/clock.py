"""The one place where the clock is read for what is stored, and how a span of time is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

__all__ = ["span_of", "utc_now", "written_span"]

_SPAN = re.compile(r"(\d{1,6})([mhd])", re.ASCII)
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def span_of(text: str) -> timedelta | None:
    """Return `90m`, `24h`, `30d` as a span, None for anything else."""
    found = _SPAN.fullmatch(text)
    return None if found is None else int(found[1]) * _UNITS[found[2]]


def written_span(span: timedelta) -> str:
    """Return a span as `span_of` reads it, in the largest unit that fits; whole minutes at least."""
    for unit, length in _UNITS.items():
        if span >= length and not span % length:
            return f"{span // length}{unit}"
    return f"{max(1, round(span / _UNITS['m']))}m"
