"""What locks pin, what was found, what is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0002"
down_revision = "0001"
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create these tables."""
    _locks()
    _blocks()
    _findings()
    _evidence()
    _work()


def _locks() -> None:
    op.create_table(
        "lock",
        sa.Column("id", _ID, nullable=False),
        sa.Column("oid", sa.String(length=64), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("readable", sa.String(length=8), nullable=False),
        sa.Column("parser_version", sa.Text(), nullable=False),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lock"),
        sa.UniqueConstraint("oid", name="uq_lock_oid"),
    )
    op.create_table(
        "lock_skipped",
        sa.Column("lock_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lock_id"], ["lock.id"], name="fk_lock_skipped_lock_id"),
        sa.PrimaryKeyConstraint("lock_id", "position", name="pk_lock_skipped"),
    )


def _blocks() -> None:
    op.create_table(
        "block",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_block"),
        sa.UniqueConstraint("digest", name="uq_block_digest"),
    )
    op.create_table(
        "block_name",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("block_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("project", "version", "block_id", name="pk_block_name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "block_digest",
        sa.Column("prefix", sa.LargeBinary(length=16), nullable=False),
        sa.Column("block_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("prefix", "block_id", name="pk_block_digest"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pin",
        sa.Column("block_id", _ID, nullable=False),
        sa.Column("lock_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("block_id", "lock_id", name="pk_pin"),
        sqlite_with_rowid=False,
    )


def _findings() -> None:
    op.create_table(
        "finding",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("lock_path", sa.Text(), nullable=False),
        sa.Column("oid", sa.String(length=64), nullable=False),
        sa.Column("tier", sa.String(length=1), nullable=False),
        sa.Column("confidence", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("first_seen", sa.String(27), nullable=False),
        sa.Column("last_seen", sa.String(27), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_finding"),
    )
    op.create_index("ix_finding_oid", "finding", ["oid"], unique=False)
    op.create_index("ix_finding_state_confidence", "finding", ["state", "confidence"], unique=False)
    op.create_table(
        "finding_project",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["finding.key"], name="fk_finding_project_key"),
        sa.PrimaryKeyConstraint("project", "key", name="pk_finding_project"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "finding_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["finding.key"], name="fk_finding_event_key"),
        sa.PrimaryKeyConstraint("id", name="pk_finding_event"),
    )
    op.create_index("ix_finding_event_key", "finding_event", ["key"], unique=False)


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("verified_at", sa.String(27)),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["finding.key"], name="fk_evidence_key"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.UniqueConstraint("hash", name="uq_evidence_hash"),
    )
    op.create_index("ix_evidence_key", "evidence", ["key"], unique=False)


def _work() -> None:
    op.create_table(
        "work",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=False),
        sa.Column("lease_until", sa.String(27), nullable=True),
        sa.Column("again_at", sa.String(27), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_work"),
    )
    op.create_index("ix_work_state_kind_due_at", "work", ["state", "kind", "due_at"], unique=False)
    op.create_index("uq_work", "work", ["kind", "key"], unique=True)
    op.create_table(
        "budget",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("bytes_down", sa.BigInteger(), nullable=False),
        sa.Column("blocked_until", sa.String(27), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("host", "resource", "identity", name="pk_budget"),
    )
