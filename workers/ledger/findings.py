"""What was found: one row per ghost and place, with the log of what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, delete, func, literal, or_, select, tuple_, update

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
from crawler.pipeline import with_questions
from workers.ledger import arrivals, statuses
from workers.ledger.sql.keys import batched, project_of, written
from workers.ledger.sql.statements import in_turn, insert_new, upsert
from workers.ledger.statuses import retract
from workers.ledger.tables import evidence, finding, finding_event, finding_project, repository
from workers.values import decode, encode

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from crawler.model import Visit
    from workers.runs import Way

__all__ = [
    "Counted",
    "Recorded",
    "counts",
    "counts_of",
    "move",
    "of_locks",
    "of_projects",
    "of_repository",
    "projects_of",
    "projects_with_open",
    "record",
    "reports",
    "reports_of",
    "retract",
    "retracted_of_projects",
    "surest_of",
    "unverified",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Keys of the findings that `record` was given, by what they were to the ledger."""

    new: tuple[str, ...]
    seen: tuple[str, ...]
    """Were known; dismissed ones, too."""
    reopened: tuple[str, ...]
    """Were taken back or gone, and are found again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many open findings have this tier and confidence."""

    tier: Tier
    confidence: Confidence
    findings: int


def record(  # noqa: PLR0913, PLR0917 - what was found, by whom, when and how
    conn: Connection,
    findings: Iterable[Finding],
    run_id: str,
    now: datetime,
    way: Way | None = None,
    visit: Visit | None = None,
) -> Recorded:
    """Insert or refresh findings by their key; of several with one key the first stands for all.

    `way` led to them where it is another than the one that found their repository; `visit` saw them.

    One that was closed and is found again holds again, or is dismissed again where a person has said so
    until a later day. Only what changes is logged, so recording the same findings twice adds nothing.
    """
    in_turn(conn, "findings")
    by_key: dict[str, Finding] = {}
    for one in findings:
        by_key.setdefault(one.key, one)
    known = statuses.known(conn, by_key)
    new = tuple(key for key in by_key if key not in known)
    numbers = _repository_ids(conn, by_key.values())
    rows = [_row(one, run_id, now, numbers[key]) for key, one in by_key.items()]
    fixed = {"key", "first_seen", "run_id", "state"}
    changing = [name for name in rows[0] if name not in fixed] if rows else []
    upsert(conn, finding, rows, key=["key"], update=changing)
    _index(conn, by_key)
    arrivals.note(conn, [by_key[key] for key in new], way, visit)
    statuses.log(conn, new, "found", None, now)
    reopened = statuses.reopen(conn, [key for key in by_key if key in known], now)
    seen = tuple(key for key in by_key if key in known and key not in reopened)
    return Recorded(new=new, seen=seen, reopened=reopened)


def _repository_ids(conn: Connection, found: Collection[Finding]) -> dict[str, int | None]:
    """Return the number of the repository of each finding, by key; None where no row has its name."""
    named: dict[tuple[str, str], dict[str | None, int]] = defaultdict(dict)
    columns = (repository.c.host, repository.c.path, repository.c.native_id, repository.c.id)
    for some in batched({(one.repository.host, one.repository.path) for one in found}):
        statement = select(*columns).where(tuple_(repository.c.host, repository.c.path).in_(some))
        for host, path, native_id, row_id in conn.execute(
            statement.order_by(repository.c.last_seen, repository.c.id)
        ):
            # An old bearer of the name may be there, too: its id is asked for, or the last one.
            named[host, path] |= {native_id: row_id, None: row_id}
    numbers: dict[str, int | None] = {}
    for one in found:
        bearers = named.get((one.repository.host, one.repository.path), {})
        numbers[one.key] = bearers.get(one.repository.native_id, bearers.get(None))
    return numbers


def _row(one: Finding, run_id: str, now: datetime, repository_id: int | None) -> dict[str, Any]:
    """Return the row of a finding; what its surroundings ask follows from its evidence, see `reports`."""
    by_name = with_questions(one, None)
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
        "body": encode(by_name),
        "repository_id": repository_id,
    }


