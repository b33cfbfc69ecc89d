"""A worker's part: takes the turns of lanes that are due, and does their work.

A turn lasts about ten seconds: the next few items of one kind are begun, done, and so on, until the time is
over, nothing is due, or the process is to end. Every item has the whole of its work written in
transactions that show the fence of the turn.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from crawler.errors import StoreError
from workers.dispatch.policies import WORK_POLICIES
from workers.ledger import work
from workers.ledger.revision import require_revision
from workers.ledger.work import turns as ledger_turns
from workers.ledger.work_items import WorkKind, kinds_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from workers.dispatch.beat import Beat, HeldTurn
    from workers.ledger.ledger import Ledger
    from workers.ledger.work.turns import Turn
    from workers.ledger.work_items import Leased

__all__ = ["Alone", "Do", "TurnEnded", "Turns"]

_TURN = 10.0
"""Seconds after which no new work is begun in a turn."""
_PATIENCE = 60.0
"""Seconds in which a database that is away may come back before a turn is given up for lost."""
_PAUSE = 1.0
_REST = 5.0
_log = structlog.get_logger(__name__)

Do = Callable[[WorkKind, "Sequence[Leased]"], None]
"""Does work of one kind and lane, and ends each of it in the ledger."""
Alone = Callable[["Leased", Callable[[], bool]], "str | None"]
"""Does suspect work in a process of its own, until asked to stop; returns how that process died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """What a turn came to; metrics are made of this."""

    lane: str
    worker: str
    items: Mapping[WorkKind, int]
    """Items begun, by kind."""
    seconds: float
    is_lost: bool


class Turns:
    """Takes turns in one pool; several threads call `work_off` at once."""

    def __init__(  # noqa: PLR0913 - a worker is its ledger, its beat, and how work is done
        self,
        ledger: Ledger,
        beat: Beat,
        clock: Callable[[], datetime],
        do: Do,
        alone: Alone,
        *,
        pool: str,
        kinds: Collection[WorkKind] = frozenset(WorkKind),
        ended: Callable[[TurnEnded], None] = lambda _: None,
        seconds: float = _TURN,
    ) -> None:
        """Take turns in `pool`, of work of `kinds` only; `ended` is called after every turn."""
        self._ledger, self._beat, self._clock = ledger, beat, clock
        self._do, self._alone, self._ended = do, alone, ended
        self._pool, self._kinds, self._seconds = pool, frozenset(kinds), seconds
        self._last: dict[str, WorkKind] = {}
        self._stop = threading.Event()

    def stop(self) -> None:
        """Begin nothing any more; what is under way goes on to its end."""
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        """Whether nothing is begun any more."""
        return self._stop.is_set()

    def work_off(self) -> int:
        """Take one turn after the other until none is due; return how many.

        Raises SchemaChanged where the database was migrated, StoreError where it does not answer.
        """
        count = 0
        while not self._stop.is_set() and (turn := self._take()) is not None:
            self._work_on(turn)
            count += 1
        return count

    def _take(self) -> Turn | None:
        self._beat.tell_time()
        return self._ledger.transaction(self._take_in)

    def _take_in(self, conn: Connection) -> Turn | None:
        require_revision(conn)
        return ledger_turns.take(
            conn, self._beat.name, self._clock(), pool=self._pool, kinds=self._kinds
        )

    def _work_on(self, turn: Turn) -> None:
        began = time.monotonic()
        items: dict[WorkKind, int] = {}
        of_turn = {"worker": self._beat.name, "lane": turn.lane, "fence": turn.fence}
        with self._beat.holding(turn) as held, structlog.contextvars.bound_contextvars(**of_turn):
            try:
                while time.monotonic() < began + self._seconds and not self._stop.is_set():
                    kind, begun = self._begin(turn, held)
                    if not begun:
                        break
                    items[kind] = items.get(kind, 0) + len(begun)
                    self._do_all(turn, kind, begun)
                self._write(lambda conn: ledger_turns.end(conn, turn, self._clock()))
            except StoreError as error:
                _log.warning("turn not ended well", lane=turn.lane, error=str(error))
                self._write(lambda conn: ledger_turns.end(conn, turn, self._clock()), _PATIENCE)
                self._stop.wait(_REST)  # or what cannot be stored is asked for again and again
        seconds = time.monotonic() - began
        self._ended(
            TurnEnded(
                lane=turn.lane,
                worker=self._beat.name,
                items=items,
                seconds=seconds,
                is_lost=held.is_lost,
            )
        )

    def _begin(self, turn: Turn, held: HeldTurn) -> tuple[WorkKind, tuple[Leased, ...]]:
        """Begin the next work of a turn: that of the first kind in turn of which anything is due."""
        kinds = self._in_turn(turn.lane)
        if held.is_lost:
            return kinds[0], ()
        kind, begun = self._ledger.transaction(partial(self._begin_in, turn=turn, kinds=kinds))
        self._last[turn.lane] = kind
        held.begin(kind)
        return kind, begun

    def _begin_in(
        self, conn: Connection, turn: Turn, kinds: Sequence[WorkKind]
    ) -> tuple[WorkKind, tuple[Leased, ...]]:
        now = self._clock()
        for kind in kinds:
            begun = ledger_turns.begin(conn, turn, kind, WORK_POLICIES[kind].batch, now)
            if begun is None:
                break
            if begun:
                return kind, begun
        return kinds[0], ()

    def _in_turn(self, lane: str) -> Sequence[WorkKind]:
        """Return the kinds of a lane: of `git` as they are, of others behind the one that was last."""
        kinds = [kind for kind in kinds_of(lane) if kind in self._kinds]
        last = self._last.get(lane)
        if self._pool == "git" or last not in kinds:
            return kinds
        place = kinds.index(last) + 1
        return [*kinds[place:], *kinds[:place]]

    def _do_all(self, turn: Turn, kind: WorkKind, begun: Sequence[Leased]) -> None:
        try:
            if begun[0].suspect:
                self._do_alone(begun[0])
            else:
                self._do(kind, begun)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - logged, and counted as an attempt
            # A bug, or a document that nobody foresaw: it must not take the rest of the lane along.
            _log.exception("work failed", lane=turn.lane, kind=kind.value)
            self._blame(begun, f"internal error: {type(error).__name__}")

    def _do_alone(self, item: Leased) -> None:
        death = self._alone(item, self._stop.is_set)
        if death is not None:
            self._write(lambda conn: work.lost(conn, item.id, item.fence, death, self._clock()))

    def _blame(self, begun: Sequence[Leased], why: str) -> None:
        if len(begun) == 1:
            (item,) = begun
            self._write(lambda conn: work.fail(conn, item.id, item.fence, why, self._clock()))
        else:
            pairs = [(item.id, item.fence) for item in begun]
            self._write(lambda conn: ledger_turns.suspect(conn, pairs))

    def _write(self, write: Callable[[Connection], object], patience: float = 0.0) -> None:
        """Write, and try again for `patience` seconds; after that the turn is lost, and what it began."""
        until = time.monotonic() + patience
        while True:
            try:
                self._ledger.transaction(write)
            except StoreError as error:
                if not patience:
                    raise
                if time.monotonic() >= until or self._stop.is_set():
                    _log.warning("turn lost", error=str(error))
                    return
                time.sleep(_PAUSE)
            else:
                return
