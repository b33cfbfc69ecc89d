"""Which migration this code is written for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["REVISION", "SchemaChanged", "require_revision"]

REVISION = "0022"
"""The newest of the migrations, so that opening a ledger need not load them; a test compares."""


class SchemaChanged(StoreError):
    """The database was migrated to what this program may not work with: start it again, upgraded."""


def require_revision(conn: Connection) -> None:
    """Raise SchemaChanged unless we may work with the schema; one look at one row where it is ours."""
    have = conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if have == REVISION:
        return
    from workers.ledger.marks import may_work

    if not may_work(conn, have, REVISION):
        msg = f"the database is at revision {have} now, this program needs {REVISION}; upgrade it and start it again"
        raise SchemaChanged(msg)
