"""What was told of cases: which findings stood in the letter that a person has sent, where it went, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crawler.model import CaseActor, CaseEvent, CaseState, Confidence
from crawler.reporting.accusation import Bar, bar_of
from crawler.reporting.correction import EarlierLetters
from crawler.reporting.interface import Addressed
from workers.ledger import case_log, cases
from workers.ledger.findings import reports_of
from workers.ledger.tables import case, case_event, finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Select

    from workers.ledger.case_log import CaseLine
    from workers.ledger.cases import Case

__all__ = ["ReportSent", "findings_told", "not_again", "to_correct", "told"]

_ACCUSED, _KNOWN = "accused", "known"
_WAITS = frozenset({CaseState.REPORTED, CaseState.ACKNOWLEDGED})
_WRONG = frozenset({CaseState.FALSE_POSITIVE, CaseState.BENIGN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSent:
    """The last report of one case."""

    repository: Addressed
    key: str
    """Of the case."""
    state: CaseState
    channel: str
    at: datetime
    """UTC; when it was sent."""
    accused: frozenset[str]
    """Keys of the findings that a letter or notice could tell of."""
    known: frozenset[str]
    """Keys of all confirmed and likely findings that held then."""

    @property
    def waits(self) -> bool:
        """Whether nothing has become of it yet that a look or a person has seen."""
        return self.state in _WAITS


def findings_told(conn: Connection, number: int, now: datetime) -> Mapping[str, str]:
    """Return the findings of a repository that a report of it tells of now: key -> whether accused."""
    held = [
        one
        for one in reports_of(conn, [number])
        if one.status.is_open and one.finding.match.confidence.rank >= Confidence.LIKELY.rank
    ]
    # A letter may be sent a while after it was written, when it is no lure any more, and a notice tells of no lure.
    may_stand = {None, Bar.UNVERIFIED, Bar.NOT_A_LURE}
    return {one.finding.key: _ACCUSED if bar_of(one, now) in may_stand else _KNOWN for one in held}


def told(conn: Connection) -> tuple[ReportSent, ...]:
    """Return the last report of every case that was reported, by host and path."""
    found = []
    for one in cases.reported(conn):
        line = _last_report(conn, one.number)
        if line is not None and one.reported_at is not None:
            found.append(_sent(one, line, one.reported_at))
    return tuple(found)


def _last_report(conn: Connection, number: int) -> CaseLine | None:
    lines = case_log.history(conn, number)
    undone = {line.undo_of for line in lines}
    reported = [x for x in lines if x.event is CaseEvent.REPORTED and x.id not in undone]
    return reported[-1] if reported else None


def _sent(one: Case, line: CaseLine, at: datetime) -> ReportSent:
    findings: Mapping[str, str] = (line.undo or {}).get("findings", {})
    return ReportSent(
        repository=Addressed(host=one.host, path=one.path, number=one.number),
        key=one.key,
        state=one.state,
        channel=line.reason.code,
        at=at,
        accused=frozenset(key for key, how in findings.items() if how == _ACCUSED),
        known=frozenset(findings),
    )


def not_again(conn: Connection, sent: Iterable[ReportSent]) -> frozenset[str]:
    """Return the keys of findings that no letter is written about, as long as there are no others.

    Those that were told of, until their case comes back, those of duplicates, and those of cases that a
    person wants to look at first.
    """
    settled = _WAITS | {CaseState.RESOLVED}
    keys = {key for one in sent if one.state in settled for key in one.known}
    duplicates = (
        select(finding.c.key)
        .join(case, case.c.repository_id == finding.c.repository_id)
        .where(case.c.state == CaseState.DUPLICATE.value)
    )
    return frozenset((*keys, *conn.scalars(duplicates), *conn.scalars(_held_by_persons())))


def _held_by_persons() -> Select[Any]:
    """Select the findings of cases that a person, and not the program, has put to those that need a look."""
    needs_look = CaseState.NEEDS_LOOK.value
    moved = case_event.c.before.is_(None) | (case_event.c.before != case_event.c.after)
    last = (
        select(func.max(case_event.c.id))
        .where(case_event.c.repository_id == case.c.repository_id, moved)
        .scalar_subquery()
    )
    line = case_event.alias()
    return (
        select(finding.c.key)
        .join(case, case.c.repository_id == finding.c.repository_id)
        .join(line, line.c.id == last)
        .where(case.c.state == needs_look, line.c.actor == CaseActor.PERSON.value)
    )


def to_correct(sent: Iterable[ReportSent]) -> tuple[EarlierLetters, ...]:
    """Return what was told of cases that turned out to be wrong or harmless."""
    return tuple(
        EarlierLetters(repository=one.repository, findings=one.accused)
        for one in sent
        if one.state in _WRONG and one.accused
    )
