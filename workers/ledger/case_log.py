"""The log of cases: append-only, who made it (a person or the program) in each line, and what an undo writes back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crawler.model import CaseActor, CaseEvent, CaseState, Reason
from workers.ledger.tables import case_event

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["CaseLine", "append", "history", "standing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One line of the log of a case."""

    id: int
    at: datetime
    event: CaseEvent
    before: CaseState | None
    after: CaseState
    reason: Reason
    actor: CaseActor
    undo_of: int | None
    """The line that this one takes back."""
    undo: Mapping[str, Any] | None
    """What the case was before, where a person may take the line back."""


def history(conn: Connection, number: int) -> tuple[CaseLine, ...]:
    """Return the log of the case of a repository, the oldest line first."""
    of_it = select(case_event).where(case_event.c.repository_id == number)
    rows = conn.execute(of_it.order_by(case_event.c.id))
    return tuple(
        CaseLine(
            id=row.id,
            at=row.at,
            event=CaseEvent(row.event),
            before=None if row.before is None else CaseState(row.before),
            after=CaseState(row.after),
            reason=Reason(code=row.code, text=row.text),
            actor=CaseActor(row.actor),
            undo_of=row.undo_of,
            undo=None if row.undo is None else json.loads(row.undo),
        )
        for row in rows
    )


def standing(lines: Iterable[CaseLine]) -> tuple[CaseLine, ...]:
    """Return the lines of a log that nobody has taken back, without those that took one back."""
    known = tuple(lines)
    undone = {line.undo_of for line in known}
    return tuple(x for x in known if x.event is not CaseEvent.UNDONE and x.id not in undone)


def append(  # noqa: PLR0913, PLR0917 - the columns of a line
    conn: Connection,
    number: int,
    event: CaseEvent,
    before: CaseState | None,
    after: CaseState,
    reason: Reason,
    actor: CaseActor,
    now: datetime,
    undo_of: int | None = None,
    undo: str | None = None,
) -> None:
    """Add a line to the log of the case of a repository."""
    row = {
        "repository_id": number,
        "at": now,
        "event": event.value,
        "before": None if before is None else before.value,
        "after": after.value,
        "code": reason.code,
        "text": reason.text,
        "actor": actor.value,
        "undo_of": undo_of,
        "undo": undo,
    }
    conn.execute(case_event.insert(), row)
