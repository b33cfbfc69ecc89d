"""What becomes of a finding: each change of its status, once, with the reason in its log.

What speaks against a finding (its pin is gone, its verdict was withdrawn) is stronger than what a person
has decided about it. A dismissal has its day, and holds again until then when the finding comes back; a
promotion ends with the pin, since whoever promoted it has not seen what is there now, and outlives only an
entry of the allow list. What has ended a finding stays true of it, so one that has ended ends no second time,
unless every record behind it is withdrawn: then it was wrong, and whoever had a letter is to know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from crawler.model import FindingStatus, Reason
from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import in_turn
from workers.ledger.tables import finding, finding_event

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

__all__ = [
    "ALLOWED",
    "WITHDRAWN",
    "FindingRecord",
    "change",
    "due_dismissals",
    "end_dismissals",
    "known",
    "last_reason",
    "log",
    "lose",
    "reopen",
    "retract",
]

WITHDRAWN = "withdrawn"
"""Code of the reason of a finding that was taken back because every record behind it was."""
ALLOWED = "allowed"
"""Code of the reason of a finding that was taken back because a person vouches for what is pinned."""

_FOUND_AGAIN = Reason(code="found-again", text="the pin was found there again")
_SAID_AGAIN = Reason(code="said-again", text="what it was taken back for is over")
_DISMISSAL_OVER = Reason(code="dismissal-over", text="the dismissal has had its day")
_HELD = frozenset({FindingStatus.NEW, FindingStatus.PROMOTED, FindingStatus.DISMISSED})
_NOT_RETRACTED = frozenset(FindingStatus) - {FindingStatus.RETRACTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRecord:
    """What the ledger knows of a finding beside what was found."""

    status: FindingStatus
    repository_id: int | None
    """None: found before there were numbers, in a repository that nobody knows by this name now."""
    dismissed_until: datetime | None = None
    """UTC; also of one whose pin is gone meanwhile."""


def known(conn: Connection, keys: Iterable[str]) -> Mapping[str, FindingRecord]:
    """Return those of `keys` that are findings, by key."""
    columns = (finding.c.state, finding.c.repository_id, finding.c.dismissed_until)
    found: dict[str, FindingRecord] = {}
    for some in batched(keys):
        rows = conn.execute(select(finding.c.key, *columns).where(finding.c.key.in_(some)))
        for key, state, repository_id, until in rows:
            found[key] = FindingRecord(
                status=FindingStatus(state), repository_id=repository_id, dismissed_until=until
            )
    return found


def retract(
    conn: Connection, keys: Collection[str], reason: Reason, now: datetime
) -> tuple[str, ...]:
    """Take findings back, because nothing says so any more; return those that were.

    Those that held; of those whose pin is gone only where every record was withdrawn: then the report was wrong.
    """
    from_ = _NOT_RETRACTED if reason.code == WITHDRAWN else _HELD
    return _end(conn, keys, FindingStatus.RETRACTED, reason, now, from_)


def lose(
    conn: Connection, keys: Collection[str], status: FindingStatus, reason: Reason, now: datetime
) -> tuple[str, ...]:
    """Note that pins are no longer there (`status`: GONE or GONE_AT_REFS); return those that held."""
    return _end(conn, keys, status, reason, now, _HELD)


def _end(  # noqa: PLR0913, PLR0917 - which findings, as what, why, when, of which status
    conn: Connection,
    keys: Collection[str],
    status: FindingStatus,
    reason: Reason,
    now: datetime,
    of: Collection[FindingStatus],
) -> tuple[str, ...]:
    in_turn(conn, "findings")
    there = known(conn, keys)
    held = [key for key in keys if key in there and there[key].status in of]
    return change(conn, held, status, reason, now)


def end_dismissals(conn: Connection, now: datetime) -> tuple[str, ...]:
    """Let findings hold again whose dismissal has had its day; return their keys."""
    over = due_dismissals(conn, now)
    return change(conn, over, FindingStatus.NEW, _DISMISSAL_OVER, now, event="reopened")


def due_dismissals(conn: Connection, now: datetime) -> tuple[str, ...]:
    """Return the keys of dismissed findings that `end_dismissals` would end."""
    due = (finding.c.state == FindingStatus.DISMISSED.value, finding.c.dismissed_until <= now)
    return tuple(conn.scalars(select(finding.c.key).where(*due).order_by(finding.c.key)))


def reopen(conn: Connection, keys: Collection[str], now: datetime) -> tuple[str, ...]:
    """Let findings hold that were found again; return those that are open again, not still dismissed."""
    end_dismissals(conn, now)
    there = known(conn, keys)
    closed = {k: one.dismissed_until for k, one in there.items() if one.status not in _HELD}
    dismissed = {key for key, until in closed.items() if until is not None and until > now}
    for key in dismissed:
        change(conn, [key], FindingStatus.DISMISSED, _last_dismissal(conn, key), now)
    back = [key for key in closed if key not in dismissed]
    taken_back = [key for key in back if there[key].status is FindingStatus.RETRACTED]
    promotions = {key: why for key in taken_back if (why := _promotion(conn, key)) is not None}
    for key, why in promotions.items():
        change(conn, [key], FindingStatus.PROMOTED, why, now)
    said = [key for key in taken_back if key not in promotions]
    change(conn, said, FindingStatus.NEW, _SAID_AGAIN, now, event="reopened")
    found = [key for key in back if key not in taken_back]
    change(conn, found, FindingStatus.NEW, _FOUND_AGAIN, now, event="reopened")
    return tuple(back)


def _promotion(conn: Connection, key: str) -> Reason | None:
    """Return why a finding was promoted that nothing but the allow list has ended since."""
    (last, why), *before = _last_events(conn, key, 2)
    if (last, why.code) != (FindingStatus.RETRACTED, ALLOWED) or not before:
        return None
    ((decided, words),) = before
    return words if decided == FindingStatus.PROMOTED else None


def last_reason(conn: Connection, key: str) -> Reason:
    """Return the reason of the last change of a finding."""
    ((_, reason),) = _last_events(conn, key, 1)
    return reason


def _last_dismissal(conn: Connection, key: str) -> Reason:
    of_it = finding_event.c.event == FindingStatus.DISMISSED.value
    ((_, reason),) = _last_events(conn, key, 1, of_it)
    return reason


def _last_events(
    conn: Connection, key: str, most: int, *conditions: ColumnElement[bool]
) -> list[tuple[str, Reason]]:
    """Return the last lines of the log of a finding, the newest first."""
    columns = (finding_event.c.event, finding_event.c.code, finding_event.c.text)
    of_it = select(*columns).where(finding_event.c.key == key, *conditions)
    rows = conn.execute(of_it.order_by(finding_event.c.id.desc()).limit(most))
    return [(event, Reason(code=code, text=text)) for event, code, text in rows]


def change(  # noqa: PLR0913 - which findings, to what, why, when, under which word
    conn: Connection,
    keys: Collection[str],
    status: FindingStatus,
    reason: Reason,
    now: datetime,
    *,
    event: str | None = None,
) -> tuple[str, ...]:
    """Give `keys` this status and log why, as `event` or as the status; nobody asks what they had."""
    for some in batched(keys):
        conn.execute(update(finding).where(finding.c.key.in_(some)).values(state=status.value))
    log(conn, keys, event or status.value, reason, now)
    return tuple(keys)


def log(
    conn: Connection, keys: Iterable[str], event: str, reason: Reason | None, now: datetime
) -> None:
    """Append one line per finding to the log of what became of it."""
    code, text = ("", "") if reason is None else (reason.code, reason.text)
    rows: Sequence[dict[str, object]] = [
        {"key": key, "at": now, "event": event, "code": code, "text": text} for key in keys
    ]
    if rows:
        conn.execute(finding_event.insert(), rows)
