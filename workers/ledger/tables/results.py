"""What was found, what is due, what it costs."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from workers.ledger.sql.columns import Clean, Exact, Instant
from workers.ledger.tables.base import ID, id_column, metadata

__all__ = [
    "budget",
    "evidence",
    "finding",
    "finding_event",
    "finding_project",
    "lane",
    "work",
    "worker",
]

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
    Column("repository_id", ID),  # None: a finding from before there were numbers
    Column("found_by", String(8)),  # the way to it; None: before ways were noted
    Column("pushed_at", Instant),  # the lure, by what was known when the finding was made
    Column("pushed_by", String(8)),  # who says so: the host of a push, or the commit
    Column("dismissed_until", Instant),  # by a person; outlives that the pin goes and comes back
    Column("absent_at", Instant),  # the last look that saw that its pin is gone
    Index(None, "state", "confidence"),
    Index(  # the first finding of each repository, without a look at any body
        "ix_finding_first",
        "repository_id",
        "first_seen",
        "key",
        "confidence",
        "found_by",
        "pushed_at",
        "pushed_by",
    ),
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
    Column("key", String(64), ForeignKey("finding.key"), index=True),
    Column("recorded_at", Instant, nullable=False),
    Column("verified_at", Instant),
    Column("body", Text),  # None, as the key: of what was erased the seal is left
    Column("hash", String(64), nullable=False, unique=True),
)

work = Table(
    "work",
    metadata,
    id_column(),
    Column("kind", String(8), nullable=False),
    Column("key", Exact, nullable=False),
    Column("host", Clean),
    Column("lane", Clean, nullable=False, server_default=""),
    Column("state", String(8), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("again_at", Instant),  # offered while it was under way: due again when that ends
    Column("attempts", Integer, nullable=False),
    Column("suspect", Boolean, nullable=False, server_default=false()),  # its turn was lost
    Column("payload", Text, nullable=False),
    Column("last_error", Clean),
    Index("uq_work", "kind", "key", unique=True),
    Index(None, "lane", "state", "kind", "due_at"),
)
lane = Table(  # what is done one after the other; a turn is this row, taken by one UPDATE
    "lane",
    metadata,
    Column("key", Clean, primary_key=True),
    Column("pool", String(8), nullable=False),
    Column("host", Clean),
    Column("next_due", Instant),  # None: nothing is open
    Column("turn_until", Instant),  # None: nobody has the turn
    Column("fence", Integer, nullable=False),
    Column("worker", Clean),  # who has the turn, or had the last one
    Column("begun", Text),  # JSON: ids of the work that is under way
    Column("open", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("dead", Integer, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("turned_at", Instant),
    Index(
        "ix_lane_due",
        "pool",
        "next_due",
        sqlite_where=text("next_due IS NOT NULL"),
        postgresql_where=text("next_due IS NOT NULL"),
    ),
)
worker = Table(  # the processes that live; one that ends well takes its row along
    "worker",
    metadata,
    Column("name", Clean, primary_key=True),
    Column("pool", String(8), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
    Column("clock_offset", Float, nullable=False),  # seconds its own clock is ahead
    Column("version", Clean, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("threads", Integer, nullable=False),
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
