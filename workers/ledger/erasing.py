"""A person's right: what is known of a host, an owner or a repository is erased, and not learned again.

The seals of its evidence stay, so that nobody can pass off another removal as this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import delete, or_, select, update

from crawler.model import Confidence
from workers.ledger import clearing, findings, left_alone, proofs
from workers.ledger.frontier import repository_of
from workers.ledger.retention import remove_unreferenced
from workers.ledger.sql.keys import batched
from workers.ledger.tables import (
    campaign_case,
    case,
    case_event,
    finding,
    finding_event,
    finding_project,
    gap,
    head,
    hint,
    pivot,
    provenance,
    repository,
    sighting,
    visit,
    visit_skipped,
    work,
)
from workers.ledger.work import lane_changes, removal
from workers.ledger.work_items import WorkKind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Table

    from crawler.model import Finding
    from workers.ledger.ledger import Ledger

__all__ = ["erase", "erase_again", "found_at", "rehearse"]

_OF_A_REPOSITORY = (campaign_case, case_event, case, head, hint, visit_skipped, visit, sighting)
_VISITS = (WorkKind.VISIT.value, WorkKind.READ.value, WorkKind.PRIVATE.value)


_Known: TypeAlias = tuple[int, str, str | None]
"""Number of a repository here, its path, and its number at its host."""


def erase(conn: Connection, host: str, path: str, now: datetime) -> Mapping[str, int]:
    """Erase `path` on `host` and all below it (all of the host where it is empty); return rows by table."""
    clearing.hold_changes(conn)
    columns = (repository.c.id, repository.c.path, repository.c.native_id)
    known: list[_Known] = [
        (row.id, row.path, row.native_id)
        for row in conn.execute(select(*columns).where(repository.c.host == host))
        if _is_at(row.path, path)
    ]
    removed = Counter(_erase(conn, host, path, known, now))
    removed.update(remove_unreferenced(conn))
    return {name: rows for name, rows in removed.items() if rows}


def found_at(conn: Connection, host: str, path: str) -> list[Finding]:
    """Return what was ever found at `path` on `host` and below it, as it is told."""
    known = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
    return [
        one.finding
        for one in known
        if one.finding.repository.host == host and _is_at(one.finding.repository.path, path)
    ]


def erase_again(conn: Connection, now: datetime) -> None:
    """Erase the repositories that are known though they were erased: a backup had them."""
    clearing.hold_changes(conn)
    for rows in batched(conn.execute(select(repository)).mappings().all()):
        known = [repository_of(row) for row in rows]
        kept = frozenset(left_alone.without(conn, known))
        for row, one in zip(rows, known, strict=True):
            if one not in kept:
                _erase(conn, one.host, one.path, [(row["id"], one.path, one.native_id)], now)
    remove_unreferenced(conn)


def _erase(
    conn: Connection, host: str, path: str, known: Sequence[_Known], now: datetime
) -> Mapping[str, int]:
    """Erase the repositories that are `known` at `path`, and all that names it, but for what others share."""
    ids = [row_id for row_id, _, _ in known]
    keys = sorted(_findings(conn, host, path, ids))
    left_alone.add(conn, host, path, [number for _, _, number in known if number is not None], now)
    removed = {"evidence": proofs.erase(conn, keys, now)}
    removed |= _work(conn, host, ids, keys)
    removed |= _pivots(conn, ids, keys)
    for table in (finding_event, finding_project, finding):
        removed[table.name] = _all_in(conn, table, table.c.key, keys)
    for table in _OF_A_REPOSITORY:
        removed[table.name] = _all_in(conn, table, table.c.repository_id, ids)
    removed["repository"] = _all_in(conn, repository, repository.c.id, ids)
    removed["gap"] = _gaps(conn, host, path, [name for _, name, _ in known])
    _forks(conn, host, path)
    return removed


def rehearse(ledger: Ledger, host: str, path: str, now: datetime) -> Mapping[str, int]:
    """Return what `erase` would erase, and erase nothing."""
    with ledger.write() as conn:
        removed = erase(conn, host, path, now)
        conn.rollback()
        lane_changes.forget(conn)
    return removed


def _is_at(found: str, path: str) -> bool:
    """Say whether the repository `found` is `path` or below it, as hosts compare names."""
    name, above = found.casefold(), path.casefold()
    return not above or name == above or name.startswith(f"{above}/")


def _findings(conn: Connection, host: str, path: str, ids: Sequence[int]) -> Iterator[str]:
    """Yield the keys of what was found there, under this name or by this repository under another one."""
    numbers = frozenset(ids)
    columns = (finding.c.key, finding.c.path, finding.c.repository_id)
    for row in conn.execute(select(*columns).where(finding.c.host == host)):
        if row.repository_id in numbers or _is_at(row.path, path):
            yield row.key


def _work(
    conn: Connection, host: str, ids: Sequence[int], keys: Sequence[str]
) -> Mapping[str, int]:
    """Remove visits, pivots and checks: who has one under way may no longer write what it brought."""
    removed = 0
    for some in batched(map(str, ids)):
        visits = work.c.kind.in_(_VISITS) & work.c.key.in_(some)
        pivots = or_(*(work.c.key.startswith(f"{host}|{one}|", autoescape=True) for one in some))
        of_pivots = (work.c.kind == WorkKind.PIVOT.value) & pivots
        removed += removal.remove(conn, visits | of_pivots)
    for some in batched(keys):
        checks = (work.c.kind == WorkKind.VERIFY.value) & work.c.key.in_(some)
        removed += removal.remove(conn, checks)
    return {"work": removed}


def _pivots(conn: Connection, ids: Sequence[int], keys: Sequence[str]) -> Mapping[str, int]:
    """Remove looks around what is erased, and which repositories they have led to."""
    asked = set[int]()
    for column, values in ((pivot.c.repository_id, ids), (pivot.c.finding, keys)):
        for some in batched(values):
            asked.update(conn.scalars(select(pivot.c.id).where(column.in_(some))))
    led = _all_in(conn, provenance, provenance.c.repository_id, ids)
    led += _all_in(conn, provenance, provenance.c.pivot_id, sorted(asked))
    return {"provenance": led, "pivot": _all_in(conn, pivot, pivot.c.id, sorted(asked))}


def _gaps(conn: Connection, host: str, path: str, paths: Sequence[str]) -> int:
    """Remove what was noted as not looked at and names one of them."""
    named = [name for name in (path, *paths) if name]
    spelled: list[ColumnElement[bool]] = [gap.c.key == host, gap.c.key.startswith(f"{host}|")]
    of_host = or_(*spelled) if not path else None
    removed = 0 if of_host is None else conn.execute(delete(gap).where(of_host)).rowcount
    for some in batched(named, 50):
        names = or_(
            *(
                column.contains(one, autoescape=True)
                for one in some
                for column in (gap.c.reason, gap.c.key)
            )
        )
        removed += conn.execute(delete(gap).where(names)).rowcount
    return removed


def _forks(conn: Connection, host: str, path: str) -> None:
    """Forget of the forks of others what they are forks of."""
    forks = select(repository.c.id, repository.c.fork_of).where(
        repository.c.host == host, repository.c.fork_of.is_not(None)
    )
    named = [row.id for row in conn.execute(forks) if _is_at(row.fork_of, path)]
    for some in batched(named):
        conn.execute(update(repository).where(repository.c.id.in_(some)).values(fork_of=None))


def _all_in(
    conn: Connection, table: Table, column: ColumnElement[object], values: Sequence[object]
) -> int:
    return sum(
        conn.execute(delete(table).where(column.in_(some))).rowcount for some in batched(values)
    )
