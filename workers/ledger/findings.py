"""What was found: one row per ghost and place, with the log of what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from crawler.model import (
    Confidence,
    Evidence,
    Finding,
    FindingStatus,
    ProjectKey,
    Reason,
    Report,
    Tier,
)
from workers.ledger.keys import batched, written
from workers.ledger.statements import in_turn, insert_new, upsert
from workers.ledger.tables import evidence, finding, finding_event, finding_project, repository
from workers.ledger.values import decode, encode

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

__all__ = [
    "Counted",
    "Recorded",
    "counts",
    "of_locks",
    "of_projects",
    "record",
    "reports",
    "retract",
    "unverified",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Keys of the findings that `record` was given, by what they were to the ledger."""

    new: tuple[str, ...]
    seen: tuple[str, ...]
    reopened: tuple[str, ...]
    """Were retracted and are found again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many open findings have this tier and confidence."""

    tier: Tier
    confidence: Confidence
    findings: int


def record(conn: Connection, findings: Iterable[Finding], run_id: str, now: datetime) -> Recorded:
    """Insert or refresh findings by their key; a retracted one that is found again is open again.

    Only what changes is logged, so recording the same findings twice adds nothing.
    """
    in_turn(conn, "findings")
    by_key = {one.key: one for one in findings}
    states = _states(conn, by_key)
    new = tuple(key for key in by_key if key not in states)
    reopened = tuple(key for key in by_key if states.get(key) is FindingStatus.RETRACTED)
    rows = [_row(one, run_id, now) for one in by_key.values()]
    fixed = {"key", "first_seen", "run_id"}
    changing = [name for name in rows[0] if name not in fixed] if rows else []
    upsert(conn, finding, rows, key=["key"], update=changing)
    _index(conn, by_key)
    _log(conn, new, "found", (), now)
    _log(conn, reopened, "reopened", (), now)
    seen = tuple(key for key in by_key if states.get(key) is FindingStatus.NEW)
    return Recorded(new=new, seen=seen, reopened=reopened)


def _states(conn: Connection, keys: Iterable[str]) -> dict[str, FindingStatus]:
    states: dict[str, FindingStatus] = {}
    for some in batched(keys):
        rows = conn.execute(select(finding.c.key, finding.c.state).where(finding.c.key.in_(some)))
        states.update((key, FindingStatus(state)) for key, state in rows)
    return states


def _row(one: Finding, run_id: str, now: datetime) -> dict[str, Any]:
    return {
        "key": one.key,
        "host": one.repository.host,
        "path": one.repository.path,
        "lock_path": one.sighting.path,
        "oid": one.sighting.oid,
        "tier": one.match.tier.value,
        "confidence": one.match.confidence.value,
        "state": FindingStatus.NEW.value,
        "first_seen": now,
        "last_seen": now,
        "run_id": run_id,
        "body": encode(one),
    }


def _index(conn: Connection, by_key: Mapping[str, Finding]) -> None:
    """Write anew which projects each finding is about: its verdict's and its pin's."""
    for some in batched(by_key):
        conn.execute(delete(finding_project).where(finding_project.c.key.in_(some)))
    rows = [
        {"project": written(project), "key": key}
        for key, one in by_key.items()
        for project in _projects(one)
    ]
    insert_new(conn, finding_project, rows)


def _projects(one: Finding) -> set[ProjectKey]:
    pin, verdict = one.match.pin, one.match.verdict
    projects = set() if verdict is None else {verdict.subject.project}
    if pin.name is not None:
        projects.add(ProjectKey(ecosystem=pin.ecosystem, name=pin.name))
    return projects


def _log(
    conn: Connection, keys: Iterable[str], event: str, reasons: Sequence[Reason], now: datetime
) -> None:
    rows = [
        {"key": key, "at": now, "event": event, "code": reason.code, "text": reason.text}
        for key in keys
        for reason in (reasons or (Reason(code="", text=""),))
    ]
    if rows:
        conn.execute(finding_event.insert(), rows)


def retract(
    conn: Connection, keys: Collection[str], reason: Reason, now: datetime
) -> tuple[str, ...]:
    """Take open findings back and log why; return those that were open until now."""
    in_turn(conn, "findings")
    states = _states(conn, keys)
    held = tuple(key for key in keys if states.get(key) is FindingStatus.NEW)
    for some in batched(held):
        conn.execute(
            update(finding)
            .where(finding.c.key.in_(some))
            .values(state=FindingStatus.RETRACTED.value)
        )
    _log(conn, held, "retracted", (reason,), now)
    return held


