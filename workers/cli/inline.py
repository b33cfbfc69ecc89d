"""Work that needs no network and no broker, done in this process."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from workers.dispatch.beat import Beat, WorkerIdentity, new_name
from workers.ledger.work import turns
from workers.ledger.work_items import WorkKind
from workers.runs import Run
from workers.steps.hunt import Hunted, HuntStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workers.wiring import Wiring

__all__ = ["hunt_all"]

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


def _hunts(wiring: Wiring) -> Iterator[Hunted]:
    ledger, clock = wiring.ledger, wiring.clock
    identity = WorkerIdentity(name=new_name(), pool="command", threads=1, version=wiring.version)
    step = HuntStep(
        ledger=ledger,
        registries=wiring.registries,
        run=Run.start(clock()),
        supports_pivot=wiring.hosts.supports_pivot,
        clock=clock,
        cases=wiring.case_policy,
    )
    with Beat(ledger, clock, identity, overrun=partial(os._exit, 70)) as beat:
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
