"""The one queue of due work, which is also the outbox; `turns` says who does it.

Work is open, done or dead. Open work is due at a moment, in a lane. A process takes the turn of a lane;
what it begins in it is named in the row of the lane, and it shows the fence of the turn when it writes.
"""

from __future__ import annotations

from workers.ledger.backlog import counts, dead
from workers.ledger.work.endings import fail, finish, finish_all, held, lost, postpone
from workers.ledger.work.offers import offer, replan
from workers.ledger.work_items import Dead, Leased, Queue, WorkItem, WorkKind

__all__ = [
    "Dead",
    "Leased",
    "Queue",
    "WorkItem",
    "WorkKind",
    "counts",
    "dead",
    "fail",
    "finish",
    "finish_all",
    "held",
    "lost",
    "offer",
    "postpone",
    "replan",
]
