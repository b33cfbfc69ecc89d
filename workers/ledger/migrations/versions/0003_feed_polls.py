"""How the polls of each feed ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table, with what is known of the feeds that have answered before."""
    op.create_table(
        "feed_poll",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("answered_at", sa.String(27), nullable=True),
        sa.Column("news_at", sa.String(27), nullable=True),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("feed", name="pk_feed_poll"),
    )
    op.execute(
        "INSERT INTO feed_poll (feed, asked_at, answered_at, news_at, held_back) "
        "SELECT feed, checked_at, checked_at, "
        "(SELECT max(recorded_at) FROM assertion WHERE assertion.feed = feed_cursor.feed), 0 "
        "FROM feed_cursor"
    )
