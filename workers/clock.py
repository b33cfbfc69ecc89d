"""The one place where the clock is read for what is stored, and how spans and moments are written."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from crawler.errors import Malformed
from crawler.fields import instant

__all__ = ["SharedClock", "moment_or_none", "span_of", "utc_now", "written_span"]

_SPAN = re.compile(r"(\d{1,6})([mhd])", re.ASCII)
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def utc_now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


def span_of(text: str) -> timedelta | None:
    """Return `90m`, `24h`, `30d` as a span, None for anything else."""
    found = _SPAN.fullmatch(text)
    return None if found is None else int(found[1]) * _UNITS[found[2]]


def moment_or_none(text: str) -> datetime | None:
    """Return a date or an RFC 3339 time as a moment in UTC, None for anything else."""
    try:
        return instant(text, "date")
    except Malformed:
        return None


def written_span(span: timedelta) -> str:
    """Return a span as `span_of` reads it, in the largest unit that fits; whole minutes at least."""
    for unit, length in _UNITS.items():
        if span >= length and not span % length:
            return f"{span // length}{unit}"
    return f"{max(1, round(span / _UNITS['m']))}m"


class SharedClock:
    """The time of the database: as it was last told, plus what has passed here since.

    A machine with a wrong clock therefore writes correct times. Before the first answer of the database, it
    returns the time of this machine. Safe in threads.
    """

    def __init__(self, own: Callable[[], datetime] = utc_now) -> None:
        """Begin with `own`, the time of this machine."""
        self._own = own
        self._told: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        """Return the time, UTC."""
        told = self._told
        if told is None:
            return self._own()
        at, then = told
        return at + timedelta(seconds=time.monotonic() - then)

    def set(self, at: datetime) -> None:
        """Go on from `at`, which is now."""
        self._told = at, time.monotonic()

    @property
    def offset(self) -> float:
        """Seconds by which the clock of this machine is ahead."""
        return (self._own() - self()).total_seconds()