def of_projects(conn: Connection, projects: Collection[ProjectKey]) -> Iterator[Finding]:
    """Yield the open findings whose verdict or pin is about one of `projects`, by key."""
    for some in batched(projects):
        keys = select(finding_project.c.key).where(
            finding_project.c.project.in_([written(project) for project in some])
        )
        yield from _open(conn, finding.c.key.in_(keys))


def of_locks(conn: Connection, oids: Collection[str]) -> Iterator[Finding]:
    """Yield the open findings in locks with these blob oids, by key."""
    for some in batched(oids):
        yield from _open(conn, finding.c.oid.in_(some))


def _open(conn: Connection, condition: ColumnElement[bool]) -> Iterator[Finding]:
    is_open = finding.c.state == FindingStatus.NEW.value
    statement = select(finding.c.body).where(is_open, condition).order_by(finding.c.key)
    for body in conn.scalars(statement):
        yield decode(Finding, body)


def reports(
    conn: Connection,
    *,
    minimum: Confidence,
    include_retracted: bool = False,
    keys: Collection[str] | None = None,
) -> Iterator[Report]:
    """Yield findings with their last evidence, by host, repository, path and key.

    Args:
        conn: Any connection.
        minimum: Leave out what is less sure.
        include_retracted: Also those that were taken back; whoever asks must say so of them.
        keys: Only these; None for all.
    """
    enough = [one.value for one in Confidence if one.rank >= minimum.rank]
    statement = _reports().where(finding.c.confidence.in_(enough))
    if not include_retracted:
        statement = statement.where(finding.c.state == FindingStatus.NEW.value)
    if keys is None:
        yield from map(_report, conn.execute(statement))
        return
    # Sorted by what the statement sorts by only within a batch; so more than one is put in order.
    rows = [
        row
        for some in batched(keys)
        for row in conn.execute(statement.where(finding.c.key.in_(some)))
    ]
    yield from map(_report, sorted(rows, key=lambda row: row[:4]))


def _reports() -> Select[Any]:
    place = (finding.c.host, finding.c.path, finding.c.lock_path, finding.c.key)
    columns = (
        finding.c.body,
        finding.c.state,
        finding.c.first_seen,
        finding.c.last_seen,
        finding.c.run_id,
    )
    # A path that was given up and taken again is that of the repository seen last.
    number = select(func.max(repository.c.id)).where(
        repository.c.host == finding.c.host, repository.c.path == finding.c.path
    )
    decided = (
        select(finding_event.c.at)
        .where(finding_event.c.key == finding.c.key)
        .order_by(finding_event.c.id.desc())
        .limit(1)
    )
    of_it = evidence.alias()
    last = select(func.max(of_it.c.id)).where(of_it.c.key == finding.c.key)
    return (
        select(
            *place, *columns, number.scalar_subquery(), decided.scalar_subquery(), evidence.c.body
        )
        .select_from(finding)
        .outerjoin(evidence, evidence.c.id == last.scalar_subquery())
        .order_by(*place)
    )


def _report(row: Any) -> Report:  # noqa: ANN401 - a row of twelve columns
    *_, body, state, first_seen, last_seen, run_id, number, status_at, proof = row
    return Report(
        finding=decode(Finding, body),
        evidence=None if proof is None else decode(Evidence, proof),
        first_seen=first_seen,
        last_seen=last_seen,
        run_id=run_id,
        status=FindingStatus(state),
        status_at=status_at,
        repository_number=number,
    )


def counts(conn: Connection) -> tuple[Counted, ...]:
    """Return how many open findings there are per tier and confidence, the surest first."""
    columns = (finding.c.tier, finding.c.confidence)
    is_open = finding.c.state == FindingStatus.NEW.value
    rows = conn.execute(select(*columns, func.count()).where(is_open).group_by(*columns))
    counted = [
        Counted(tier=Tier(tier), confidence=Confidence(confidence), findings=n)
        for tier, confidence, n in rows
    ]
    return tuple(sorted(counted, key=lambda one: (-one.confidence.rank, one.tier)))


def unverified(conn: Connection, older_than: datetime) -> tuple[str, ...]:
    """Return the keys of open findings that were never verified, or not since `older_than`."""
    last = (
        select(func.max(evidence.c.verified_at))
        .where(evidence.c.key == finding.c.key)
        .scalar_subquery()
    )
    statement = (
        select(finding.c.key)
        .where(finding.c.state == FindingStatus.NEW.value, or_(last.is_(None), last < older_than))
        .order_by(finding.c.key)
    )
    return tuple(conn.scalars(statement))
