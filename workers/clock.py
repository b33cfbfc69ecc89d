"""The one place where the clock is read for what is stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["SharedClock", "utc_now"]


def utc_now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


class SharedClock:
    """The time of the database: as it was last told, plus what has passed here since.

    So a machine whose clock is wrong writes what the others write. Until it is told a time, it is that
    of this machine. Safe in threads.
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
