"""How each kind of work is done in a turn: how much at a time, and how long that may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workers.ledger.work_items import WorkKind

__all__ = ["WORK_POLICIES", "WorkPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPolicy:
    """How one kind of work is done."""

    batch: int
    """Most items that are begun at once: as many as share a request or a transaction."""
    seconds: float
    """Longest time of a batch. Every call in it has a deadline of its own (a request 60 s, a repository
    60 s and as long again for the git program, a large lock 30 s): what takes longer hangs."""


WORK_POLICIES: Mapping[WorkKind, WorkPolicy] = MappingProxyType(
    {
        WorkKind.POLL: WorkPolicy(batch=1, seconds=3600.0),
        WorkKind.VERIFY: WorkPolicy(batch=20, seconds=1800.0),
        WorkKind.HUNT: WorkPolicy(batch=50, seconds=1800.0),
        WorkKind.SEARCH: WorkPolicy(batch=1, seconds=300.0),
        WorkKind.LIST: WorkPolicy(batch=1, seconds=900.0),
        WorkKind.PIVOT: WorkPolicy(batch=1, seconds=300.0),
        WorkKind.READ: WorkPolicy(batch=50, seconds=900.0),
        WorkKind.VISIT: WorkPolicy(batch=1, seconds=600.0),
        WorkKind.PRIVATE: WorkPolicy(batch=1, seconds=600.0),
        WorkKind.PLAN: WorkPolicy(batch=1, seconds=600.0),
    }
)
