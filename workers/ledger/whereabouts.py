"""Where the pin of a finding is now, as far as visits have looked; asks no host.

Compared is the pin, not the lock: a lock may change elsewhere and still have it. What nobody looked at,
or nobody could read, is neither there nor gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import and_, func, select

from crawler import lockfiles
from crawler.model import Readable, Sighting, is_request
from workers.ledger.locks import read_lock
from workers.ledger.tables import head, sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from crawler.model import Finding, LockId

__all__ = ["Pinned", "Pins", "Presence", "Whereabouts", "pins_in", "whereabouts"]


class Presence(Enum):
    """Whether a pin is where it was found."""

    THERE = "there"
    """At the tip of a ref, as it was when this ref was last looked at."""
    UNSURE = "unsure"
    """It may be: where it was, nobody looked since, or the lock there cannot be read."""
    LOCK_GONE = "lock-gone"
    """No ref has a lock at this path."""
    PIN_GONE = "pin-gone"
    """Every lock at this path was read, and none has the pin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a pin is, the default branch first."""

    presence: Presence
    sightings: tuple[Sighting, ...] = ()
    """Of locks that have it, each at the tip of its ref; none unless the pin is THERE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What a stored lock pins."""

    artifacts: frozenset[object]
    whole: bool
    """Whether it was read to the end, so that there is nothing else."""


Pins: TypeAlias = "Callable[[LockId], Pinned | None]"
"""Tells what a lock pins; None for one that was never read."""


def pins_in(conn: Connection) -> Pins:
    """Return a teller that opens each lock once: a lock may have thousands of pins and of findings."""
    return cache(partial(_pinned, conn))


def _pinned(conn: Connection, lock: LockId) -> Pinned | None:
    stored = read_lock(conn, lock)
    if stored is None:
        return None
    return Pinned(
        artifacts=frozenset(pin.artifact for pin in stored.result.pins),
        whole=stored.result.readable is Readable.FULLY,
    )


def whereabouts(
    conn: Connection, repository_id: int | None, finding: Finding, pins: Pins | None = None
) -> Whereabouts:
    """Say where the pin of `finding` is at the path that it was found at, in this repository.

    Who asks for many findings hands over one teller (`pins_in`) for all of them.
    """
    seen = _seen(conn, repository_id, finding.sighting.path)
    now = [one for one in seen if not one.gone]
    has_pin = partial(_has_pin, pins or pins_in(conn), finding)
    bearing = [one for one in now if has_pin(one.sighting.oid)]
    at_tips = tuple(one.sighting for one in bearing if one.sighting.commit == one.tip)
    if at_tips:
        return Whereabouts(presence=Presence.THERE, sightings=at_tips)
    unread = {one.sighting.ref for one in now if has_pin(one.sighting.oid) is None}
    at_unread = (one.sighting for one in seen if one.sighting.ref in unread)
    if bearing or any(has_pin(sighting.oid) for sighting in at_unread):
        return Whereabouts(presence=Presence.UNSURE)
    return Whereabouts(presence=Presence.PIN_GONE if now else Presence.LOCK_GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    sighting: Sighting
    gone: bool
    tip: str | None
    """The commit that the ref had last; None: nobody knows such a ref now."""


def _seen(conn: Connection, repository_id: int | None, path: str) -> Sequence[_Seen]:
    """Return what was ever seen at `path`, default branches first and requests last."""
    at_ref = and_(head.c.repository_id == sighting.c.repository_id, head.c.ref == sighting.c.ref)
    columns = (sighting.c.ref, sighting.c.commit_id, sighting.c.oid, sighting.c.gone)
    rows = conn.execute(
        select(*columns, head.c.commit_id.label("tip"))
        .outerjoin(head, at_ref)
        .where(sighting.c.repository_id == repository_id, sighting.c.path == path)
        .order_by(func.coalesce(head.c.is_default, False).desc(), sighting.c.ref)
    )
    seen = [
        _Seen(sighting=Sighting(ref=ref, commit=commit, path=path, oid=oid), gone=gone, tip=tip)
        for ref, commit, oid, gone, tip in rows
    ]
    return sorted(seen, key=lambda one: is_request(one.sighting.ref))


def _has_pin(pins: Pins, finding: Finding, oid: str) -> bool | None:
    """Say whether a lock pins the same artifact; None where it could not be read to the end.

    The lock that the finding is in does: whether its pin is still judged so is not asked here.
    """
    if oid == finding.sighting.oid:
        return True
    pinned = pins(lockfiles.lock_id(finding.sighting.path, oid))
    if pinned is None:
        return None
    if finding.match.pin.artifact in pinned.artifacts:
        return True
    return False if pinned.whole else None
