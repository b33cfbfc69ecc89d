"""A lock is a blob and how its name says that it is read; what was left out is counted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from crawler.lockfiles import reading_of
from workers.ledger.sql.columns import restore
from workers.ledger.sql.keys import batched

__all__ = ["upgrade"]

revision = "0009"
down_revision = "0008"

_BY_CONTENT = "by-content"
_RECOGNISED = "pex"
"""The one format that was told by content alone."""


def upgrade() -> None:
    """Say of each lock and each sighting how it was or is to be read; all that was left out was one."""
    op.add_column("lock", sa.Column("reading", sa.Text(), nullable=False, server_default=""))
    op.add_column("sighting", sa.Column("reading", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "visit_skipped", sa.Column("times", sa.Integer(), nullable=False, server_default="1")
    )
    conn = op.get_bind()
    _name_sightings(conn)
    _name_locks(conn)
    _change_identity(conn)
    _forget_heads(conn)
    _take_back(conn)


def _name_sightings(conn: sa.Connection) -> None:
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for row_id, path in conn.execute(sa.text("SELECT id, path FROM sighting")):
        ids[reading_of(restore(path))].append(row_id)
    sighting = sa.table("sighting", sa.column("id"), sa.column("reading"))
    for reading, rows in ids.items():
        for some in batched(rows):
            named = sa.update(sighting).where(sighting.c.id.in_(some)).values(reading=reading)
            conn.execute(named)


def _name_locks(conn: sa.Connection) -> None:
    """The format says which reading it was, but for those that were told by their content."""
    conn.execute(
        sa.text(
            "UPDATE lock SET reading = CASE WHEN format = 'unknown' OR (format = :recognised"
            " AND NOT EXISTS (SELECT 1 FROM sighting WHERE sighting.oid = lock.oid"
            " AND sighting.reading = lock.format)) THEN :by_content ELSE format END"
        ),
        {"recognised": _RECOGNISED, "by_content": _BY_CONTENT},
    )


def _change_identity(conn: sa.Connection) -> None:
    """Put the new constraint in the place of the old one; SQLite writes the table anew for that.

    What refers to a lock is out of the way meanwhile: dropping the old table would delete from it.
    """
    rewritten = conn.dialect.name == "sqlite"
    if rewritten:
        conn.execute(sa.text("CREATE TEMPORARY TABLE aside AS SELECT * FROM lock_skipped"))
        conn.execute(sa.text("DELETE FROM lock_skipped"))
    with op.batch_alter_table("lock") as batch:
        batch.drop_constraint("uq_lock_oid", type_="unique")
        batch.create_unique_constraint("uq_lock_oid_reading", ["oid", "reading"])
    if rewritten:
        conn.execute(sa.text("INSERT INTO lock_skipped SELECT * FROM aside"))
        conn.execute(sa.text("DROP TABLE aside"))


def _forget_heads(conn: sa.Connection) -> None:
    """A head with a lock that was read as something else was read by nobody yet."""
    conn.execute(
        sa.text(
            "UPDATE head SET parser_version = '' WHERE EXISTS (SELECT 1 FROM sighting"
            " JOIN lock ON lock.oid = sighting.oid"
            " WHERE sighting.repository_id = head.repository_id AND sighting.ref = head.ref"
            " AND NOT EXISTS (SELECT 1 FROM lock AS same WHERE same.oid = sighting.oid"
            " AND same.reading = sighting.reading))"
        )
    )


def _take_back(conn: sa.Connection) -> None:
    """Take back what was found by reading a lock as another format than its name says."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for key, was, reading in _misread(conn):
        conn.execute(
            sa.text("UPDATE finding SET state = 'retracted' WHERE key = :key"), {"key": key}
        )
        text = f"its lock was read as {was}, but its name says {reading}"
        conn.execute(
            sa.text(
                "INSERT INTO finding_event (key, at, event, code, text)"
                " VALUES (:key, :at, 'retracted', 'misread', :text)"
            ),
            {"key": key, "at": now, "text": text},
        )


def _misread(conn: sa.Connection) -> Iterator[tuple[str, str, str]]:
    """Yield key, format and reading of such findings."""
    found = sa.text("SELECT key, lock_path, body FROM finding WHERE state = 'new'")
    for key, path, body in conn.execute(found).all():
        was, reading = json.loads(body)["format"], reading_of(restore(path))
        if was != reading and (was, reading) != (_RECOGNISED, _BY_CONTENT):
            yield key, was, reading
