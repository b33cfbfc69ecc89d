"""What was told of cases: which findings stood in the letter that a person has sent, where it went, and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crawler.model import CaseActor, CaseClass, CaseEvent, CaseState, Confidence
from crawler.reporting.accusation import Bar, bar_of
from crawler.reporting.correction import EarlierLetters
from crawler.reporting.interface import Addressed
from workers.ledger import case_log, cases
from workers.ledger.case_log import standing
from workers.ledger.findings import reports_of
from workers.ledger.tables import case, case_event, finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Select

    from workers.ledger.case_log import CaseLine
    from workers.ledger.cases import Case

__all__ = ["ReportSent", "findings_told", "is_unsure", "not_again", "to_correct", "told"]

_LETTER, _NOTICE, _KNOWN = "accused", "noticed", "known"
_WAITS = frozenset({CaseState.REPORTED, CaseState.ACKNOWLEDGED})
_WRONG = frozenset({CaseState.FALSE_POSITIVE, CaseState.BENIGN})
_TOLD = frozenset({CaseEvent.REPORTED, CaseEvent.SENDING})
_STATED = re.compile(r"at (\d{4}-\d\d-\d\d \d\d:\d\d UTC)")
"""When a report went out that a person has noted afterwards; see `case_decisions.note_report`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSent:
    """What was reported of one case."""

    repository: Addressed
    key: str
    """Of the case."""
    state: CaseState
    channels: tuple[str, ...]
    """Every way that it went out, with the time, the oldest first."""
    at: datetime
    """UTC; when it was sent last."""
    accused: frozenset[str]
    """Keys of the findings that the last letter could tell of."""
    noticed: frozenset[str]
    """Keys of those that the last notice to the owner could."""
    known: frozenset[str]
    """Keys of all confirmed and likely findings that held then."""
    unsure: bool
    """Whether nobody knows if its mail has left."""

    @property
    def waits(self) -> bool:
        """Whether nothing has become of it yet that a look or a person has seen."""
        return self.state in _WAITS


def findings_told(
    conn: Connection, number: int, now: datetime, case_class: CaseClass | None = None
) -> Mapping[str, str]:
    """Return the findings of a repository that a report of it tells of now: key -> in what it stands."""
    held = [
        one
        for one in reports_of(conn, [number])
        if one.status.is_open and one.finding.match.confidence.rank >= Confidence.LIKELY.rank
    ]
    # A letter may be sent a while after it was written, when it is no lure any more, and a notice tells of no lure.
    may_stand = {None, Bar.UNVERIFIED, Bar.NOT_A_LURE}
    stands = _NOTICE if case_class is CaseClass.VICTIM else _LETTER
    return {one.finding.key: stands if bar_of(one, now) in may_stand else _KNOWN for one in held}


def told(conn: Connection) -> tuple[ReportSent, ...]:
    """Return what was reported of every case that was, by host and path."""
    found = []
    for one in cases.reported(conn):
        lines = case_log.history(conn, one.number)
        sent = [line for line in standing(lines) if line.event in _TOLD]
        if sent and one.reported_at is not None:
            found.append(_sent(one, sent, is_unsure(lines), one.reported_at))
    return tuple(found)


def is_unsure(lines: Sequence[CaseLine]) -> bool:
    """Say of the log of a case whether nobody knows if its last mail has left: nothing came after it."""
    ends = [
        line
        for line in standing(lines)
        if line.event in {*_TOLD, CaseEvent.SENT} or line.actor is CaseActor.PERSON
    ]
    return bool(ends) and ends[-1].event is CaseEvent.SENDING


def _sent(one: Case, lines: Sequence[CaseLine], unsure: bool, at: datetime) -> ReportSent:  # noqa: FBT001 - a fact
    findings: Mapping[str, str] = (lines[-1].undo or {}).get("findings", {})
    return ReportSent(
        repository=Addressed(host=one.host, path=one.path, number=one.number),
        key=one.key,
        state=one.state,
        channels=tuple(map(_channel, lines)),
        at=at,
        accused=frozenset(key for key, how in findings.items() if how == _LETTER),
        noticed=frozenset(key for key, how in findings.items() if how == _NOTICE),
        known=frozenset(findings),
        unsure=unsure,
    )


def _channel(line: CaseLine) -> str:
    """Return over which channel a report went out and when, as far as others may know."""
    stated = _STATED.match(line.reason.text)
    when = f"{line.at:%Y-%m-%d %H:%M} UTC" if stated is None else stated[1]
    return f"{line.reason.code} ({when})"


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


def to_correct(
    sent: Iterable[ReportSent], amiss: Callable[[EarlierLetters], bool]
) -> tuple[EarlierLetters, ...]:
    """Return what was told of cases that turned out to be wrong or harmless, or that is `amiss` otherwise.

    What was told and has been remedied since needs no correction where no letter lies.
    """
    letters = (
        (
            one,
            EarlierLetters(
                repository=one.repository,
                findings=one.accused,
                noticed=one.noticed,
                channels=one.channels,
            ),
        )
        for one in sent
        if one.accused or one.noticed
    )
    return tuple(said for one, said in letters if one.state in _WRONG or amiss(said))
