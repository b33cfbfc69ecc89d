"""The dispatcher: leases what is due and sends its ids, never more than the workers can take.

The database is the truth and the broker a hint. What is sent is leased first; when a message, a worker
or the whole broker is lost, the lease runs out and the work is due again. Several dispatchers may run
on one database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from crawler.errors import StoreError
from workers.dispatch import backlog
from workers.dispatch.interrupts import Interrupts
from workers.dispatch.lanes import LANES, Batch, Due, plan
from workers.ledger import work
from workers.ledger.backlog import next_waiting
from workers.ledger.work import Leased, WorkKind

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Waiting

__all__ = ["Dispatcher", "Drained", "Progress", "Send"]

_PAUSE = 0.2
"""Seconds between two rounds while something is under way or about to be due."""


class Send(Protocol):
    """Puts a message into the broker."""

    def __call__(self, kind: WorkKind, leases: Sequence[tuple[int, int]]) -> None:
        """Send (id, fence) pairs of work of one kind; raises StoreError where it cannot."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What one round did, and how things stand after it."""

    messages: int
    """Sent in this round."""
    items: int
    """In these messages."""
    leased: int
    """Items under way."""
    due: int
    """Items that wait for a free slot."""
    waiting: int
    """Items that wait for their time."""
    next_due_at: datetime | None
    """The soonest of them."""
    next_waiting: Waiting | None
    """The soonest of them and what it waits for; None while there is anything else to do."""
    done: int
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """How a run ended."""

    done: int
    waiting: int
    """Not done: due later, without a free slot, or still under way."""
    dead: int
    next_due_at: datetime | None = None
    interrupted: bool = False


class Dispatcher:
    """Hands out work; keeps nothing in memory that another dispatcher would need."""

    def __init__(  # noqa: PLR0913 - a dispatcher is its ledger, its wire and what to hand out
        self,
        ledger: Ledger,
        send: Send,
        slots: Callable[[], Mapping[str, int]],
        clock: Callable[[], datetime],
        *,
        serial_hosts: Collection[str] = (),
        without: Collection[WorkKind] = (),
    ) -> None:
        """Dispatch from `ledger` through `send`.

        `slots` tells how many messages each queue may hold and run (twice the concurrency of its
        workers); `clock` gives UTC; `serial_hosts` are asked one thing at a time (GitHub's terms);
        work of the kinds in `without` is left for another run, and not waited for.
        """
        self._ledger, self._send, self._slots, self._clock = ledger, send, slots, clock
        self._serial, self._without = frozenset(serial_hosts), frozenset(without)

    def step(self, *, lease: bool = True) -> Progress:
        """Fill the free slots once; without `lease` only look.

        Raises StoreError where the database or the broker does not answer; what could not be sent
        is given back.
        """
        now = self._clock()
        batches = self._leased(now) if lease else ()
        for place, batch in enumerate(batches):
            self._deliver(batch, batches[place:])
        return self._progress(batches)

    def run_until_drained(
        self,
        deadline: datetime,
        interrupts: Interrupts,
        each_round: Callable[[Progress], None] = lambda _: None,
    ) -> Drained:
        """Dispatch until nothing is under way and nothing will be due before `deadline`.

        At the deadline, or when interrupted once, nothing new is leased and what is under way may
        end; interrupted twice, it returns at once. `each_round` sees the progress of each round.
        """
        while True:
            progress = self.step(lease=not interrupts.draining and self._clock() < deadline)
            each_round(progress)
            if interrupts.stopping or self._is_over(progress, deadline, interrupts):
                return Drained(
                    done=progress.done,
                    waiting=progress.waiting + progress.due + progress.leased,
                    dead=progress.dead,
                    next_due_at=progress.next_due_at,
                    interrupted=interrupts.draining,
                )
            interrupts.wait(_PAUSE)

    def _is_over(self, progress: Progress, deadline: datetime, interrupts: Interrupts) -> bool:
        if progress.leased:
            return False
        if interrupts.draining or self._clock() >= deadline:
            return True
        soon = progress.next_due_at is not None and progress.next_due_at < deadline
        return not (progress.due or soon)

    def _leased(self, now: datetime) -> tuple[tuple[Leased, ...], ...]:
        # Counting much work takes a while, and a count that is a moment old leases nothing twice.
        with self._ledger.read() as conn:
            due = [group for group in backlog.due(conn, now) if group.kind not in self._without]
        return self._ledger.transaction(lambda conn: self._lease(conn, due, now))

    def _lease(
        self, conn: Connection, due: Sequence[Due], now: datetime
    ) -> tuple[tuple[Leased, ...], ...]:
        backlog.one_at_a_time(conn)
        flying = backlog.in_flight(conn, now)
        planned = plan(due, flying, self._slots(), self._serial)
        taken = (_take(conn, batch, now, place) for place, batch in enumerate(planned))
        return tuple(leases for leases in taken if leases)

    def _deliver(self, batch: Sequence[Leased], unsent: Sequence[Sequence[Leased]]) -> None:
        try:
            self._send(batch[0].kind, [(one.id, one.fence) for one in batch])
        except StoreError:
            now = self._clock()
            self._ledger.transaction(lambda conn: _give_back(conn, unsent, now))
            raise

    def _progress(self, batches: Sequence[Sequence[Leased]]) -> Progress:
        now = self._clock()
        with self._ledger.read() as conn:
            counted = work.counts(conn, now)
            queues = [queue for queue in counted if queue.kind not in self._without]
            idle = not any(queue.due or queue.leased for queue in queues)
            waits = next_waiting(conn, now, self._without) if idle else None
        soonest = [queue.next_due_at for queue in queues if queue.next_due_at is not None]
        return Progress(
            messages=len(batches),
            items=sum(len(batch) for batch in batches),
            leased=sum(queue.leased for queue in queues),
            due=sum(queue.due for queue in queues),
            waiting=sum(queue.waiting for queue in queues),
            next_due_at=min(soonest, default=None),
            next_waiting=waits,
            done=sum(queue.done for queue in queues),
            dead=sum(queue.dead for queue in queues),
        )


def _take(conn: Connection, batch: Batch, now: datetime, place: int) -> tuple[Leased, ...]:
    # A millisecond apart: the end of its leases is what tells one message from another.
    seconds = LANES[batch.kind].lease_seconds + place / 1000
    return work.lease(conn, batch.kind, batch.size, seconds, now, batch.host)


def _give_back(conn: Connection, unsent: Sequence[Sequence[Leased]], now: datetime) -> None:
    for batch in unsent:
        for one in batch:
            work.postpone(conn, one.id, one.fence, now, "the broker did not answer")