def _index(conn: Connection, by_key: Mapping[str, Finding]) -> None:
    """Write anew which projects each finding is about: its verdict's and its pin's."""
    for some in batched(by_key):
        conn.execute(delete(finding_project).where(finding_project.c.key.in_(some)))
    rows = [
        {"project": written(project), "key": key}
        for key, one in by_key.items()
        for project in projects_of(one)
    ]
    insert_new(conn, finding_project, rows)


def projects_of(one: Finding) -> set[ProjectKey]:
    """Return the projects that a finding is about: its verdict's and its pin's."""
    pin, verdict = one.match.pin, one.match.verdict
    projects = set() if verdict is None else {verdict.subject.project}
    if pin.name is not None:
        projects.add(ProjectKey(ecosystem=pin.ecosystem, name=pin.name))
    return projects


def move(conn: Connection, findings: Iterable[Finding]) -> None:
    """Note that findings hold at another commit or ref than before; nobody has just seen them there."""
    for one in findings:
        values = {"oid": one.sighting.oid, "body": encode(one)}
        conn.execute(update(finding).where(finding.c.key == one.key).values(values))


def of_projects(conn: Connection, projects: Collection[ProjectKey]) -> Iterator[Finding]:
    """Yield the findings not taken back whose verdict or pin is about one of `projects`, by key."""
    yield from _about(conn, projects, finding.c.state != FindingStatus.RETRACTED.value)


def retracted_of_projects(conn: Connection, projects: Collection[ProjectKey]) -> Iterator[Finding]:
    """Yield the findings that were taken back and are about one of `projects`, by key."""
    yield from _about(conn, projects, finding.c.state == FindingStatus.RETRACTED.value)


def _about(
    conn: Connection, projects: Collection[ProjectKey], condition: ColumnElement[bool]
) -> Iterator[Finding]:
    for some in batched(projects):
        keys = select(finding_project.c.key).where(
            finding_project.c.project.in_([written(project) for project in some])
        )
        yield from _bodies(conn, condition, finding.c.key.in_(keys))


def projects_with_open(conn: Connection) -> frozenset[ProjectKey]:
    """Return the projects that open findings are about."""
    statement = (
        select(finding_project.c.project)
        .join(finding, finding.c.key == finding_project.c.key)
        .where(_is_open())
    )
    return frozenset(project_of(one) for one in conn.scalars(statement.distinct()))


def of_repository(conn: Connection, repository_id: int) -> tuple[Finding, ...]:
    """Return the open and the dismissed findings of the repository with this id, by key."""
    return tuple(_bodies(conn, _holds(), finding.c.repository_id == repository_id))


def _bodies(conn: Connection, *conditions: ColumnElement[bool]) -> Iterator[Finding]:
    statement = select(finding.c.body).where(*conditions).order_by(finding.c.key)
    for body in conn.scalars(statement):
        yield decode(Finding, body)


def of_locks(conn: Connection, oids: Collection[str]) -> Iterator[Finding]:
    """Yield the open findings in locks with these blob oids, by key."""
    for some in batched(oids):
        yield from _bodies(conn, _is_open(), finding.c.oid.in_(some))


def _holds() -> ColumnElement[bool]:
    return _is_open() | (finding.c.state == FindingStatus.DISMISSED.value)


def _is_open() -> ColumnElement[bool]:
    return finding.c.state.in_([one.value for one in FindingStatus if one.is_open])


def reports(
    conn: Connection,
    *,
    minimum: Confidence,
    include_closed: bool = False,
    keys: Collection[str] | None = None,
) -> Iterator[Report]:
    """Yield findings with their last evidence, by host, repository, path and key.

    Args:
        conn: Any connection.
        minimum: Leave out what is less sure.
        include_closed: Also those that are gone, taken back or dismissed: `status` says which and why.
        keys: Only these; None for all.
    """
    enough = [one.value for one in Confidence if one.rank >= minimum.rank]
    statement = _reports().where(finding.c.confidence.in_(enough))
    if not include_closed:
        statement = statement.where(_is_open())
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


def reports_of(conn: Connection, repositories: Collection[int]) -> Iterator[Report]:
    """Yield every finding of these repositories (numbers) with its last evidence, whatever became of it."""
    for some in batched(sorted(repositories)):
        yield from map(_report, conn.execute(_reports().where(finding.c.repository_id.in_(some))))


