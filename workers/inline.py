"""Work that needs no network and no broker, done in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.ledger import work
from workers.ledger.work_items import WorkKind
from workers.runs import Run
from workers.steps.hunt import Hunted, HuntStep

if TYPE_CHECKING:
    from workers.wiring import Wiring

__all__ = ["hunt_all"]

_BATCH = 500
_LEASE_SECONDS = 300


def hunt_all(wiring: Wiring) -> Hunted:
    """Do every hunt that is due: changed verdicts against the locks that are stored already."""
    step = HuntStep(
        ledger=wiring.ledger,
        registries=wiring.registries,
        run=Run.start(wiring.clock()),
        supports_pivot=wiring.hosts.supports_pivot,
        clock=wiring.clock,
    )
    projects = locks = new = reopened = retracted = 0
    while leased := wiring.ledger.transaction(
        lambda conn: work.lease(conn, WorkKind.HUNT, _BATCH, _LEASE_SECONDS, wiring.clock())
    ):
        hunted = step.hunt(leased)
        projects += hunted.projects
        locks += hunted.locks
        new += hunted.new
        reopened += hunted.reopened
        retracted += hunted.retracted
    return Hunted(projects=projects, locks=locks, new=new, reopened=reopened, retracted=retracted)
