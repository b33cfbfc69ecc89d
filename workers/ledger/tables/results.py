"""What was found, what is due, what it costs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from workers.ledger.sql.columns import Clean, Exact, Instant
from workers.ledger.tables.base import ID, id_column, metadata

__all__ = ["budget", "evidence", "finding", "finding_event", "finding_project", "work"]

finding = Table(
    "finding",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("host", Clean, nullable=False),
    Column("path", Exact, nullable=False),
    Column("lock_path", Exact, nullable=False),
    Column("oid", String(64), nullable=False, index=True),
    Column("tier", String(1), nullable=False),
    Column("confidence", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("run_id", Clean, nullable=False),
    Column("body", Text, nullable=False),
    Column("repository_id", ID, index=True),  # None: a finding from before there were numbers
    Column("found_by", String(8)),  # the way to it; None: before ways were noted
    Column("pushed_at", Instant),  # the lure, by what was known when the finding was made
    Column("pushed_by", String(8)),  # who says so: the host of a push, or the commit
    Column("dismissed_until", Instant),  # by a person; outlives that the pin goes and comes back
    Index(None, "state", "confidence"),
)
finding_project = Table(
    "finding_project",
    metadata,
    Column("project", Exact, primary_key=True),
    Column("key", String(64), ForeignKey("finding.key"), primary_key=True),
    sqlite_with_rowid=False,
)
finding_event = Table(
    "finding_event",
    metadata,
    id_column(),
    Column("key", String(64), ForeignKey("finding.key"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("event", String(16), nullable=False),
    Column("code", Clean, nullable=False),
    Column("text", Clean, nullable=False),
)
evidence = Table(  # append-only; each row seals the one before
    "evidence",
    metadata,
    id_column(),
    Column("key", String(64), ForeignKey("finding.key"), nullable=False, index=True),
    Column("recorded_at", Instant, nullable=False),
    Column("verified_at", Instant),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

work = Table(
    "work",
    metadata,
    id_column(),
    Column("kind", String(8), nullable=False),
    Column("key", Exact, nullable=False),
    Column("host", Clean),
    Column("state", String(8), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("again_at", Instant),  # offered while leased: due again when the lease ends
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    Column("last_error", Clean),
    Index("uq_work", "kind", "key", unique=True),
    Index(None, "state", "kind", "due_at"),
)
budget = Table(
    "budget",
    metadata,
    Column("host", Clean, primary_key=True),
    Column("resource", Clean, primary_key=True),
    Column("identity", Clean, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("bytes_down", BigInteger, nullable=False),
    Column("blocked_until", Instant),
    Column("why", Clean),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row, at the block
)
