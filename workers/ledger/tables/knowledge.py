"""What feeds say, and the verdicts that it amounts to."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, text

from workers.ledger.sql.columns import Clean, Exact, Instant
from workers.ledger.tables.base import id_column, metadata, reference

__all__ = [
    "assertion",
    "feed_cursor",
    "feed_poll",
    "file_owner",
    "judged_by",
    "record",
    "verdict",
    "verdict_digest",
]

feed_cursor = Table(
    "feed_cursor",
    metadata,
    Column("feed", Clean, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("checked_at", Instant, nullable=False),
)
feed_poll = Table(  # how the last polls ended; a feed that never answered has no cursor
    "feed_poll",
    metadata,
    Column("feed", Clean, primary_key=True),
    Column("asked_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("news_at", Instant),  # when a record last said something new
    Column("held_back", Integer, nullable=False),  # polls in a row that were not believed
    Column("problem", Clean),
)
record = Table(  # the last statement of each record; tells in one look whether anything changed
    "record",
    metadata,
    Column("feed", Clean, primary_key=True),
    Column("record_id", Clean, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("observed_at", Instant),
)
assertion = Table(  # append-only
    "assertion",
    metadata,
    id_column(),
    Column("digest", String(64), nullable=False, unique=True),
    Column("feed", Clean, nullable=False),
    Column("record_id", Clean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("project", Exact, nullable=False, index=True),
    Column("claim", String(32), nullable=False),
    Column("retracted", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False, index=True),
    Index(None, "feed", "record_id"),
)

file_owner = Table(  # the first 16 bytes of each digest that is stated of a file, and whose it is
    "file_owner",
    metadata,
    Column("prefix", LargeBinary(16), primary_key=True),
    Column("project", Exact, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

verdict = Table(  # a superseded row keeps since and until
    "verdict",
    metadata,
    id_column(),
    Column("project", Exact, nullable=False),
    Column("version", Clean),
    Column("level", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("recorded_at", Instant, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "project", "version"),
    Index(
        "ix_verdict_current_state",
        "state",
        "project",
        sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    ),
)
verdict_digest = Table(
    "verdict_digest",
    metadata,
    Column("hex", String(128), primary_key=True),
    Column("algorithm", String(16), primary_key=True),
    reference("verdict_id", "verdict.id", primary_key=True),
    Index(None, "verdict_id"),
    sqlite_with_rowid=False,
)
judged_by = Table(  # one row: the version of the rules that all current verdicts were judged by
    "judged_by",
    metadata,
    Column("rules", Clean, primary_key=True),
)
