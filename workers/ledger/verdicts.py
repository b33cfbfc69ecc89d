"""What the assertions amount to, with its history, and the look-ups that every lock needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, delete, exists, func, insert, or_, select, text, update

from crawler.model import Digest, Ecosystem, ProjectKey, Verdict, VerdictState
from crawler.model.version_ranges import RANGE_PREFIX
from workers.ledger import clearing
from workers.ledger.sql.keys import batched, project_of, release, written
from workers.ledger.sql.statements import in_turn, insert_new
from workers.ledger.tables import judged_by as judged_by_table
from workers.ledger.tables import verdict, verdict_digest
from workers.ledger.verdict_reader import Row, VerdictReader
from workers.values import decode, encode

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Ecosystem

__all__ = [
    "counts",
    "ecosystems",
    "judged_by",
    "list_ghosts",
    "note_judged_by",
    "of_project",
    "of_projects",
    "reader",
    "replace",
    "targets",
    "watched",
]

_NOW = verdict.c.until.is_(None)
_RANGE = verdict.c.version.startswith(RANGE_PREFIX)
"""How far a range of versions carries depends on what the index has removed of it."""
_WATCHED = (
    VerdictState.MALICIOUS,
    VerdictState.QUARANTINED,
    VerdictState.REMOVED,
    VerdictState.OWNER_REMOVED,
    VerdictState.NAME_REUSED,
    VerdictState.ALLOWED,
)


def ecosystems(conn: Connection, among: Iterable[Ecosystem]) -> frozenset[Ecosystem]:
    """Return those of `among` of which a verdict speaks now that may make a finding."""
    asked = sorted(frozenset(among))
    spoken = conn.execute(_spoken_of(tuple(asked))).one() if asked else ()
    return frozenset(one for one, is_spoken_of in zip(asked, spoken, strict=True) if is_spoken_of)


@cache
def _spoken_of(asked: tuple[Ecosystem, ...]) -> Select[*tuple[Any, ...]]:
    """Return one statement for all; every visit asks it."""
    watched_now = (_NOW, verdict.c.state.in_([state.value for state in _WATCHED]))
    named = (verdict.c.project.between(f"{one}/", f"{one}0") for one in asked)
    return select(*(exists().where(*watched_now, of_one) for of_one in named))


def replace(
    conn: Connection, judged: Mapping[ProjectKey, tuple[Verdict, ...]], now: datetime
) -> tuple[ProjectKey, ...]:
    """Make `judged` the current verdicts of its projects; return those whose verdicts changed.

    A superseded row stays, closed at `now`; a verdict that stands is not touched.
    """
    in_turn(conn, "verdicts")
    changed: list[ProjectKey] = []
    closed: list[int] = []
    opened: list[Verdict] = []
    for keys in batched(sorted(judged)):
        current = _current(conn, keys)
        for key in keys:
            old, new = current.get(written(key), {}), {encode(one): one for one in judged[key]}
            gone = [row_id for body, row_id in old.items() if body not in new]
            fresh = [one for body, one in new.items() if body not in old]
            closed += gone
            opened += fresh
            if gone or fresh:
                changed.append(key)
    _close(conn, closed, now)
    _open(conn, opened, now)
    clearing.note_verdicts(conn, changed, opened)
    return tuple(changed)


def _current(conn: Connection, keys: Iterable[ProjectKey]) -> dict[str, dict[str, int]]:
    """Return per project the bodies of its current verdicts and their ids."""
    current: dict[str, dict[str, int]] = {}
    wanted = verdict.c.project.in_([written(key) for key in keys])
    for project, body, row_id in conn.execute(
        select(verdict.c.project, verdict.c.body, verdict.c.id).where(_NOW, wanted)
    ):
        current.setdefault(project, {})[body] = row_id
    return current


def _close(conn: Connection, ids: Iterable[int], now: datetime) -> None:
    for some in batched(ids):
        conn.execute(update(verdict).where(verdict.c.id.in_(some)).values(until=now))


def _open(conn: Connection, opened: Collection[Verdict], now: datetime) -> None:
    if not opened:
        return
    newest = conn.scalar(select(func.max(verdict.c.id))) or 0
    insert_new(conn, verdict, [_row(one, now) for one in opened])
    fresh = conn.execute(select(verdict.c.id, verdict.c.body).where(verdict.c.id > newest))
    digests = [
        {"algorithm": digest.algorithm, "hex": digest.hex, "verdict_id": row_id}
        for row_id, body in fresh
        for digest in _digests(decode(Verdict, body))
    ]
    insert_new(conn, verdict_digest, digests)


def _row(one: Verdict, now: datetime) -> Mapping[str, Any]:
    project, version = one.subject.project, one.subject.version
    return {
        "project": written(project),
        "version": None if version is None else release(project.ecosystem, version),
        "level": one.subject.level,
        "state": one.state,
        "since": one.since,
        "until": None,
        "recorded_at": now,
        "body": encode(one),
    }


def _digests(one: Verdict) -> tuple[Digest, ...]:
    return () if one.subject.file is None else one.subject.file.digests


def judged_by(conn: Connection) -> str | None:
    """Return the version of the rules that all current verdicts were judged by; None: an older one."""
    return conn.scalar(select(judged_by_table.c.rules))


def note_judged_by(conn: Connection, rules: str) -> None:
    """Remember that all current verdicts were judged by this version of the rules."""
    conn.execute(delete(judged_by_table))
    conn.execute(insert(judged_by_table).values(rules=rules))


def of_project(conn: Connection, key: ProjectKey) -> tuple[Verdict, ...]:
    """Return the current verdicts on `key`, its releases and its files, the oldest first."""
    where = (_NOW, verdict.c.project == written(key))
    return tuple(_read(conn, select(verdict.c.body).where(*where).order_by(verdict.c.id)))


def of_projects(
    conn: Connection, keys: Iterable[ProjectKey]
) -> Mapping[ProjectKey, tuple[Verdict, ...]]:
    """Return the current verdicts on each of `keys`, as `of_project` does."""
    found: dict[ProjectKey, list[Verdict]] = {key: [] for key in keys}
    for some in batched(sorted(found)):
        wanted = verdict.c.project.in_([written(key) for key in some])
        for one in _read(conn, select(verdict.c.body).where(_NOW, wanted).order_by(verdict.c.id)):
            found[one.subject.project].append(one)
    return {key: tuple(of_one) for key, of_one in found.items()}


def reader(conn: Connection) -> VerdictReader:
    """Return what answers the questions of reading and hunting, over `conn`."""

    def ask(statement: str, values: Sequence[str | int]) -> Iterable[Row]:
        asked = text(statement)
        return conn.execute(
            asked.bindparams(bindparam("wanted", values, expanding=True)) if values else asked
        )

    return VerdictReader(ask)


def targets(conn: Connection) -> Iterator[Verdict]:
    """Yield the current verdicts worth a search: malicious and quarantined, by project."""
    yield from list_ghosts(conn, (VerdictState.MALICIOUS, VerdictState.QUARANTINED))


def list_ghosts(
    conn: Connection, states: Collection[VerdictState], limit: int | None = None
) -> Iterator[Verdict]:
    """Yield at most `limit` current verdicts in one of `states`, by project and in stable order."""
    statement = (
        select(verdict.c.body)
        .where(_NOW, verdict.c.state.in_([state.value for state in states]))
        .order_by(verdict.c.project, verdict.c.id)
        .limit(limit)
    )
    yield from _read(conn, statement)


def watched(conn: Connection) -> tuple[ProjectKey, ...]:
    """Return the projects whose state on the index the ledger wants to know, by name."""
    statement = (
        select(verdict.c.project)
        .where(_NOW, or_(verdict.c.state.in_([state.value for state in _WATCHED]), _RANGE))
        .distinct()
        .order_by(verdict.c.project)
    )
    return tuple(project_of(row) for row in conn.scalars(statement))


def names(conn: Connection, ecosystem: Ecosystem) -> tuple[str, ...]:
    """Return the names of all projects of `ecosystem` that there is a current verdict on, sorted."""
    begin = f"{ecosystem.value}/"
    statement = select(verdict.c.project).where(
        _NOW, verdict.c.project.startswith(begin, autoescape=True)
    )
    rows = conn.scalars(statement.distinct().order_by(verdict.c.project))
    return tuple(row.removeprefix(begin) for row in rows)


def counts(conn: Connection) -> Mapping[VerdictState, int]:
    """Return how many current verdicts there are per state; states without any are left out."""
    rows = conn.execute(select(verdict.c.state, func.count()).where(_NOW).group_by(verdict.c.state))
    return {VerdictState(state): n for state, n in rows}


def _read(conn: Connection, statement: Select[Any]) -> Iterator[Verdict]:
    for body in conn.scalars(statement):
        yield decode(Verdict, body)
