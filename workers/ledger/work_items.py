"""Work as values: what is offered, what is leased, what a queue holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

__all__ = ["PARTIAL", "Dead", "Leased", "Queue", "Waiting", "WorkItem", "WorkKind", "WorkState"]

PARTIAL = "part"
"""The first word behind the host in the key of a page of a list that leaves out what has not changed."""


class WorkKind(StrEnum):
    """What there is to do."""

    POLL = "poll"
    SEARCH = "search"
    LIST = "list"
    READ = "read"
    """Repositories read through the API of their host, which wants a token."""
    VISIT = "visit"
    """Repositories read over the git protocol, by a process without any token."""
    PIVOT = "pivot"
    """A look around the repository of a finding: its forks, what else its owner has."""
    HUNT = "hunt"
    VERIFY = "verify"
    PLAN = "plan"
    """A round of a recurring step of the standing watch: it offers work of the other kinds."""


class WorkState(StrEnum):
    """What has become of work; a lease is a time, not a state."""

    OPEN = "open"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """Something to do; (kind, key) is its identity."""

    kind: WorkKind
    key: str
    due_at: datetime
    host: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    """JSON; small: ids and cursors, never documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """Work that is ours until the lease runs out."""

    id: int
    kind: WorkKind
    key: str
    host: str | None
    payload: Mapping[str, Any]
    fence: int
    """To be shown with the result."""
    attempts: int
    """Failed or lost before this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How much work of a kind there is."""

    kind: WorkKind
    due: int = 0
    leased: int = 0
    waiting: int = 0
    next_due_at: datetime | None = None
    """The soonest of those waiting."""
    done: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The next work whose time has not come, and what it waits for."""

    kind: WorkKind
    host: str | None
    due_at: datetime
    why: str
    """The last error or request to wait; empty for work that is simply due later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """Work that was given up; another run opens it again."""

    id: int
    kind: WorkKind
    key: str
    host: str | None
    attempts: int
    why: str
