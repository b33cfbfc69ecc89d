"""Where repositories are, and what visits saw there."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, false, text

from workers.ledger.sql.columns import Clean, Exact, Instant
from workers.ledger.tables.base import ID, id_column, metadata, reference

__all__ = [
    "gap",
    "head",
    "hint",
    "paused_host",
    "pivot",
    "provenance",
    "repository",
    "sighting",
    "visit",
    "visit_skipped",
]

repository = Table(
    "repository",
    metadata,
    id_column(),
    Column("host", Clean, nullable=False),
    Column("path", Exact, nullable=False),
    Column("native_id", Clean),
    Column("clone_url", Exact, nullable=False),
    Column("default_branch", Exact),
    Column("fork_of", Exact),
    Column("created_at", Clean),
    Column("pushed_at", Clean),
    Column("archived", Boolean, nullable=False),
    Column("description", Clean),
    Column("private", Boolean),  # read with the token of its host alone; None: nobody has said
    Column("outcome", String(16)),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("visited_at", Instant),
    Column("found_by", String(8)),  # the way that named it first; None: before ways were noted
    Index(None, "host", "path"),
    Index("uq_repository_native", "host", "native_id", unique=True),
    Index(
        "uq_repository_path",
        "host",
        "path",
        unique=True,
        sqlite_where=text("native_id IS NULL"),
        postgresql_where=text("native_id IS NULL"),
    ),
    Index("ix_repository_outcome", "host", "outcome", "found_by"),
)
head = Table(
    "head",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("ref", Exact, primary_key=True),
    Column("commit_id", String(64), nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("root_only", Boolean, nullable=False),  # folders below the root were not looked at
    Column("parser_version", Clean, nullable=False, server_default=""),  # who read it
)
paused_host = Table(  # nothing of it is handed out until a person says so
    "paused_host",
    metadata,
    Column("host", Clean, primary_key=True),
    Column("paused_at", Instant, nullable=False),
    Column("why", Clean, nullable=False),
)
gap = Table(  # what a search or list could not look at
    "gap",
    metadata,
    id_column(),
    Column("kind", String(8), nullable=False),
    Column("key", Exact, nullable=False),
    Column("reason", Clean, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Index(None, "kind", "key"),
)
hint = Table(  # paths that a code search named
    "hint",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("path", Exact, primary_key=True),
    Column("first_seen", Instant, nullable=False),
)
pivot = Table(  # a look around the repository of a finding
    "pivot",
    metadata,
    id_column(),
    Column("finding", String(64), ForeignKey("finding.key"), nullable=False, index=True),
    reference("repository_id", "repository.id"),
    Column("kind", String(8), nullable=False),
    Column("host", Clean, nullable=False),
    Column("run_id", Clean, nullable=False, index=True),
    Column("asked_at", Instant, nullable=False),
    Column("found", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    Column("bounded", Boolean, nullable=False),
    Index(None, "repository_id", "kind"),
)
provenance = Table(  # which pivot found a repository first
    "provenance",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("pivot_id", ID, ForeignKey("pivot.id"), nullable=False, index=True),
)
visit = Table(
    "visit",
    metadata,
    id_column(),
    reference("repository_id", "repository.id"),
    Column("visited_at", Instant, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("new_sightings", Integer, nullable=False),
    Column("refs", String(8), nullable=True),
    Index("uq_visit_once", "repository_id", "visited_at", unique=True),
)
visit_skipped = Table(
    "visit_skipped",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("context", Exact, nullable=False),
    Column("reason", Clean, nullable=False),
    Column("times", Integer, nullable=False, server_default="1"),  # how many this stands for
)
sighting = Table(
    "sighting",
    metadata,
    id_column(),
    reference("repository_id", "repository.id"),
    Column("oid", String(64), nullable=False, index=True),
    Column("path", Exact, nullable=False),
    Column("reading", Clean, nullable=False, server_default=""),  # with oid: which lock it is
    Column("ref", Exact, nullable=False),
    Column("commit_id", String(64), nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("gone", Boolean, nullable=False, server_default=false()),  # a later look did not see it
    Index("uq_sighting", "repository_id", "ref", "path", "oid", unique=True),
)
