"""Work that is done in this process, in the turn of its lane as a worker would."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from crawler.errors import Retry
from workers.dispatch.beat import Beat, WorkerIdentity, new_name
from workers.ledger.work import lane_changes, turns
from workers.ledger.work_items import WorkKind, lane_of
from workers.runs import Run
from workers.steps.hunt import Hunted, HuntStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from workers.ledger.work.turns import Turn
    from workers.wiring import Wiring

__all__ = ["hunt_all", "turn_of_host"]

_BATCH = 500


def hunt_all(wiring: Wiring) -> Hunted:
    """Do every hunt that is due: changed verdicts against the locks that are stored already.

    Where a worker has the turn of the hunts at this moment, it does them.
    """
    projects = locks = new = reopened = retracted = 0
    for hunted in _hunts(wiring):
        projects += hunted.projects
        locks += hunted.locks
        new += hunted.new
        reopened += hunted.reopened
        retracted += hunted.retracted
    return Hunted(projects=projects, locks=locks, new=new, reopened=reopened, retracted=retracted)


@contextmanager
def turn_of_host(wiring: Wiring, host: str) -> Iterator[None]:
    """Keep everybody else from asking the API of `host` while the block runs, as its terms want.

    Raises Retry where a worker has the turn at this moment. A process that was stopped for longer than a turn
    lives may have lost it to a worker: then no further request of the block is sent, and it raises Retry.
    """
    ledger, clock = wiring.ledger, wiring.clock
    name = lane_of(WorkKind.POLL, host, "")

    def make(conn: Connection) -> None:
        lane_changes.change_of(conn, name.key).name = name

    ledger.transaction(make)
    with _beat(wiring) as beat:
        turn = ledger.transaction(lambda conn: turns.reserve(conn, beat.name, name.key, clock()))
        if turn is None:
            msg = f"{host} is being asked by a `run` or `crawl`, and only one may ask at a time: wait until it ends; a `run` polls its feeds itself"
            raise Retry(msg)
        with beat.holding(turn) as held:
            held.begin(WorkKind.POLL)
            wiring.may_ask = partial(_require, wiring, turn, host)
            try:
                yield
            finally:
                wiring.may_ask = lambda: None
                ledger.transaction(lambda conn: turns.end(conn, turn, clock()))


def _require(wiring: Wiring, turn: Turn, host: str) -> None:
    """Keep `turn` for the next request; raises Retry where it is lost."""
    if wiring.ledger.transaction(lambda conn: turns.keep(conn, [turn], wiring.clock())):
        msg = f"{host} is asked no further: this process stood still for more than {turns.TURN_SECONDS:.0f} s, and a `run` or `crawl` asks it now"
        raise Retry(msg)


def _beat(wiring: Wiring) -> Beat:
    identity = WorkerIdentity(name=new_name(), pool="command", threads=1, version=wiring.version)
    return Beat(wiring.ledger, wiring.clock, identity, overrun=partial(os._exit, 70))


def _hunts(wiring: Wiring) -> Iterator[Hunted]:
    ledger, clock = wiring.ledger, wiring.clock
    step = HuntStep(
        ledger=ledger,
        registries=wiring.registries,
        run=Run.start(clock()),
        supports_pivot=wiring.hosts.supports_pivot,
        clock=clock,
        cases=wiring.case_policy,
    )
    with _beat(wiring) as beat:
        turn = ledger.transaction(lambda conn: turns.take(conn, beat.name, clock(), key="hunt"))
        if turn is None:
            return
        with beat.holding(turn) as held:
            held.begin(WorkKind.HUNT)
            while begun := ledger.transaction(
                lambda conn: turns.begin(conn, turn, WorkKind.HUNT, _BATCH, clock())
            ):
                yield step.hunt(begun)
            ledger.transaction(lambda conn: turns.end(conn, turn, clock()))
