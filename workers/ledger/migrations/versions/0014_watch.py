"""The standing watch: its recurring steps, which way found a repository, and when a lure was pushed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table and add the columns; of what is known already nobody knows the way."""
    op.create_table(
        "watch",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("step", sa.String(8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=True),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.String(27), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
    )
    op.add_column("repository", sa.Column("found_by", sa.String(8), nullable=True))
    op.add_column("finding", sa.Column("found_by", sa.String(8), nullable=True))
    op.add_column("finding", sa.Column("pushed_at", sa.String(27), nullable=True))
    op.add_column("finding", sa.Column("pushed_by", sa.String(8), nullable=True))
