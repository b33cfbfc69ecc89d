"""Whether a process makes progress, which is more than that it lives.

A worker that waits for due work is well; one whose pool has due work and that takes no turn is not, nor
is one that cannot write its beat. The dispatcher is well while its rounds come to an end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from crawler.errors import StoreError
from workers.ledger.work.turns import due_lanes

if TYPE_CHECKING:
    from datetime import datetime

    from workers.dispatch.beat import Beat
    from workers.ledger.ledger import Ledger

__all__ = ["DispatcherHealth", "Health", "WorkerHealth"]

_LONGEST_SILENCE = 60.0
"""Seconds without a beat or a round; a beat is due every 5, a round every second."""
_LONGEST_IDLE = 120.0
"""Seconds in which due work may find no turn: the hints of a lost broker are sent again within 10."""


class Health(Protocol):
    """Says how a process is."""

    def problem(self) -> str | None:
        """Return why it makes no progress; None where it is well."""
        ...


class DispatcherHealth:
    """Tells by the rounds of the dispatcher."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin well; `monotonic` gives seconds."""
        self._monotonic = monotonic
        self._last_round = monotonic()

    def round_ended(self) -> None:
        """Note that database and broker have answered."""
        self._last_round = self._monotonic()

    def problem(self) -> str | None:
        """Return how long there has been no round."""
        age = self._monotonic() - self._last_round
        return None if age <= _LONGEST_SILENCE else f"no round for {age:.0f} s"


class WorkerHealth:
    """Tells by the beat of a worker, its turns, and the lanes of its pool."""

    def __init__(
        self,
        ledger: Ledger,
        beat: Beat,
        pool: str,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin well; `clock` gives the time of the database, `monotonic` seconds."""
        self._ledger, self._beat, self._pool, self._clock = ledger, beat, pool, clock
        self._monotonic = monotonic
        self._well_at = monotonic()
        self._turns = beat.turns

    def problem(self) -> str | None:
        """Return why no progress is made."""
        now = self._monotonic()
        silent = now - self._beat.beaten_at
        if silent > _LONGEST_SILENCE:
            return f"no beat for {silent:.0f} s"
        try:
            with self._ledger.read() as conn:
                due = due_lanes(conn, self._pool, self._clock())
        except StoreError as error:
            return str(error)
        if not due or self._beat.held or self._beat.turns != self._turns:
            self._well_at, self._turns = now, self._beat.turns
        idle = now - self._well_at
        if idle > _LONGEST_IDLE:
            return f"{due} lanes of {self._pool} are due, and no turn was taken for {idle:.0f} s"
        return None
