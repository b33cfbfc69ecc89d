"""What persons decide about findings: promote, dismiss until a day, undo. Who it was is not kept.

Only what holds can be decided: nobody can stand behind a pin that is gone, and what was taken back needs
no dismissal. A decision changes no confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from crawler.errors import UsageError
from crawler.model import FindingStatus, Reason
from workers.ledger import statuses
from workers.ledger.sql.statements import in_turn
from workers.ledger.tables import finding, finding_event

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Event", "dismiss", "history", "named", "promote", "reopen"]

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the log of a finding."""

    at: datetime
    event: str
    """`found`, `reopened`, or the status that it got."""
    reason: Reason


def named(conn: Connection, start: str) -> str:
    """Return the key of the one finding whose id begins with `start`; UsageError for none or several."""
    matching = finding.c.key.startswith(start, autoescape=True)
    statement = select(finding.c.key).where(matching).order_by(finding.c.key)
    keys: list[str] = list(conn.scalars(statement.limit(_MOST_NAMED + 1)))
    if len(keys) == 1:
        return keys[0]
    if not keys:
        msg = f"no finding has an id that begins with {start!r}; `findings list --status all` shows them"
        raise UsageError(msg)
    shown = ", ".join(key[: max(12, len(start) + 4)] for key in keys[:_MOST_NAMED])
    msg = f"several findings have an id that begins with {start!r}: {shown}; write more of it"
    raise UsageError(msg)


def promote(conn: Connection, key: str, why: str, now: datetime) -> None:
    """Let a person stand behind a finding: its questions no longer hold it back. Raises UsageError."""
    if _decidable(conn, key) is FindingStatus.PROMOTED:
        msg = f"finding {key[:12]} is promoted already: nothing to change"
        raise UsageError(msg)
    _decide(conn, key, FindingStatus.PROMOTED, Reason(code="promoted", text=why), now)


def dismiss(conn: Connection, key: str, why: str, until: datetime, now: datetime) -> None:
    """Let a finding be none until a moment (UTC), also when it is found again. Raises UsageError."""
    reason = Reason(code="dismissed", text=f"until {until:%Y-%m-%d %H:%M} UTC: {why}")
    _decide(conn, key, FindingStatus.DISMISSED, reason, now, until)


def reopen(conn: Connection, key: str, why: str, now: datetime) -> None:
    """Take a decision back: nobody has decided about the finding. Raises UsageError."""
    if _decidable(conn, key) is FindingStatus.NEW:
        msg = f"finding {key[:12]} is new: nothing to undo"
        raise UsageError(msg)
    reason = Reason(code="decision-taken-back", text=why)
    _decide(conn, key, FindingStatus.NEW, reason, now)


def _decide(  # noqa: PLR0913, PLR0917 - what is decided about which, why, when, until when
    conn: Connection,
    key: str,
    status: FindingStatus,
    reason: Reason,
    now: datetime,
    until: datetime | None = None,
) -> None:
    in_turn(conn, "findings")
    _decidable(conn, key)
    conn.execute(update(finding).where(finding.c.key == key).values(dismissed_until=until))
    event = "reopened" if status is FindingStatus.NEW else None
    statuses.change(conn, [key], status, reason, now, event=event)


def _decidable(conn: Connection, key: str) -> FindingStatus:
    status = statuses.known(conn, [key])[key].status
    if status.is_open or status is FindingStatus.DISMISSED:
        return status
    *_, last = history(conn, key)
    msg = f"finding {key[:12]} is {status}: {last.reason.text}. Only a finding that holds can be decided"
    raise UsageError(msg)


def history(conn: Connection, key: str) -> tuple[Event, ...]:
    """Return the log of a finding, the oldest line first."""
    columns = (
        finding_event.c.at,
        finding_event.c.event,
        finding_event.c.code,
        finding_event.c.text,
    )
    rows = conn.execute(
        select(*columns).where(finding_event.c.key == key).order_by(finding_event.c.id)
    )
    return tuple(
        Event(at=at, event=event, reason=Reason(code=code, text=text))
        for at, event, code, text in rows
    )
