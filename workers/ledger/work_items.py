"""Work as values: what is offered, what is leased, what a queue holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

__all__ = [
    "OF_OWNERS",
    "PARTIAL",
    "POOLS",
    "READING",
    "Dead",
    "LaneName",
    "Leased",
    "Queue",
    "Waiting",
    "WorkItem",
    "WorkKind",
    "WorkState",
    "kinds_of",
    "lane_of",
]

PARTIAL = "part"
"""The first word behind the host in the key of a page of a list that leaves out what has not changed."""
OF_OWNERS = f"{PARTIAL} owners"
"""The first words there of a page of what one owner has."""
POOLS = ("api", "git")
"""`api` asks hosts and indexes, and holds the tokens; `git` reads what strangers wrote, without any."""


class WorkKind(StrEnum):
    """What there is to do."""

    POLL = "poll"
    SEARCH = "search"
    LIST = "list"
    READ = "read"
    """Repositories read through the API of their host, which wants a token."""
    VISIT = "visit"
    """Repositories read over the git protocol, by a process without any token."""
    PRIVATE = "private"
    """Private repositories, read over the git protocol with the token of their host."""
    PIVOT = "pivot"
    """A look around the repository of a finding: its forks, what else its owner has."""
    HUNT = "hunt"
    VERIFY = "verify"
    PLAN = "plan"
    """A round of a recurring step of the standing watch: it offers work of the other kinds."""


READING = frozenset({WorkKind.READ, WorkKind.VISIT, WorkKind.PRIVATE})
"""Visits of repositories."""


class WorkState(StrEnum):
    """What has become of work; that it is under way is known to its lane."""

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
class LaneName:
    """What is done one after the other: the work of one host in one pool, a feed, the hunts."""

    key: str
    pool: str
    """Whose processes do it; one of `POOLS`."""
    host: str | None = None
    """Whose pause is the pause of the lane."""


def lane_of(kind: WorkKind, host: str | None, key: str) -> LaneName:
    """Return the lane of work; all that is asked of the API of a host is in one, as terms of use want.

    A feed that a host answers, with the token of that host, is named with it.
    """
    match kind:
        case WorkKind.SEARCH | WorkKind.LIST | WorkKind.READ | WorkKind.PRIVATE | WorkKind.PIVOT:
            return LaneName(key=f"api:{host or ''}", pool="api", host=host)
        case WorkKind.POLL if host is not None:
            return LaneName(key=f"api:{host}", pool="api", host=host)
        case WorkKind.VISIT | WorkKind.VERIFY:
            return LaneName(key=f"git:{host or ''}", pool="git", host=host)
        case WorkKind.POLL:
            return LaneName(key=f"feed:{key}", pool="api")
        case WorkKind.HUNT:
            return LaneName(key="hunt", pool="api")
        case WorkKind.PLAN:
            return LaneName(key="plan", pool="api")
        case _:
            assert_never(kind)


def kinds_of(lane: str) -> tuple[WorkKind, ...]:
    """Return the kinds of work in a lane; in a lane of `git` the first of them goes first."""
    match lane.partition(":")[0]:
        case "api":
            return (
                WorkKind.SEARCH,
                WorkKind.LIST,
                WorkKind.PIVOT,
                WorkKind.READ,
                WorkKind.PRIVATE,
                WorkKind.POLL,
            )
        case "git":
            return (WorkKind.VERIFY, WorkKind.VISIT)
        case "feed":
            return (WorkKind.POLL,)
        case "hunt":
            return (WorkKind.HUNT,)
        case "plan":
            return (WorkKind.PLAN,)
        case _:
            return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """Work that is under way in a turn of ours."""

    id: int
    kind: WorkKind
    key: str
    host: str | None
    payload: Mapping[str, Any]
    fence: int
    """Of the turn; to be shown with the result."""
    attempts: int
    """Failed before this one."""
    suspect: bool = False
    """A turn was lost while it was under way: it is done alone, in a process of its own."""


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
