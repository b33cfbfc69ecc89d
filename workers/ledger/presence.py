"""Which sightings a visit takes away: what was not looked at may still be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from sqlalchemy import select, update

from crawler.git.walk import HOLDS_COMMANDS
from crawler.model import Finding, FindingStatus, Outcome, ref_kind
from workers.ledger.sql.keys import batched
from workers.ledger.tables import finding, head, sighting, visit_skipped
from workers.ledger.whereabouts import Presence, pins_in, whereabouts
from workers.values import decode

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Sighting, Visit

__all__ = ["no_ref_is_left", "note_absences", "take_away"]


_IS_GONE = frozenset({Presence.PIN_GONE, Presence.LOCK_GONE})


def no_ref_is_left(brought: Visit) -> bool:
    """Say whether the visit found that there is no ref any more: the repository is gone or empty."""
    match brought.outcome:
        case Outcome.GONE | Outcome.BLOCKED:
            return True
        case Outcome.EMPTY:
            return not brought.skipped
        case (
            Outcome.VISITED
            | Outcome.UNCHANGED
            | Outcome.PRIVATE
            | Outcome.DEFERRED
            | Outcome.FAILED
        ):
            return False
        case _:
            assert_never(brought.outcome)


def take_away(conn: Connection, repository_id: int, brought: Visit) -> None:
    """Mark the sightings as gone that `brought` would have seen again if they were still there.

    To be called before its own sightings are stored. A host that wants credentials, asks to wait or
    fails tells nothing of the repository.
    """
    if not (brought.outcome is Outcome.VISITED or no_ref_is_left(brought)):
        return
    columns = (sighting.c.id, sighting.c.ref, sighting.c.path, sighting.c.oid)
    here = (sighting.c.repository_id == repository_id, ~sighting.c.gone)
    look = _Look(brought)
    lost = [
        row.id
        for row in conn.execute(select(*columns).where(*here))
        if look.misses(row.ref, row.path, row.oid)
    ]
    for some in batched(lost):
        conn.execute(update(sighting).where(sighting.c.id.in_(some)).values(gone=True))


def note_absences(conn: Connection, repository_id: int, brought: Visit, now: datetime) -> None:
    """Note of findings whose pin is gone that this visit looked there and did not see it either.

    To be called after the visit was recorded. What it left out, could not read, or was not told by the host
    is no look.
    """
    gone = (FindingStatus.GONE.value, FindingStatus.GONE_AT_REFS.value)
    here = (finding.c.repository_id == repository_id, finding.c.state.in_(gone))
    ended = [decode(Finding, body) for body in conn.scalars(select(finding.c.body).where(*here))]
    if not ended:
        return
    pins = pins_in(conn)
    seen = [
        one.key
        for one in ended
        if _looked(conn, repository_id, brought, one.sighting)
        and (
            no_ref_is_left(brought)
            or whereabouts(conn, repository_id, one, pins).presence in _IS_GONE
        )
    ]
    for some in batched(seen):
        conn.execute(update(finding).where(finding.c.key.in_(some)).values(absent_at=now))


def _looked(conn: Connection, repository_id: int, brought: Visit, at: Sighting) -> bool:
    """Say whether a visit looked at the place of a lock and did not see it there as it was."""
    if brought.outcome is not Outcome.UNCHANGED:
        is_look = brought.outcome is Outcome.VISITED or no_ref_is_left(brought)
        return is_look and _Look(brought).misses(at.ref, at.path, at.oid)
    if brought.skipped or _was_partial(conn, repository_id, at.path):
        return False
    in_full = brought.refs.kinds - set(brought.refs_left_out)
    return ref_kind(at.ref) in in_full or at.ref in {one.ref for one in brought.heads}


def _was_partial(conn: Connection, repository_id: int, path: str) -> bool:
    """Say whether the last look at heads that have not changed since has left something out."""
    left_out = select(visit_skipped.c.position).where(
        visit_skipped.c.repository_id == repository_id, visit_skipped.c.reason != HOLDS_COMMANDS
    )
    roots = select(head.c.ref).where(head.c.repository_id == repository_id, head.c.root_only)
    nested = "/" in path and conn.scalar(roots.limit(1)) is not None
    return nested or conn.scalar(left_out.limit(1)) is not None


class _Look:
    """Where a visit has looked."""

    def __init__(self, brought: Visit) -> None:
        self._nothing_left = no_ref_is_left(brought)
        self._refs = {head.ref for head in brought.heads}
        self._in_full = brought.refs.kinds - set(brought.refs_left_out)
        self._seen = {(one.ref, one.path): one.oid for one in brought.sightings}
        self._hidden = {one.at for one in brought.skipped}
        self._root_only = brought.root_only

    def misses(self, ref: str, path: str, oid: str) -> bool:
        """Say whether the visit looked at this place and did not see this lock there."""
        if self._nothing_left:
            return True
        if ref not in self._refs:
            return ref_kind(ref) in self._in_full
        there = self._seen.get((ref, path))
        return there != oid if there is not None else not self._may_hide(path)

    def _may_hide(self, path: str) -> bool:
        """Say whether the lock may lie at `path` though the visit does not tell of it."""
        if None in self._hidden or (self._root_only and "/" in path):
            return True
        parts = path.split("/")
        return any("/".join(parts[:n]) in self._hidden for n in range(1, len(parts) + 1))
