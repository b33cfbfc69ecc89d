"""What all tables share: names of constraints, ids, references."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    inspect,
    text,
)

__all__ = ["ID", "id_column", "metadata", "reference", "revision"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is exactly INTEGER."""


def revision(conn: Connection) -> str | None:
    """Return the revision that the database is at (alembic's own table), None for an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    found: str | None = conn.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def id_column() -> Column[int]:
    """Return a column `id` that the database fills."""
    return Column("id", ID, primary_key=True)


def reference(column: str, target: str, *, primary_key: bool = False) -> Column[int]:
    """Return a column that must hold the id of a row of `target` (`table.column`)."""
    return Column(column, ID, ForeignKey(target), nullable=False, primary_key=primary_key)
