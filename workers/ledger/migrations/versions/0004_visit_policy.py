"""Which version of the parsers read a head, how often a host failed, which hosts a person paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create them; who read the heads of old is not known, so each is read once more."""
    op.add_column("head", sa.Column("parser_version", sa.Text(), nullable=False, server_default=""))
    op.add_column("budget", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "paused_host",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.String(27), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_paused_host"),
    )
