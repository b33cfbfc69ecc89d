"""Which sightings a visit takes away: what was not looked at may still be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from sqlalchemy import select, update

from crawler.model import Outcome, ref_kind
from workers.ledger.sql.keys import batched
from workers.ledger.tables import sighting

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Visit

__all__ = ["no_ref_is_left", "take_away"]


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
