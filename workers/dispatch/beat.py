"""The beat of a process: says every few seconds that it lives, and keeps the turns that make progress.

A thread cannot be killed. A turn whose work takes longer than all the deadlines in it together hangs, and
only the end of the process ends it. The age of work is counted in beats: a process that was stopped
for minutes does not take its own work for hanging.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

import structlog

from crawler.errors import StoreError
from workers.dispatch.policies import WORK_POLICIES
from workers.ledger.work import processes, turns
from workers.ledger.work.processes import Process

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.clock import SharedClock
    from workers.ledger.ledger import Ledger
    from workers.ledger.work.turns import Turn
    from workers.ledger.work_items import WorkKind

__all__ = ["BEAT_SECONDS", "Beat", "HeldTurn", "WorkerIdentity", "new_name"]

BEAT_SECONDS = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerIdentity:
    """What a process says of itself."""

    name: str
    """Unique among all processes that ever were: host, process id and a random part."""
    pool: str
    threads: int
    version: str


def new_name() -> str:
    """Return the name of this process among all that there ever were."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


@dataclass(slots=True, kw_only=True, eq=False)
class HeldTurn:
    """A turn of this process."""

    turn: Turn
    is_lost: bool = False
    """Somebody else has taken it over: whatever is written in it is refused."""
    age: float = 0.0
    """Seconds since its last work began, as far as this process ran."""
    allowed: float = 60.0
    """Seconds that it may take."""

    def begin(self, kind: WorkKind) -> None:
        """Note that work of `kind` begins now."""
        self.allowed = WORK_POLICIES[kind].seconds
        self.age = 0.0


class Beat:
    """One per process; a context manager that beats while its block runs."""

    def __init__(
        self,
        ledger: Ledger,
        clock: SharedClock,
        identity: WorkerIdentity,
        *,
        overrun: Callable[[], None],
        seconds: float = BEAT_SECONDS,
    ) -> None:
        """Beat every `seconds`; `overrun` ends the process, when work in one of its turns hangs."""
        self._ledger, self._clock, self._identity = ledger, clock, identity
        self._overrun, self._seconds = overrun, seconds
        self._held: list[HeldTurn] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)
        self._begun_at = clock()
        self._silent = False
        self.turns = 0
        """Turns that this process has ended."""

    @property
    def name(self) -> str:
        """Who has the turns of this process."""
        return self._identity.name

    @contextmanager
    def holding(self, turn: Turn) -> Iterator[HeldTurn]:
        """Keep `turn` while the block runs."""
        held = HeldTurn(turn=turn)
        with self._lock:
            self._held.append(held)
        try:
            yield held
        finally:
            with self._lock:
                self._held.remove(held)
                self.turns += 1

    @property
    def held(self) -> Sequence[HeldTurn]:
        """The turns of this process."""
        with self._lock:
            return tuple(self._held)

    def beat(self) -> None:
        """Keep the turns and write the row of this process, once. Raises StoreError."""
        held = self.held
        for one in held:
            one.age += self._seconds
        hanging = [one for one in held if one.age > one.allowed]
        kept = {one.turn: one for one in held if one not in hanging}
        self.tell_time()
        for turn in self._ledger.transaction(partial(self._write, kept=tuple(kept))):
            kept[turn].is_lost = True
        if hanging:
            self.give_back(hanging)
            _log.error("work hangs", lanes=[one.turn.lane for one in hanging])
            self._overrun()

    def tell_time(self) -> None:
        """Ask the database for its time. Raises StoreError."""
        self._clock.set(self._ledger.now())

    def give_back(self, hanging: Sequence[HeldTurn] = ()) -> None:
        """End all turns now, before the process ends; what hangs is to blame. Raises StoreError."""
        held = self.held
        now = self._clock()

        def write(conn: Connection) -> None:
            for one in sorted(held, key=lambda one: one.turn.lane):
                end = turns.lose if one in hanging else turns.end
                end(conn, one.turn, now)

        self._ledger.transaction(write)

    def _write(self, conn: Connection, kept: Sequence[Turn]) -> frozenset[Turn]:
        now = self._clock()
        process = Process(
            name=self._identity.name,
            pool=self._identity.pool,
            started_at=self._begun_at,
            beat_at=now,
            clock_offset=self._clock.offset,
            version=self._identity.version,
            turns=self.turns,
            threads=self._identity.threads,
        )
        processes.note(conn, process)
        return turns.keep(conn, kept, now)

    def __enter__(self) -> Self:
        self.tell_time()
        self._begun_at = self._clock()
        self.beat()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._ledger.transaction(lambda conn: processes.leave(conn, self._identity.name))

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            try:
                self.beat()
            except StoreError as error:
                # The next beat may work; if none does, the turns are lost and others take over.
                if not self._silent:
                    _log.warning("turns are not kept", error=str(error))
                self._silent = True
            else:
                self._silent = False
