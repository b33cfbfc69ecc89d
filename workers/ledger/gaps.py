"""What searches and lists could not look at: kept until the same question is asked again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select

from crawler.model import Skipped
from workers.ledger.tables import gap

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.ledger.work_items import Kind

__all__ = ["note", "noted"]


def note(
    conn: Connection, kind: Kind, key: str, skipped: Collection[Skipped], now: datetime
) -> None:
    """Keep `skipped` as what the work (`kind`, `key`) left out; what it left out before is forgotten."""
    conn.execute(delete(gap).where(and_(gap.c.kind == kind.value, gap.c.key == key)))
    rows = [
        {
            "kind": kind.value,
            "key": key,
            "reason": f"{item.context}: {item.reason}",
            "noted_at": now,
        }
        for item in skipped
    ]
    if rows:
        conn.execute(gap.insert(), rows)


def noted(conn: Connection) -> tuple[Skipped, ...]:
    """Return everything that was left out, in the order in which it was noted."""
    rows = conn.execute(select(gap.c.kind, gap.c.key, gap.c.reason).order_by(gap.c.id))
    return tuple(Skipped(context=f"{kind} {key}", reason=reason) for kind, key, reason in rows)
