"""Which cases a list, a page or a decision is about: by filters, the most urgent first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from crawler.errors import UsageError
from crawler.model import CaseClass, CaseState, Ecosystem
from workers.ledger import cases
from workers.ledger.tables import campaign_case, case, finding, finding_project, repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Select

    from workers.ledger.cases import Case

__all__ = ["ALL_STATES", "CLASS_WORDS", "CaseFilter", "CaseSlice", "all_selected", "slice_of"]

ALL_STATES = "all"
"""Stands for every state; without any, those that are not settled are meant."""
_UNKNOWN = "unknown"
CLASS_WORDS = (*(one.value for one in CaseClass), _UNKNOWN)
_SETTLED = frozenset(
    {CaseState.RESOLVED, CaseState.FALSE_POSITIVE, CaseState.BENIGN, CaseState.DUPLICATE}
)
_LONGEST = timedelta(days=365_000)
_PLACE = re.compile(r"[0-9]{1,18}\.[0-9]{1,18}")
"""Urgency and number of a case, as far as databases have such numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What cases must be to be meant; None and empty: whatever they are."""

    host: str | None = None
    owner: str | None = None
    package: str | None = None
    """Name of a project that a finding is about, with or without its ecosystem (`pypi/name`)."""
    classes: tuple[str, ...] = ()
    """Some of `CLASS_WORDS`."""
    states: tuple[str, ...] = ()
    """Values of `CaseState`, or `ALL_STATES`."""
    campaign: str | None = None
    """Id of a campaign, whole; its cases are those that it had when somebody last looked at campaigns."""
    age: timedelta | None = None
    """Nothing has happened to it for at least so long."""
    since: datetime | None = None
    """Opened at this moment (UTC) or later."""

    @property
    def is_empty(self) -> bool:
        """Whether every case is meant."""
        return self == CaseFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSlice:
    """Some cases in the order of a list."""

    cases: tuple[Case, ...]
    after: str | None
    """What `slice_of` goes on behind; None at the end of the list."""


def all_selected(conn: Connection, wanted: CaseFilter, now: datetime) -> tuple[Case, ...]:
    """Return the cases that a filter takes at `now` (UTC), by host and path.

    The class is the one that the cases have followed last (`Wiring.follow_cases`).
    """
    numbers: list[int] = list(conn.scalars(_selected(wanted, now)))
    found = cases.of_repositories(conn, numbers).values()
    return tuple(sorted(found, key=lambda one: (one.host, one.path, one.number)))


def slice_of(
    conn: Connection, wanted: CaseFilter, now: datetime, after: str | None, most: int
) -> CaseSlice:
    """Return the `most` urgent cases that a filter takes, of those behind `after`; UsageError for no such place."""
    statement = _selected(wanted, now).order_by(case.c.urgency.desc(), case.c.repository_id)
    if after is not None:
        statement = statement.where(_behind(after))
    rows = conn.execute(statement.add_columns(case.c.urgency).limit(most + 1)).all()
    known = cases.of_repositories(conn, [number for number, _ in rows[:most]])
    last = rows[most - 1] if len(rows) > most else None
    return CaseSlice(
        cases=tuple(known[number] for number, _ in rows[:most]),
        after=None if last is None else f"{last[1]}.{last[0]}",
    )


def _behind(after: str) -> ColumnElement[bool]:
    urgency, _, number = after.partition(".")
    if _PLACE.fullmatch(after) is None:
        msg = f"invalid place in the list {after!r}: begin again without `after`"
        raise UsageError(msg)
    same = and_(case.c.urgency == int(urgency), case.c.repository_id > int(number))
    return or_(case.c.urgency < int(urgency), same)


def _selected(wanted: CaseFilter, now: datetime) -> Select[Any]:
    return (
        select(case.c.repository_id)
        .join(repository, repository.c.id == case.c.repository_id)
        .where(*_conditions(wanted, now))
    )


def _conditions(wanted: CaseFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    if ALL_STATES not in wanted.states:
        states = map(CaseState, wanted.states) if wanted.states else set(CaseState) - _SETTLED
        yield case.c.state.in_(sorted(one.value for one in states))
    if wanted.host is not None:
        yield repository.c.host == wanted.host
    if wanted.owner is not None:
        inside = repository.c.path.startswith(f"{wanted.owner}/", autoescape=True)
        yield or_(repository.c.path == wanted.owner, inside)
    if wanted.package is not None:
        yield case.c.repository_id.in_(_pinning(wanted.package.lower()))
    if wanted.classes:
        word = func.coalesce(case.c.class_set, case.c.class_known, _UNKNOWN)
        yield word.in_(wanted.classes)
    if wanted.campaign is not None:
        of_it = campaign_case.c.campaign == wanted.campaign
        yield case.c.repository_id.in_(select(campaign_case.c.repository_id).where(of_it))
    if wanted.age is not None:
        yield case.c.changed_at <= now - min(wanted.age, _LONGEST)
    if wanted.since is not None:
        yield case.c.opened_at >= wanted.since


def _pinning(package: str) -> Select[Any]:
    named = [package, *(f"{ecosystem.value}/{package}" for ecosystem in Ecosystem)]
    return (
        select(finding.c.repository_id)
        .join(finding_project, finding_project.c.key == finding.c.key)
        .where(finding_project.c.project.in_(named), finding.c.repository_id.is_not(None))
    )
