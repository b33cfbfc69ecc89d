"""Where locks were seen, and whether they are still there as far as anybody looked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crawler.model import LockId, Repository, Sighting
from workers.ledger.frontier import repository_of
from workers.ledger.sql.keys import batched
from workers.ledger.tables import head, repository, sighting

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

__all__ = ["Seen", "of_locks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A lock in a repository."""

    lock: LockId
    repository_id: int
    repository: Repository
    sighting: Sighting
    first_seen: datetime
    last_seen: datetime
    at_head: bool
    """Whether it is still there as far as anybody looked: no later look at its ref has missed it."""


def of_locks(conn: Connection, locks: Collection[LockId]) -> Iterator[Seen]:
    """Yield every place where one of these locks was ever seen, default branches first."""
    wanted = frozenset(locks)
    for some in batched({one.oid: None for one in locks}):
        at_head = ~sighting.c.gone & head.c.ref.is_not(None)
        at_ref = (head.c.repository_id == sighting.c.repository_id) & (head.c.ref == sighting.c.ref)
        statement = (
            select(sighting, at_head.label("at_head"), repository)
            .join(repository, repository.c.id == sighting.c.repository_id)
            .outerjoin(head, at_ref)
            .where(sighting.c.oid.in_(some))
            .order_by(func.coalesce(head.c.is_default, False).desc(), sighting.c.id)
        )
        for row in conn.execute(statement):
            fields = row._mapping  # noqa: SLF001 - the documented name
            this = LockId(oid=fields[sighting.c.oid], reading=fields[sighting.c.reading])
            if this not in wanted:
                continue
            yield Seen(
                lock=this,
                repository_id=fields[repository.c.id],
                repository=repository_of({c.name: fields[c] for c in repository.c}),
                sighting=Sighting(
                    ref=fields[sighting.c.ref],
                    commit=fields[sighting.c.commit_id],
                    path=fields[sighting.c.path],
                    oid=fields[sighting.c.oid],
                ),
                first_seen=fields[sighting.c.first_seen],
                last_seen=fields[sighting.c.last_seen],
                at_head=bool(fields["at_head"]),
            )
