"""Cases: one per repository that has findings which may be reported, and the log of each.

Every change goes through `record`, which asks the table of moves (`crawler.model.case_moves`), raises the
version and writes the line of the log, in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select, update

from crawler.errors import UsageError
from crawler.model import (
    CaseActor,
    CaseClass,
    CaseEvent,
    CaseState,
    Move,
    Reason,
    move_of,
    states_before,
)
from crawler.reporting.interface import Addressed
from crawler.reporting.letter import case_of
from workers.ledger.case_log import append
from workers.ledger.sql.keys import batched
from workers.ledger.tables import case, case_event, repository

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

__all__ = [
    "Case",
    "all_cases",
    "check",
    "class_set_by",
    "classes_set",
    "named",
    "of_repositories",
    "open_case",
    "record",
    "reported",
    "restored",
]

_MOST_NAMED = 5
_RESTORED = ("state", "class_set", "class_reason", "assigned_to", "duplicate_of")
_RESTORED_TIMES = ("class_until", "expires_at", "reported_at", "resolved_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case as it is now."""

    number: int
    """Of its repository in the ledger."""
    key: str
    """What letters call it; stays when the repository is renamed."""
    host: str
    path: str
    """Of the repository, as it is called now."""
    state: CaseState
    class_set: CaseClass | None
    """The class that a person has set; it counts more than the one that is reckoned."""
    class_reason: str | None
    class_until: datetime | None
    """UTC; when the class that was set has had its day."""
    assigned_to: str | None
    expires_at: datetime | None
    """UTC; when what was decided about its state has had its day."""
    duplicate_of: str | None
    """Key of another case."""
    version: int
    """Grows with every line of the log."""
    opened_at: datetime
    changed_at: datetime
    reported_at: datetime | None
    resolved_at: datetime | None
    """UTC; when it was first seen to be gone, the last time that it was."""
    class_known: CaseClass | None
    """The class that the rules reckoned when the case last followed its findings."""
    urgency: int
    """How soon a person should look, then (`case_urgency`)."""
    moved: CaseEvent
    """What brought it into its state."""
    moved_by: CaseActor
    moved_at: datetime

    def decisions_over(self, now: datetime) -> tuple[str, ...]:
        """Return the columns of the decisions that have had their day at `now`."""
        ends = {"class_until": self.class_until, "expires_at": self.expires_at}
        return tuple(name for name, until in ends.items() if until is not None and until <= now)

    @property
    def class_word(self) -> str:
        """The class as people read it: as a person has set it, else as it was last reckoned."""
        known = self.class_set or self.class_known
        return "unknown" if known is None else known.value

    @property
    def owner(self) -> str:
        """The first part of the path of its repository."""
        return self.path.partition("/")[0]


def all_cases(conn: Connection) -> tuple[Case, ...]:
    """Return every case, by host and path of its repository."""
    return tuple(map(_case, conn.execute(_cases())))


def reported(conn: Connection) -> tuple[Case, ...]:
    """Return the cases that were reported, by host and path of their repository."""
    return tuple(map(_case, conn.execute(_cases().where(case.c.reported_at.is_not(None)))))


def of_repositories(conn: Connection, numbers: Collection[int]) -> dict[int, Case]:
    """Return the cases of these repositories, by number; those without one are left out."""
    found: dict[int, Case] = {}
    for some in batched(sorted(numbers)):
        of_some = _cases().where(case.c.repository_id.in_(some))
        rows = conn.execute(
            of_some.order_by(None)
        )  # SQLite would read every repository to sort some
        found |= {one.number: one for one in map(_case, rows)}
    return found


def named(conn: Connection, start: str) -> Case:
    """Return the one case whose id begins with `start`; UsageError for none or several."""
    matching = case.c.key.startswith(start, autoescape=True)
    statement = _cases().where(matching).order_by(None).order_by(case.c.key)
    found = [_case(row) for row in conn.execute(statement.limit(_MOST_NAMED + 1))]
    exact = [one for one in found if one.key == start]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    if not found:
        msg = f"no case has an id that begins with {start!r}; `cases list` shows them"
        raise UsageError(msg)
    shown = ", ".join(one.key for one in found[:_MOST_NAMED])
    msg = f"several cases have an id that begins with {start!r}: {shown}; write more of it"
    raise UsageError(msg)


def classes_set(conn: Connection) -> Mapping[int, CaseClass]:
    """Return the class that a person has set, by number of the repository."""
    rows = conn.execute(
        select(case.c.repository_id, case.c.class_set).where(case.c.class_set.is_not(None))
    )
    return {number: CaseClass(value) for number, value in rows}


def class_set_by(conn: Connection) -> Callable[[Addressed], CaseClass | None]:
    """Return what says of a repository which class a person has set for it."""
    known = classes_set(conn)
    return lambda about: None if about.number is None else known.get(about.number)


