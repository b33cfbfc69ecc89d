"""What was asked around the repositories of findings, and which repositories that found first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables, empty: nothing was found by a pivot before there were any."""
    op.create_table(
        "pivot",
        sa.Column("id", _ID, nullable=False),
        sa.Column("finding", sa.String(64), nullable=False),
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("bounded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pivot"),
        sa.ForeignKeyConstraint(["finding"], ["finding.key"], name="fk_pivot_finding"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_pivot_repository_id"
        ),
    )
    op.create_index("ix_pivot_finding", "pivot", ["finding"])
    op.create_index("ix_pivot_run_id", "pivot", ["run_id"])
    op.create_index("ix_pivot_repository_id_kind", "pivot", ["repository_id", "kind"])
    op.create_table(
        "provenance",
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("pivot_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("repository_id", name="pk_provenance"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_provenance_repository_id"
        ),
        sa.ForeignKeyConstraint(["pivot_id"], ["pivot.id"], name="fk_provenance_pivot_id"),
    )
    op.create_index("ix_provenance_pivot_id", "provenance", ["pivot_id"])
