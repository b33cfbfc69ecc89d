"""What feeds say, where repositories are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0001"
down_revision = None
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create these tables."""
    _feeds()
    _verdicts()
    _repositories()
    _visits()


def _feeds() -> None:
    op.create_table(
        "feed_cursor",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("feed", name="pk_feed_cursor"),
    )
    op.create_table(
        "record",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("observed_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("feed", "record_id", name="pk_record"),
    )
    op.create_table(
        "assertion",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=False),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assertion"),
        sa.UniqueConstraint("digest", name="uq_assertion_digest"),
    )
    op.create_index("ix_assertion_feed_record_id", "assertion", ["feed", "record_id"], unique=False)
    op.create_index("ix_assertion_project", "assertion", ["project"], unique=False)
    op.create_index("ix_assertion_recorded_at", "assertion", ["recorded_at"], unique=False)


def _verdicts() -> None:
    op.create_table(
        "verdict",
        sa.Column("id", _ID, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27), nullable=True),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verdict"),
    )
    op.create_index(
        "ix_verdict_current_state",
        "verdict",
        ["state", "project"],
        unique=False,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_index("ix_verdict_project_version", "verdict", ["project", "version"], unique=False)
    op.create_table(
        "verdict_digest",
        sa.Column("hex", sa.String(length=128), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("verdict_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["verdict.id"], name="fk_verdict_digest_verdict_id"
        ),
        sa.PrimaryKeyConstraint("hex", "algorithm", "verdict_id", name="pk_verdict_digest"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_verdict_digest_verdict_id", "verdict_digest", ["verdict_id"], unique=False)


def _repositories() -> None:
    op.create_table(
        "repository",
        sa.Column("id", _ID, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=True),
        sa.Column("clone_url", sa.Text(), nullable=False),
        sa.Column("default_branch", sa.Text(), nullable=True),
        sa.Column("fork_of", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=True),
        sa.Column("pushed_at", sa.Text(), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("first_seen", sa.String(27), nullable=False),
        sa.Column("last_seen", sa.String(27), nullable=False),
        sa.Column("visited_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_repository"),
    )
    op.create_index("ix_repository_host_outcome", "repository", ["host", "outcome"], unique=False)
    op.create_index("ix_repository_host_path", "repository", ["host", "path"], unique=False)
    op.create_index("uq_repository_native", "repository", ["host", "native_id"], unique=True)
    op.create_index(
        "uq_repository_path",
        "repository",
        ["host", "path"],
        unique=True,
        sqlite_where=sa.text("native_id IS NULL"),
        postgresql_where=sa.text("native_id IS NULL"),
    )
    op.create_table(
        "head",
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("commit_id", sa.String(length=64), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("root_only", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name="fk_head_repository_id"),
        sa.PrimaryKeyConstraint("repository_id", "ref", name="pk_head"),
    )
    op.create_table(
        "gap",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gap"),
    )
    op.create_index("ix_gap_kind_key", "gap", ["kind", "key"])
    op.create_table(
        "hint",
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repository.id"], name="fk_hint_repository_id"),
        sa.PrimaryKeyConstraint("repository_id", "path", name="pk_hint"),
    )


def _visits() -> None:
    op.create_table(
        "visit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("visited_at", sa.String(27), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("new_sightings", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_visit_repository_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
    )
    op.create_index("uq_visit_once", "visit", ["repository_id", "visited_at"], unique=True)
    op.create_table(
        "visit_skipped",
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_visit_skipped_repository_id"
        ),
        sa.PrimaryKeyConstraint("repository_id", "position", name="pk_visit_skipped"),
    )
    op.create_table(
        "sighting",
        sa.Column("id", _ID, nullable=False),
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("oid", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("commit_id", sa.String(length=64), nullable=False),
        sa.Column("first_seen", sa.String(27), nullable=False),
        sa.Column("last_seen", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_sighting_repository_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sighting"),
    )
    op.create_index("ix_sighting_oid", "sighting", ["oid"], unique=False)
    op.create_index("uq_sighting", "sighting", ["repository_id", "ref", "path", "oid"], unique=True)
