"""The dispatcher: tells the workers that there is due work, and knows when there is none.

A message is a bare hint for a pool. A round reads the lanes that are due, never the queue of work, and
sends as many hints as are missing in the broker. Losing, doubling or forging one changes nothing, and
several dispatchers may run on one database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import structlog

from crawler.errors import StoreError
from workers.dispatch.interrupts import Interrupts
from workers.ledger.backlog import is_left_of
from workers.ledger.revision import SchemaChanged, require_revision
from workers.ledger.work import processes, turns
from workers.ledger.work_items import POOLS, WorkKind

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Waiting

__all__ = ["Dispatcher", "Drained", "Hints", "Progress"]

_PAUSE = 0.2
"""Seconds between two rounds while work is under way or due."""
_IDLE_PAUSE = 1.0
_LONGEST_PAUSE = 10.0
"""Seconds between two rounds while the database or the broker is away."""
_log = structlog.get_logger(__name__)


class Hints(Protocol):
    """The queues of the broker, one for each pool. Both raise StoreError where it does not answer."""

    def waiting(self, pool: str) -> int:
        """Return how many hints nobody has taken yet."""
        ...

    def send(self, pool: str) -> None:
        """Say once that there is due work."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How things stand after a round; from the rows of the lanes alone."""

    hints: int
    """Sent in this round."""
    turns: int
    """Lanes that a worker has the turn of."""
    busy: int
    """Items under way."""
    waiting: int
    """Items that are open and not under way."""
    next_due_at: datetime | None
    """When the first lane without a turn is due."""
    next_waiting: Waiting | None
    """What comes then, and what it waits for; None while there is anything to do."""
    done: int
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """How a run ended."""

    done: int
    waiting: int
    """Not done: due later, or nobody came to it."""
    dead: int
    next_due_at: datetime | None = None
    interrupted: bool = False
    is_own_left: bool | None = None
    """Whether work of the own run is left, where no other was waited for."""


class Dispatcher:
    """Hands out turns; keeps nothing in memory that another dispatcher would need."""

    def __init__(  # noqa: PLR0913 - what is dispatched, by whom, and what is waited for
        self,
        ledger: Ledger,
        hints: Hints,
        clock: Callable[[], datetime],
        *,
        kinds: Collection[WorkKind] = frozenset(WorkKind),
        patience: float = 0.0,
        run: str | None = None,
    ) -> None:
        """Dispatch work of `kinds`; other work is left alone, and not waited for.

        `patience` is how many seconds the database or the broker may be away. Beside a standing watch,
        which is never done, only what `run` asked for is waited for; None: all that is due.
        """
        self._ledger, self._hints, self._clock = ledger, hints, clock
        self._kinds, self._patience, self._run = frozenset(kinds), patience, run

    def step(self) -> Progress:
        """Send the hints that are missing. Raises StoreError where database or broker do not answer.

        Raises SchemaChanged where the database was migrated.
        """
        now = self._clock()
        with self._ledger.read() as conn:
            require_revision(conn)
            due = {pool: turns.due_lanes(conn, pool, now, self._kinds) for pool in POOLS}
        sent = sum(self._top_up(pool, count) for pool, count in due.items())
        with self._ledger.read() as conn:
            return self._progress(conn, sent)

    def progress(self) -> Progress:
        """Return how things stand, without sending anything. Raises StoreError."""
        with self._ledger.read() as conn:
            return self._progress(conn, 0)

    def is_own_left(self, until: datetime) -> bool | None:
        """Say whether work of the own run is left, due now or put off to before `until`.

        None where all that is due is waited for: no standing watch lives. Raises StoreError.
        """
        if self._run is None:
            return None
        now = self._clock()
        with self._ledger.read() as conn:
            if not processes.watches(conn, now):
                return None
            return is_left_of(conn, self._run, now, until)

    def run_until_drained(
        self,
        deadline: datetime,
        interrupts: Interrupts,
        each_round: Callable[[Progress], None] = lambda _: None,
        mend: Callable[[], None] = lambda: None,
    ) -> Progress:
        """Dispatch until nothing is under way and nothing will be due before `deadline`.

        It also ends at the deadline, and when interrupted: whoever has started workers stops them then.
        `each_round` sees the progress of each round, `mend` puts right what it can where database or
        broker are away. Raises StoreError where they are so for longer than `patience`; who interrupts
        meanwhile gets what was seen last.
        """
        progress: Progress | None = None
        away_since: float | None = None
        pause = _PAUSE
        while True:
            try:
                progress = self.step()
                drained = self._is_drained(progress, deadline)
            except SchemaChanged:
                raise
            except StoreError as error:
                mend()
                away_since = time.monotonic() if away_since is None else away_since
                self._wait_out(error, away_since, pause)
                pause = min(_LONGEST_PAUSE, 2 * pause)
                if interrupts.draining and progress is not None:
                    return progress
                if interrupts.draining or self._clock() >= deadline:
                    raise
            else:
                if away_since is not None:
                    _log.warning("database and broker answer again")
                away_since = None
                each_round(progress)
                over = interrupts.draining or self._clock() >= deadline
                if over or drained:
                    return progress
                idle = not (progress.turns or self._is_due(progress))
                pause = _IDLE_PAUSE if idle else _PAUSE
            interrupts.wait(pause)

    def _wait_out(self, error: StoreError, since: float, pause: float) -> None:
        if time.monotonic() + pause > since + self._patience:
            raise error
        if pause <= _IDLE_PAUSE:
            _log.warning("waiting for database and broker", error=str(error))

    def _top_up(self, pool: str, due: int) -> int:
        missing = max(0, due - self._hints.waiting(pool)) if due else 0
        for _ in range(missing):
            self._hints.send(pool)
        return missing

    def _progress(self, conn: Connection, sent: int) -> Progress:
        now = self._clock()
        standing = turns.standing(conn, now, self._kinds)
        due = standing.next_due_at is not None and standing.next_due_at <= now
        idle = not (standing.busy or standing.turns or due)
        return Progress(
            hints=sent,
            turns=standing.turns,
            busy=standing.busy,
            waiting=max(0, standing.open - standing.busy),
            next_due_at=standing.next_due_at,
            next_waiting=turns.next_waiting(conn, now, self._kinds) if idle else None,
            done=standing.done,
            dead=standing.dead,
        )

    def _is_due(self, progress: Progress) -> bool:
        return progress.next_due_at is not None and progress.next_due_at <= self._clock()

    def _is_drained(self, progress: Progress, deadline: datetime) -> bool:
        own_left = self.is_own_left(deadline)
        if own_left is not None:
            return not own_left
        soon = progress.next_due_at is not None and progress.next_due_at < deadline
        of_all_kinds = self._kinds >= frozenset(WorkKind)
        return not (soon or progress.busy or (of_all_kinds and progress.turns))
