"""The one row that speaks for the whole ledger: which code may work with it, where its fences begin.

A migration that only expands (a new table, a column that older code need not fill) leaves `oldest_code`, so
that older processes go on while newer ones start; one that contracts raises it to its own revision, and
older processes end before they write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, select, update

from workers.ledger.tables import ledger_mark

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["first_fence", "may_work", "raise_first_fence"]


def may_work(conn: Connection, have: str | None, code: str) -> bool:
    """Say whether code that was written for the revision `code` may work with the schema `have`."""
    if have is None or have <= code:
        return have == code
    if not inspect(conn).has_table(ledger_mark.name):
        return False
    oldest = conn.scalar(select(ledger_mark.c.oldest_code))
    return oldest is not None and oldest <= code


def first_fence(conn: Connection) -> int:
    """Return the fence of new lanes: beyond all that was handed out before the last restore."""
    return conn.scalar(select(ledger_mark.c.first_fence)) or 0


def raise_first_fence(conn: Connection, fence: int) -> None:
    """Let new lanes begin at `fence`, unless they begin later already."""
    lower = ledger_mark.c.first_fence < fence
    conn.execute(update(ledger_mark).where(lower).values(first_fence=fence))