def _cases() -> Select[Any]:
    line, undoing = case_event.alias(), case_event.alias()
    of_it = line.c.repository_id == case.c.repository_id
    moving = select(func.max(line.c.id)).where(
        of_it,
        line.c.before.is_(None) | (line.c.before != line.c.after),
        line.c.after == case.c.state,
        line.c.event != CaseEvent.UNDONE.value,
        ~exists().where(
            undoing.c.repository_id == line.c.repository_id, undoing.c.undo_of == line.c.id
        ),
    )
    first = select(func.min(line.c.id)).where(of_it)
    return (
        select(
            case,
            repository.c.host,
            repository.c.path,
            case_event.c.event,
            case_event.c.actor,
            case_event.c.at,
        )
        .join(repository, repository.c.id == case.c.repository_id)
        .join(
            case_event,
            case_event.c.id == func.coalesce(moving.scalar_subquery(), first.scalar_subquery()),
        )
        .order_by(repository.c.host, repository.c.path, case.c.repository_id)
    )


def _case(row: Any) -> Case:  # noqa: ANN401 - a row of many columns
    return Case(
        number=row.repository_id,
        key=row.key,
        host=row.host,
        path=row.path,
        state=CaseState(row.state),
        class_set=None if row.class_set is None else CaseClass(row.class_set),
        class_reason=row.class_reason,
        class_until=row.class_until,
        assigned_to=row.assigned_to,
        expires_at=row.expires_at,
        duplicate_of=row.duplicate_of,
        version=row.version,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        reported_at=row.reported_at,
        resolved_at=row.resolved_at,
        class_known=None if row.class_known is None else CaseClass(row.class_known),
        urgency=row.urgency,
        moved=CaseEvent(row.event),
        moved_by=CaseActor(row.actor),
        moved_at=row.at,
    )


def open_case(conn: Connection, number: int, reason: Reason, now: datetime) -> None:
    """Open the case of a repository that has none."""
    columns = (repository.c.host, repository.c.path)
    host, path = conn.execute(select(*columns).where(repository.c.id == number)).one()
    row = {
        "repository_id": number,
        "key": _free_key(conn, Addressed(host=host, path=path, number=number)),
        "state": CaseState.NEW.value,
        "version": 1,
        "opened_at": now,
        "changed_at": now,
    }
    conn.execute(case.insert(), row)
    append(conn, number, CaseEvent.OPENED, None, CaseState.NEW, reason, CaseActor.PROGRAM, now)


def _free_key(conn: Connection, about: Addressed) -> str:
    """Return the id that letters print; with the number behind it where a namesake has it already."""
    key = case_of(about)
    taken = conn.scalar(select(case.c.repository_id).where(case.c.key == key))
    return key if taken is None else f"{key}-{about.number}"


def record(  # noqa: PLR0913, PLR0917 - what happens to which case, why, by whom, when, and what it sets
    conn: Connection,
    one: Case,
    event: CaseEvent,
    reason: Reason,
    now: datetime,
    values: Mapping[str, object] | None = None,
    *,
    after: CaseState | None = None,
    undo_of: int | None = None,
    touched: Mapping[str, str] | None = None,
) -> None:
    """Let `event` happen to a case and set columns with it; UsageError where the table says no.

    `after` is for UNDONE alone. Persons' events can be taken back, so what they change is kept, with
    the findings that were `touched` along (key and the status that they got).
    """
    move = check(one, event)
    state = after or move.after or one.state
    undo = _undo(conn, one, touched or {}) if move.actor is CaseActor.PERSON else None
    row = {**(values or {}), "state": state.value, "version": one.version + 1, "changed_at": now}
    mine = (case.c.repository_id == one.number, case.c.version == one.version)
    if conn.execute(update(case).where(*mine).values(row)).rowcount != 1:
        msg = f"case {one.key} was changed meanwhile; look at it again with `cases show {one.key}`"
        raise UsageError(msg)
    append(conn, one.number, event, one.state, state, reason, move.actor, now, undo_of, undo)


def check(one: Case, event: CaseEvent) -> Move:
    """Return the move that `event` makes of a case; UsageError where the table has none."""
    move = move_of(event, one.state)
    if move is None:
        allowed = ", ".join(states_before(event))
        msg = f"case {one.key} is {one.state}: {event} is for {allowed} only"
        raise UsageError(msg)
    return move


def _undo(conn: Connection, one: Case, touched: Mapping[str, str]) -> str:
    """Return what an undo writes back, as JSON."""
    columns = [case.c[name] for name in (*_RESTORED, *_RESTORED_TIMES)]
    row = conn.execute(select(*columns).where(case.c.repository_id == one.number)).one()
    kept = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row._mapping.items()  # noqa: SLF001 - a public name of SQLAlchemy
    }
    return json.dumps(kept | {"findings": dict(touched)}, sort_keys=True)


def restored(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that `undo` of a line writes back."""
    times = {
        name: None if kept[name] is None else datetime.fromisoformat(kept[name])
        for name in _RESTORED_TIMES
    }
    return {name: kept[name] for name in _RESTORED} | times
