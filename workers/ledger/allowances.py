"""The allow list: what a person of this installation vouches for, why, and until when.

An entry is an assertion of the feed `allow-list` like any other: append-only, and with a claim that
the judge weighs. Who wrote it is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from crawler.model import Assertion, Claim, ProjectKey, Record, Subject, VerdictState
from crawler.verdicts.allowance import ALLOW_LIST
from workers.ledger import assertions, current_assertions
from workers.ledger.sql.keys import project_of
from workers.ledger.tables import verdict

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["FEED", "Allowance", "append", "entries", "entry_of", "expired", "record_id"]

FEED = ALLOW_LIST


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One entry of the allow list."""

    subject: Subject
    reason: str
    since: datetime
    """UTC."""
    expires_at: datetime
    """UTC; an entry that was taken back expired at that moment."""

    def stands(self, now: datetime) -> bool:
        """Say whether it still holds at `now`."""
        return now < self.expires_at


def record_id(subject: Subject) -> str:
    """Return the id of the entry on `subject`; a file is named by its digests too."""
    digests = () if subject.file is None else subject.file.digests
    return " ".join((f"allow:{subject}", *map(str, digests)))


def append(conn: Connection, allowance: Allowance, now: datetime) -> frozenset[ProjectKey]:
    """Write an entry, or the end of one; return the projects of which something else is said now."""
    said = Assertion(
        feed=FEED,
        record_id=record_id(allowance.subject),
        subject=allowance.subject,
        claim=Claim.ALLOWED,
        valid_from=allowance.since,
        observed_at=now,
        root_source=FEED,
        reference=allowance.reason,
        retracted_at=allowance.expires_at,
    )
    return assertions.append(conn, FEED, [Record(id=said.record_id, assertions=(said,))], now)


def entries(conn: Connection) -> tuple[Allowance, ...]:
    """Return all entries, those that have run out too, by subject."""
    said = (one for _, one in current_assertions.of_feed(conn, FEED))
    return tuple(entry for one in said if (entry := entry_of(one)) is not None)


def entry_of(said: Assertion) -> Allowance | None:
    """Return the entry that an assertion is, or None where it is none."""
    if said.feed != FEED or said.claim is not Claim.ALLOWED or said.retracted_at is None:
        return None
    return Allowance(
        subject=said.subject,
        reason=said.reference or "",
        since=said.valid_from,
        expires_at=said.retracted_at,
    )


def expired(conn: Connection, now: datetime) -> frozenset[ProjectKey]:
    """Return the projects that have a verdict `allowed` and an entry that holds no longer."""
    current = (verdict.c.until.is_(None), verdict.c.state == VerdictState.ALLOWED.value)
    allowed = _projects(conn.scalars(select(verdict.c.project).where(*current).distinct()))
    if not allowed:
        return frozenset()
    return frozenset(
        entry.subject.project
        for entry in entries(conn)
        if entry.subject.project in allowed and not entry.stands(now)
    )


def _projects(rows: Iterable[str]) -> frozenset[ProjectKey]:
    return frozenset(map(project_of, rows))
