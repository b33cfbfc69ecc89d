"""Which cases a command is about: by their ids, or by filters that all of them have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import click

from crawler.errors import UsageError
from crawler.model import CaseClass, CaseState
from workers.cli.times import MOMENT, SPAN

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Classification, Report
    from workers.ledger.case_following import CasePolicy
    from workers.ledger.cases import Case

__all__ = ["CaseFilter", "CaseView", "case_filters", "found", "ids_or_filter", "views_of"]

_F = TypeVar("_F", bound="Callable[..., object]")
_ALL = "all"
_SETTLED = frozenset(
    {CaseState.RESOLVED, CaseState.FALSE_POSITIVE, CaseState.BENIGN, CaseState.DUPLICATE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What cases must be to be meant; None and empty: whatever they are."""

    host: str | None = None
    owner: str | None = None
    package: str | None = None
    """Name of a project that a finding is about, with or without its ecosystem (`pypi/name`)."""
    classes: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    age: timedelta | None = None
    """Nothing has happened to it for at least so long."""
    since: datetime | None = None
    """Opened at this moment (UTC) or later."""

    @property
    def is_empty(self) -> bool:
        """Whether every case is meant."""
        return self == CaseFilter()

    def takes(self, one: Case, now: datetime) -> bool:
        """Say whether a case is meant, as far as its own columns tell."""
        states = (
            frozenset(CaseState) if _ALL in self.states else frozenset(map(CaseState, self.states))
        )
        return (
            self.host in {None, one.host}
            and self.owner in {None, one.owner}
            and one.state in (states or frozenset(CaseState) - _SETTLED)
            and (self.age is None or now - one.changed_at >= self.age)
            and (self.since is None or one.opened_at >= self.since)
        )

    def takes_view(self, view: CaseView) -> bool:
        """Say the same as far as findings and class tell."""
        named = {name for known in view.packages for name in (known, known.partition("/")[2])}
        return (self.package is None or self.package.lower() in named) and (
            not self.classes or view.class_word in self.classes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case with what is shown beside it."""

    case: Case
    reports: tuple[Report, ...]
    """Every finding of its repository, whatever became of it."""
    classification: Classification | None
    """The class that is reckoned; None where none can be."""

    @property
    def case_class(self) -> CaseClass | None:
        """The class that a person has set, else the one that is reckoned; None: not known."""
        known = self.classification
        return self.case.class_set or (None if known is None else known.case_class)

    @property
    def class_word(self) -> str:
        """The class as people read it; no state is to be read without, since it says who may be told."""
        return "unknown" if self.case_class is None else self.case_class.value

    @property
    def packages(self) -> tuple[str, ...]:
        """The projects that its findings are about, as `pypi/name`."""
        from workers.ledger.findings import projects_of
        from workers.ledger.sql.keys import written

        projects = {p for report in self.reports for p in projects_of(report.finding)}
        return tuple(sorted(map(written, projects)))


def case_filters(prefix: str = "") -> Callable[[_F], _F]:
    """Return a decorator that gives a command the filters; `prefix` is for class and state."""
    options = (
        click.option("--host", help="Only on this host."),
        click.option("--owner", help="Only of this owner, the first part of the path."),
        click.option("--package", help="Only with a finding about this project."),
        click.option(
            f"--{prefix}class",
            "of_class",
            multiple=True,
            type=click.Choice([*(one.value for one in CaseClass), "unknown"]),
            help="Only of this class; may be repeated.",
        ),
        click.option(
            f"--{prefix}state",
            "of_state",
            multiple=True,
            type=click.Choice([*(one.value for one in CaseState), _ALL]),
            help="Only in this state; may be repeated. Default: those that are not settled.",
        ),
        click.option("--age", type=SPAN, help="Only those unchanged for at least this long: 30d."),
        click.option("--since", type=MOMENT, help="Only those opened on this date or later."),
    )

    def decorate(command: _F) -> _F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def ids_or_filter(ids: Sequence[str], chosen: CaseFilter) -> None:
    """Raise UsageError unless cases are named by ids or by filters, and not by both."""
    if not ids and chosen.is_empty:
        raise UsageError("name the cases by their ids or by filters such as --owner")
    if ids and not chosen.is_empty:
        raise UsageError("name the cases by their ids or by filters, not by both")


def found(
    conn: Connection, chosen: CaseFilter, now: datetime, policy: CasePolicy
) -> list[CaseView]:
    """Return the cases that a filter takes, by host and path."""
    from workers.ledger import cases

    taken = [one for one in cases.all_cases(conn) if chosen.takes(one, now)]
    return [view for view in views_of(conn, taken, policy) if chosen.takes_view(view)]


def views_of(conn: Connection, taken: Sequence[Case], policy: CasePolicy) -> list[CaseView]:
    """Return these cases with their findings and classes, in the same order."""
    from workers.ledger.findings import reports_of

    reports: dict[int, list[Report]] = defaultdict(list)
    numbers = [one.number for one in taken]
    classes = policy.classes_of(conn, numbers)
    for report in reports_of(conn, numbers):
        reports[report.repository_number or 0].append(report)
    return [
        CaseView(
            case=one,
            reports=tuple(reports[one.number]),
            classification=classes.get(one.number),
        )
        for one in taken
    ]
