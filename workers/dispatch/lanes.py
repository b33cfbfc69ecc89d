"""How each kind of work travels: its queue, how much goes into a message, how long it is held."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from workers.ledger.work import WorkKind

__all__ = ["LANES", "Batch", "Due", "Lane", "plan", "task_name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The way of one kind of work."""

    queue: str
    batch: int
    """Most items in one message; all of one host."""
    lease_seconds: float
    """Covers the wait in the queue and the start; a task that runs extends it bit by bit."""
    per_host: int | None = None
    """Most messages of one host at a time; None: as many as there are slots."""


LANES: Mapping[WorkKind, Lane] = MappingProxyType(
    {
        # First what changes verdicts and what people wait for, last the long haul.
        WorkKind.POLL: Lane(queue="api", batch=1, lease_seconds=900, per_host=1),
        WorkKind.PLAN: Lane(queue="api", batch=1, lease_seconds=600, per_host=1),
        WorkKind.VERIFY: Lane(queue="git", batch=20, lease_seconds=600),
        WorkKind.HUNT: Lane(queue="api", batch=50, lease_seconds=600),
        WorkKind.SEARCH: Lane(queue="api", batch=5, lease_seconds=600, per_host=1),
        WorkKind.LIST: Lane(queue="api", batch=1, lease_seconds=600, per_host=1),
        WorkKind.PIVOT: Lane(queue="api", batch=5, lease_seconds=600, per_host=1),
        WorkKind.READ: Lane(queue="api", batch=50, lease_seconds=600, per_host=1),
        WorkKind.VISIT: Lane(queue="git", batch=50, lease_seconds=900),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Work of one kind and host that may be handed out now."""

    kind: WorkKind
    host: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A message to be: this many items of one kind and host."""

    kind: WorkKind
    host: str | None
    size: int


def task_name(kind: WorkKind) -> str:
    """Return the name of the task that does work of `kind`."""
    return f"ghostcrawl.{kind.value}"


def plan(
    due: Sequence[Due],
    flying: Mapping[tuple[WorkKind, str | None], int],
    slots: Mapping[str, int],
    serial_hosts: Collection[str] = (),
) -> tuple[Batch, ...]:
    """Return the messages that fill the free slots, and none more.

    `flying` counts the messages under way per kind and host, `slots` those allowed per queue. A host of
    `serial_hosts` gets one message of a kind at a time. Where little is due the batches are small,
    so that it is spread over all free slots; hosts take turns, so that a large one starves nobody.
    """
    batches: list[Batch] = []
    for queue, allowed in slots.items():
        mine = [group for group in due if LANES[group.kind].queue == queue]
        busy = sum(n for (kind, _), n in flying.items() if LANES[kind].queue == queue)
        batches += _share(mine, Counter(flying), allowed - busy, serial_hosts)
    return tuple(batches)


def _share(
    groups: Sequence[Due],
    flying: Counter[tuple[WorkKind, str | None]],
    free: int,
    serial_hosts: Collection[str],
) -> list[Batch]:
    batches: list[Batch] = []
    left = {(group.kind, group.host): group.count for group in groups}
    ready = list(left)
    share = math.ceil(sum(left.values()) / free) if free > 0 else 0
    while free > len(batches) and ready:
        for key in tuple(ready):
            if flying[key] >= _most(key, serial_hosts) or left[key] == 0:
                ready.remove(key)
            elif free > len(batches):
                size = min(left[key], max(1, min(LANES[key[0]].batch, share)))
                batches.append(Batch(kind=key[0], host=key[1], size=size))
                left[key] -= size
                flying[key] += 1
    return batches


def _most(key: tuple[WorkKind, str | None], serial_hosts: Collection[str]) -> float:
    kind, host = key
    if host is not None and host in serial_hosts:
        return 1
    per_host = LANES[kind].per_host
    return math.inf if per_host is None or host is None else per_host
