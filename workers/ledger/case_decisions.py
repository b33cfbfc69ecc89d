"""What persons decide about cases: class, state, label, merging, what became of a report, and undoing it.

Who it was is not kept. Every function writes one line of the log per case; whoever calls one lets the case
follow afterwards (`case_following.follow`). All of them raise UsageError where the table of moves says no.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler.errors import UsageError
from crawler.model import CaseActor, CaseClass, CaseEvent, CaseState, FindingStatus, Reason
from workers.ledger import case_log, case_reports, cases, decisions, statuses
from workers.ledger.findings import reports_of
from workers.ledger.sql.statements import in_turn

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Report
    from workers.ledger.case_log import CaseLine
    from workers.ledger.cases import Case

__all__ = [
    "OUTCOMES",
    "STATES",
    "assign",
    "begin_sending",
    "end_sending",
    "merge",
    "note",
    "note_outcome",
    "note_report",
    "set_class",
    "set_state",
    "undo",
]

_LONGEST = timedelta(days=365)
"""How long a dismissal of findings may last, and does where nobody says otherwise."""
STATES = {
    CaseState.NEEDS_LOOK: CaseEvent.LOOK_WANTED,
    CaseState.CONFIRMED: CaseEvent.PROMOTED,
    CaseState.FALSE_POSITIVE: CaseEvent.FOUND_FALSE,
    CaseState.BENIGN: CaseEvent.FOUND_BENIGN,
}
"""The states that a person gives, each with its event."""
OUTCOMES = (CaseEvent.ACKNOWLEDGED, CaseEvent.REMOVED, CaseEvent.REFUSED)
"""What may come of a report."""
_HARMLESS = frozenset({CaseState.FALSE_POSITIVE, CaseState.BENIGN})


def set_class(  # noqa: PLR0913, PLR0917 - which case, as what, why, until when, when
    conn: Connection,
    one: Case,
    case_class: CaseClass,
    why: str,
    expires: datetime | None,
    now: datetime,
) -> None:
    """Say what a repository is; it counts more than the class that is reckoned."""
    values = {"class_set": case_class.value, "class_reason": why, "class_until": expires}
    reason = Reason(code=f"class-{case_class}", text=why)
    cases.record(conn, one, CaseEvent.CLASSED, reason, now, values)


def set_state(  # noqa: PLR0913, PLR0917 - which case, as what, why, until when, when
    conn: Connection,
    one: Case,
    state: CaseState,
    why: str,
    expires: datetime | None,
    now: datetime,
) -> None:
    """Give a case one of `STATES`.

    With false-positive and benign its findings are dismissed until `expires` (a year where that is
    None); with confirmed those that have open questions are promoted. Where it leaves false-positive or
    benign, what was dismissed with the case holds again.
    """
    in_turn(conn, "findings")
    event = STATES[state]
    cases.check(one, event)
    touched: dict[str, str] = {}
    if one.state in _HARMLESS:
        _take_back(conn, _last_of(conn, one.number, one.moved), why, now)
    if state in _HARMLESS:
        expires = expires or now + _LONGEST
        touched = dict(_dismissed(conn, one.number, why, expires, now))
    elif state is CaseState.CONFIRMED:
        touched = dict(_promoted(conn, one.number, why, now))
    reason = Reason(code="decided", text=why)
    cases.record(conn, one, event, reason, now, {"expires_at": expires}, touched=touched)


def note(conn: Connection, one: Case, text: str, now: datetime) -> None:
    """Add a remark to the log."""
    cases.record(conn, one, CaseEvent.NOTED, Reason(code="note", text=text), now)


def assign(conn: Connection, one: Case, label: str, now: datetime) -> None:
    """Say who looks after a case, by a label; an empty one: nobody in particular."""
    values = {"assigned_to": label or None}
    reason = Reason(code="assigned", text=f"to {label}" if label else "to nobody")
    cases.record(conn, one, CaseEvent.ASSIGNED, reason, now, values)


def merge(conn: Connection, one: Case, into: Case, why: str, now: datetime) -> None:
    """Make a case a duplicate of another one."""
    if one.number == into.number:
        msg = f"case {one.key} cannot be merged into itself; name another with --into"
        raise UsageError(msg)
    if into.duplicate_of is not None:
        msg = f"case {into.key} is a duplicate of {into.duplicate_of}; merge into that one"
        raise UsageError(msg)
    reason = Reason(code=into.key, text=why)
    cases.record(conn, one, CaseEvent.MERGED, reason, now, {"duplicate_of": into.key})


def note_report(  # noqa: PLR0913, PLR0917 - of which case, where, what is to be known, when it was, when
    conn: Connection,
    one: Case,
    channel: str,
    text: str,
    at: datetime,
    now: datetime,
    case_class: CaseClass | None = None,
) -> None:
    """Note that somebody was told of a case at `at` (UTC) over `channel`; never twice of one report.

    By its class it was a notice to the owner of a victim, else a letter.
    """
    if at > now:
        msg = f"--at {at:%Y-%m-%d %H:%M} UTC is in the future; name when it was sent"
        raise UsageError(msg)
    when = f"at {at:%Y-%m-%d %H:%M} UTC" + (f": {text}" if text else "")
    _note_told(conn, one, CaseEvent.REPORTED, Reason(code=channel, text=when), at, now, case_class)


def begin_sending(  # noqa: PLR0913, PLR0917 - of which case, where, what is to be known, when, as what
    conn: Connection, one: Case, channel: str, text: str, now: datetime, case_class: CaseClass
) -> None:
    """Note that a mail about a case is about to leave: from here on nobody writes a second one.

    It is followed by `end_sending`, or by `undo` where the server has not taken it.
    """
    reason = Reason(code=channel, text=text)
    _note_told(conn, one, CaseEvent.SENDING, reason, now, now, case_class)


def _note_told(  # noqa: PLR0913, PLR0917 - of which case, how, where, when it was, when, as what
    conn: Connection,
    one: Case,
    event: CaseEvent,
    reason: Reason,
    at: datetime,
    now: datetime,
    case_class: CaseClass | None,
) -> None:
    told = case_reports.findings_told(conn, one.number, now, case_class)
    cases.record(conn, one, event, reason, now, {"reported_at": at}, touched=told)


def end_sending(conn: Connection, one: Case, channel: str, now: datetime) -> None:
    """Note that the server has taken the mail about a case."""
    reason = Reason(code=channel, text="the mail server has taken the mail")
    cases.record(conn, one, CaseEvent.SENT, reason, now)


def note_outcome(conn: Connection, one: Case, outcome: CaseEvent, text: str, now: datetime) -> None:
    """Note what came of a report, one of `OUTCOMES`.

    That something was removed resolves the case at once; a look that sees it afterwards brings it back.
    """
    values = {"resolved_at": now} if outcome is CaseEvent.REMOVED else {}
    reason = Reason(code=f"said-{outcome}", text=text or f"the answer to the report: {outcome}")
    cases.record(conn, one, outcome, reason, now, values)


def undo(conn: Connection, one: Case, why: str, now: datetime) -> CaseLine:
    """Take back the last event of a person that stands, with what followed it at once; return it.

    Raises UsageError where there is none, and where the program has moved the case since.
    """
    in_turn(conn, "findings")
    line = _undoable(conn, one)
    _take_back(conn, line, why, now)
    values = cases.restored(line.undo or {})
    cases.record(
        conn,
        one,
        CaseEvent.UNDONE,
        Reason(code=line.event.value, text=why),
        now,
        values,
        after=CaseState(values.pop("state")),
        undo_of=line.id,
    )
    return line


def _undoable(conn: Connection, one: Case) -> CaseLine:
    since: list[CaseLine] = []
    for line in reversed(case_log.standing(case_log.history(conn, one.number))):
        if line.actor is CaseActor.PERSON:
            moved = [other for other in since if other.at != line.at]
            if moved:
                msg = (
                    f"case {one.key} has moved since that ({moved[0].event} at {moved[0].at:%Y-%m-%d %H:%M}"
                    " UTC); decide about it as it is now"
                )
                raise UsageError(msg)
            return line
        since.append(line)
    msg = f"nobody has decided anything about case {one.key}: nothing to undo"
    raise UsageError(msg)


def _last_of(conn: Connection, number: int, event: CaseEvent) -> CaseLine:
    return next(x for x in reversed(case_log.history(conn, number)) if x.event is event)


def _take_back(conn: Connection, line: CaseLine, why: str, now: datetime) -> None:
    """Undo what a line did to findings, of those that are still as it left them."""
    touched: dict[str, Any] = (line.undo or {}).get("findings", {})
    there = statuses.known(conn, touched)
    for key, status in touched.items():
        if key in there and there[key].status == status:
            decisions.reopen(conn, key, why, now)


def _dismissed(
    conn: Connection, number: int, why: str, until: datetime, now: datetime
) -> Iterator[tuple[str, str]]:
    for report in _open(conn, number):
        key = report.finding.key
        decisions.dismiss(conn, key, why, until, now)
        yield key, FindingStatus.DISMISSED.value


def _promoted(conn: Connection, number: int, why: str, now: datetime) -> Iterator[tuple[str, str]]:
    for report in _open(conn, number):
        if report.needs_decision:
            key = report.finding.key
            decisions.promote(conn, key, why, now)
            yield key, FindingStatus.PROMOTED.value


def _open(conn: Connection, number: int) -> list[Report]:
    return [one for one in reports_of(conn, [number]) if one.status.is_open]