def counts_of(conn: Connection, repositories: Collection[int]) -> Mapping[int, int]:
    """Return how many findings each of these repositories has, whatever became of them; 0 is left out."""
    found: dict[int, int] = {}
    for some in batched(sorted(repositories)):
        own = select(finding.c.repository_id, func.count()).where(finding.c.repository_id.in_(some))
        rows = conn.execute(own.group_by(finding.c.repository_id))
        found |= {row[0]: row[1] for row in rows}
    return found


def surest_of(conn: Connection, repositories: Collection[int], most: int) -> Iterator[Report]:
    """Yield at most `most` findings of each of these repositories, those that hold first, of these the surest."""
    sure = case({one.value: one.rank for one in Confidence}, value=finding.c.confidence)
    order = (case((_is_open(), 0), else_=1), sure.desc(), finding.c.key)
    place = func.row_number().over(partition_by=finding.c.repository_id, order_by=order)
    for some in batched(sorted(repositories)):
        mine = finding.c.repository_id.in_(some)
        placed = select(finding.c.key, place.label("place")).where(mine).subquery()
        first = select(placed.c.key).where(placed.c.place <= most)
        yield from map(_report, conn.execute(_reports().where(finding.c.key.in_(first))))


def _reports() -> Select[Any]:
    place = (finding.c.host, finding.c.path, finding.c.lock_path, finding.c.key)
    columns = (
        finding.c.body,
        finding.c.state,
        finding.c.first_seen,
        finding.c.last_seen,
        finding.c.run_id,
        finding.c.repository_id,
    )
    event = finding_event.alias()
    last = select(func.max(event.c.id)).where(event.c.key == finding.c.key).scalar_subquery()
    why = (finding_event.c.at, finding_event.c.code, finding_event.c.text)
    return (
        _with_last_proof(select(*place, *columns, *why, evidence.c.body))
        .outerjoin(finding_event, finding_event.c.id == last)
        .order_by(*place)
    )


def _with_last_proof(statement: Select[Any]) -> Select[Any]:
    proof = evidence.alias()
    last = select(func.max(proof.c.id)).where(proof.c.key == finding.c.key).scalar_subquery()
    return statement.select_from(finding).outerjoin(evidence, evidence.c.id == last)


def _report(row: Any) -> Report:  # noqa: ANN401 - a row of fourteen columns
    *_, body, state, first_seen, last_seen, run_id, number, at, code, text, proof = row
    found, status = decode(Finding, body), FindingStatus(state)
    evidence = None if proof is None else decode(Evidence, proof)
    if evidence is not None and evidence.blob_oid != found.sighting.oid:
        evidence = None  # of the lock as it was before: nothing that anybody may be shown now
    around = None if evidence is None else evidence.surroundings
    return Report(
        finding=with_questions(found, around),
        evidence=evidence,
        first_seen=first_seen,
        last_seen=last_seen,
        run_id=run_id,
        status=status,
        status_reason=None if status is FindingStatus.NEW else Reason(code=code, text=text),
        status_at=at,
        repository_number=number,
    )


def counts(conn: Connection) -> tuple[Counted, ...]:
    """Return how many open findings there are per tier and confidence, the surest first."""
    columns = (finding.c.tier, finding.c.confidence)
    rows = conn.execute(select(*columns, func.count()).where(_is_open()).group_by(*columns))
    counted = [
        Counted(tier=Tier(tier), confidence=Confidence(confidence), findings=n)
        for tier, confidence, n in rows
    ]
    return tuple(sorted(counted, key=lambda one: (-one.confidence.rank, one.tier)))


def unverified(conn: Connection, older_than: datetime) -> tuple[str, ...]:
    """Return the keys of open findings that were never verified, or not since `older_than`.

    Those of private repositories are left out: verified is what a letter may say. One whose lock has changed since was never verified as it is now.
    """
    of_this_lock = evidence.c.body.like(literal('%"blob_oid":"') + finding.c.oid + literal('"%'))
    stale = or_(
        evidence.c.verified_at.is_(None), evidence.c.verified_at < older_than, ~of_this_lock
    )
    private = select(repository.c.id).where(repository.c.private)
    told = or_(finding.c.repository_id.is_(None), finding.c.repository_id.not_in(private))
    statement = _with_last_proof(select(finding.c.key)).where(_is_open(), stale, told)
    return tuple(conn.scalars(statement.order_by(finding.c.key)))
