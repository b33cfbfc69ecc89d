"""Ledgers as older versions of ghostcrawl left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command

from workers.ledger import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["make_schema"]


def make_schema(conn: Connection, revision: str) -> None:
    """Give an empty database the schema of `revision`, such as `0006`."""
    config = schema._config()
    config.attributes["connection"] = conn
    command.upgrade(config, revision)
