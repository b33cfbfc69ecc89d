"""Coverage: per host what was found and read, what was not looked at and why, and how fast anything was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.model import Outcome
from workers.console.interface import Page, PageRequest, QueryField
from workers.ledger.arrivals import TimeToFind, times_to_find
from workers.ledger.coverage import NotCovered
from workers.ledger.visit_coverage import WayCoverage, by_way
from workers.monitoring.host_coverage import CoveredHost, covered_hosts

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["COVERAGE", "BlindSpot", "CoverageRow", "CoverageShown", "FindTime", "WayRow"]

_MOST = 100
"""Reasons on the page; the JSON of `ghostcrawl coverage` has all."""
_FIELDS = (QueryField(name="host", says="Only this host."),)
_FAILED = frozenset({Outcome.FAILED, Outcome.GONE, Outcome.PRIVATE, Outcome.BLOCKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """One host, in repositories."""

    host: str
    found: int
    visited: int
    read: int
    unchanged: int
    failed: int
    """Failed, gone, private or blocked at the last visit."""
    due: int
    """Pieces of work of any kind that might be done now."""
    later: int
    ways: tuple[str, ...]
    """In which ways it was looked for repositories: code search, list, pivots."""
    now: tuple[str, ...]
    """Why nothing is asked of it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayRow:
    """The repositories of a host that one way led to first."""

    host: str
    way: str | None
    """None: found before ways were noted."""
    found: int
    read: int
    unchanged: int
    failed: int
    not_visited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """What cannot be seen in the way in which a host was crawled."""

    host: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTime:
    """How long it took one way from the push of a lure to its finding."""

    way: str | None
    """None: found before ways were noted."""
    median_seconds: int | None
    ninetieth_seconds: int | None
    repositories: int
    by_commit: int
    """Timed by the date of the commit, which anybody can write as they like."""
    older: int
    """Pushed before this ledger began."""
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageShown:
    """The page."""

    host: str | None
    """The only one that is shown."""
    hosts: tuple[CoverageRow, ...]
    ways: tuple[WayRow, ...]
    not_looked_at: tuple[NotCovered, ...]
    """What kept well-known locks from being read first, then what is said of most repositories."""
    more: int
    """Reasons that are left out."""
    blind: tuple[BlindSpot, ...]
    times: tuple[FindTime, ...]
    """Of all hosts."""


def _load(conn: Connection, asked: PageRequest) -> CoverageShown:
    only = asked.one("host")
    known = covered_hosts(conn, asked.now, asked.wiring.settings.hosts)
    shown = [one for one in known if only in {None, one.known.host}]
    if only is not None and not shown:
        msg = f"nothing is known of a host {only!r}"
        raise UsageError(msg)
    reasons = sorted((reason for one in shown for reason in one.reasons), key=_importance)
    return CoverageShown(
        host=only,
        hosts=tuple(map(_row, shown)),
        ways=tuple(_way(one) for one in by_way(conn) if only in {None, one.host}),
        not_looked_at=tuple(reasons[:_MOST]),
        more=max(0, len(reasons) - _MOST),
        blind=tuple(
            BlindSpot(host=one.known.host, text=text) for one in shown for text in one.blind
        ),
        times=tuple(map(_time, times_to_find(conn))),
    )


def _importance(one: NotCovered) -> tuple[object, ...]:
    return not one.known_lock, -max(1, one.repositories), -one.times, one.host, one.reason


def _row(one: CoveredHost) -> CoverageRow:
    known = one.known
    return CoverageRow(
        host=known.host,
        found=known.found,
        visited=known.visited,
        read=known.outcomes.get(Outcome.VISITED, 0),
        unchanged=known.outcomes.get(Outcome.UNCHANGED, 0),
        failed=sum(n for outcome, n in known.outcomes.items() if outcome in _FAILED),
        due=known.due,
        later=known.later,
        ways=tuple(_ways(one)),
        now=tuple(one.state),
    )


def _way(one: WayCoverage) -> WayRow:
    return WayRow(
        host=one.host,
        way=None if one.way is None else one.way.value,
        found=one.found,
        read=one.outcomes.get(Outcome.VISITED, 0),
        unchanged=one.outcomes.get(Outcome.UNCHANGED, 0),
        failed=sum(n for outcome, n in one.outcomes.items() if outcome in _FAILED),
        not_visited=one.outcomes.get(None, 0),
    )


def _ways(one: CoveredHost) -> Iterable[str]:
    if one.known.searched:
        yield "code search"
    if one.known.listed:
        yield "list"
    if one.known.pivoted:
        yield f"{one.known.pivoted:,} by pivots only"


def _time(one: TimeToFind) -> FindTime:
    return FindTime(
        way=None if one.way is None else one.way.value,
        median_seconds=_seconds(one.median),
        ninetieth_seconds=_seconds(one.ninetieth),
        repositories=one.timed,
        by_commit=one.by_commit,
        older=one.older,
        unknown=one.unknown,
    )


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())


COVERAGE = Page(
    path="/coverage",
    title="Coverage",
    shows=CoverageShown,
    load=_load,
    template="coverage.html",
    fields=_FIELDS,
)
