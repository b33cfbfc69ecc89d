"""Which schema the database has, and how it gets ours: alembic without an ini file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from crawler.errors import StoreError
from workers.ledger.marks import may_work
from workers.ledger.revision import REVISION
from workers.ledger.tables import metadata
from workers.ledger.tables.base import revision

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["check", "upgrade"]


def upgrade(conn: Connection) -> None:
    """Run every migration that `conn` has not seen, inside its transaction.

    Raises StoreError for a schema that a later version has made: nothing leads back from there.
    """
    config, have = _config(), revision(conn)
    known = {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}
    if have is not None and have not in known:
        raise StoreError(newer_than_ours(have))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def newer_than_ours(have: str) -> str:
    """Say that a schema was made by a later version, and what to do."""
    return f"the database is at revision {have}, which this program does not know; install a newer ghostcrawl"


def check(conn: Connection) -> None:
    """Raise StoreError where the database has a schema that this program may not work with.

    A later one that has more than ours, and says that we may, is fine.
    """
    have = revision(conn)
    if not may_work(conn, have, REVISION):
        if have is not None and have > REVISION:
            raise StoreError(newer_than_ours(have))
        msg = f"the database is at revision {have}, this program needs {REVISION}; run `ghostcrawl db upgrade`"
        raise StoreError(msg)
    differences = compare_metadata(MigrationContext.configure(conn), metadata)
    if have != REVISION:
        differences = [one for one in differences if not _is_more(one)]
    if differences:
        msg = f"the database differs from the schema: {differences[0]}; restore it from a backup"
        raise StoreError(msg)


def _is_more(difference: Any) -> bool:  # noqa: ANN401 - alembic has no type for it
    """Say whether the database has something that this program does not know."""
    return isinstance(difference, tuple) and str(difference[0]).startswith("remove_")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
