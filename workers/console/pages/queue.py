"""The queue: cases that wait for a person, the most urgent first, and decisions about several of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from crawler.errors import UsageError
from crawler.model import CaseState
from workers.clock import moment_or_none, span_of
from workers.console.deciding import DECISIONS, decide
from workers.console.forms import fields_in
from workers.console.interface import ActionResult, Page, PageRequest, QueryField
from workers.ledger.case_selection import ALL_STATES, CLASS_WORDS, CaseFilter, slice_of
from workers.ledger.case_views import at_head, served
from workers.ledger.findings import surest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from crawler.model import Report
    from workers.ledger.cases import Case

__all__ = ["QUEUE", "CaseQueue", "QueueRow"]

_MOST = 50
"""Cases of one page."""
_REASONS = 2
_MOST_READ = 50
"""Findings that are read for one line: a stranger may pin thousands in one lock."""
_MOST_RELEASES = 5
_STATES = (*(one.value for one in CaseState), ALL_STATES)
_FIELDS = (
    QueryField(name="host", says="Only on this host."),
    QueryField(name="owner", says="Only of this owner, the first part of the path."),
    QueryField(name="package", says="Only with a finding about this project."),
    QueryField(name="class", says="Only of this class.", values=CLASS_WORDS, several=True),
    QueryField(
        name="state",
        says="Only in this state; without any, those that are not settled.",
        values=_STATES,
        several=True,
    ),
    QueryField(
        name="campaign", says="Only of the campaign with this id, as `/campaigns` lists it."
    ),
    QueryField(name="age", says="Only those unchanged for at least this long, such as 30d."),
    QueryField(name="since", says="Only those opened on this date or later."),
    QueryField(
        name="after", says="The place in the list to go on behind; `after` of the last page."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A case as one line of the list."""

    key: str
    version: int
    host: str
    path: str
    state: str
    case_class: str
    level: str | None
    """The surest of its findings that hold; None where none does."""
    ghosts: tuple[str, ...]
    """The first releases that it pins, as `name@version`."""
    more_ghosts: bool
    """Whether there are others."""
    served: bool | None
    """Whether one of the pinned files is; None where nobody asked within a day, or of too many to read all."""
    at_head: bool | None
    reasons: tuple[str, ...]
    """The first codes of open questions and of what lowers its findings."""
    opened_at: datetime
    assigned_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQueue:
    """A page of the list."""

    rows: tuple[QueueRow, ...]
    after: str | None
    """Where the next page begins; None on the last one."""
    filters: Mapping[str, tuple[str, ...]]
    """What was asked for, by the fields of the query."""
    choices: Mapping[str, tuple[str, ...]]
    """What may be asked for, where that is a list."""
    decisions: Mapping[str, str]
    """What a form may decide, and how that is called."""


def _load(conn: Connection, asked: PageRequest) -> CaseQueue:
    found = slice_of(conn, _filter(asked), asked.now, asked.one("after"), _MOST)
    reports: dict[int, list[Report]] = defaultdict(list)
    for report in surest_of(conn, [one.number for one in found.cases], _MOST_READ + 1):
        reports[report.repository_number or 0].append(report)
    return CaseQueue(
        rows=tuple(_row(one, reports[one.number], asked.now) for one in found.cases),
        after=found.after,
        filters={field.name: asked.all(field.name) for field in _FIELDS},
        choices={field.name: field.values for field in _FIELDS if field.values},
        decisions=dict(DECISIONS),
    )


def _filter(asked: PageRequest) -> CaseFilter:
    for field in _FIELDS:
        for said in asked.all(field.name) if field.values else ():
            if said not in field.values:
                msg = f"invalid {field.name} {said!r}: expected one of {', '.join(field.values)}"
                raise UsageError(msg)
    age, since = asked.one("age"), asked.one("since")
    span = None if age is None else span_of(age)
    if age is not None and span is None:
        msg = f"invalid age {age!r}: expected a span such as 90m, 24h or 30d"
        raise UsageError(msg)
    moment = None if since is None else moment_or_none(since)
    if since is not None and moment is None:
        msg = f"invalid date {since!r}: expected one such as 2026-11-01"
        raise UsageError(msg)
    return CaseFilter(
        host=asked.one("host"),
        owner=asked.one("owner"),
        package=asked.one("package"),
        classes=asked.all("class"),
        states=asked.all("state"),
        campaign=asked.one("campaign"),
        age=span,
        since=moment,
    )


def _row(one: Case, reports: Sequence[Report], now: datetime) -> QueueRow:
    held = [report for report in reports if report.status.is_open]
    shown = sorted(held, key=lambda report: -report.finding.match.confidence.rank)
    codes = [
        reason.code
        for report in shown
        for reason in (*report.finding.questions, *report.finding.match.reasons[::-1])
    ]
    pinned = [report.finding.match.release for report in shown or reports]
    releases = dict.fromkeys(f"{name or '?'}@{version or '?'}" for name, version in pinned)
    whole = len(reports) <= _MOST_READ
    return QueueRow(
        key=one.key,
        version=one.version,
        host=one.host,
        path=one.path,
        state=one.state.value,
        case_class=one.class_word,
        level=shown[0].finding.match.confidence.value if shown else None,
        ghosts=tuple(releases)[:_MOST_RELEASES],
        more_ghosts=len(releases) > _MOST_RELEASES or not whole,
        served=served(reports, now, whole=whole),
        at_head=at_head(reports, whole=whole),
        reasons=tuple(dict.fromkeys(codes))[:_REASONS],
        opened_at=one.opened_at,
        assigned_to=one.assigned_to,
    )


def _act(asked: PageRequest) -> ActionResult:
    """Decide about the cases that were ticked, and go on at the same place of the list."""
    back = fields_in(asked.one("back") or "")
    kept = {field.name: back[field.name] for field in _FIELDS if field.name in back}
    query = urlencode(kept, doseq=True, errors="replace")
    return decide(asked, f"{QUEUE.path}?{query}" if query else QUEUE.path)


QUEUE = Page(
    path="/cases",
    title="Queue",
    shows=CaseQueue,
    load=_load,
    template="queue.html",
    fields=_FIELDS,
    act=_act,
)
