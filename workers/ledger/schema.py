"""Which schema the database has, and how it gets ours: alembic without an ini file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from crawler.errors import StoreError
from workers.ledger.tables import metadata
from workers.ledger.tables.base import revision

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["check", "upgrade"]


def upgrade(conn: Connection) -> None:
    """Run every migration that `conn` has not seen, inside its transaction."""
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def check(conn: Connection) -> None:
    """Raise StoreError where the database has another schema than this program."""
    have, want = revision(conn), ScriptDirectory.from_config(_config()).get_current_head()
    if have != want:
        msg = f"the database is at revision {have}, this program needs {want}; run `ghostcrawl db upgrade`"
        raise StoreError(msg)
    differences = compare_metadata(MigrationContext.configure(conn), metadata)
    if differences:
        msg = f"the database differs from the schema: {differences[0]}; restore it from a backup"
        raise StoreError(msg)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
