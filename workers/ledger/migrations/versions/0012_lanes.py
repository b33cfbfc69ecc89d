"""Work is done in turns, lane by lane; a lease per item is no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0012"
down_revision = "0011"

_API = "kind IN ('search', 'list', 'read', 'pivot')"
_GIT = "kind IN ('visit', 'verify')"
_LANE = f"""
    CASE WHEN {_API} THEN 'api:' || coalesce(host, '')
         WHEN {_GIT} THEN 'git:' || coalesce(host, '')
         WHEN kind = 'poll' THEN 'feed:' || key
         ELSE kind END
"""


def upgrade() -> None:
    """Make a lane of all work that has one in common; what was under way is due again as before."""
    _make_tables()
    op.drop_index("ix_work_state_kind_due_at", "work")
    with op.batch_alter_table("work") as batch:
        batch.add_column(sa.Column("lane", sa.Text(), nullable=False, server_default=""))
        batch.add_column(
            sa.Column("suspect", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.drop_column("lease_until")
        batch.drop_column("fence")
    op.execute(f"UPDATE work SET lane = {_LANE}")  # noqa: S608 - text of our own
    op.create_index("ix_work_lane_state_kind_due_at", "work", ["lane", "state", "kind", "due_at"])
    op.execute(
        f"""
        INSERT INTO lane (key, pool, host, next_due, fence, open, done, dead, turns)
        SELECT lane, CASE WHEN {_GIT} THEN 'git' ELSE 'api' END,
               CASE WHEN {_API} OR {_GIT} THEN host END,
               min(CASE WHEN state = 'open' THEN due_at END), 0,
               sum(CASE WHEN state = 'open' THEN 1 ELSE 0 END),
               sum(CASE WHEN state = 'done' THEN 1 ELSE 0 END),
               sum(CASE WHEN state = 'dead' THEN 1 ELSE 0 END), 0
        FROM work GROUP BY 1, 2, 3
        """  # noqa: S608 - text of our own
    )


def _make_tables() -> None:
    op.create_table(
        "lane",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("pool", sa.String(8), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("next_due", sa.String(27), nullable=True),
        sa.Column("turn_until", sa.String(27), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("begun", sa.Text(), nullable=True),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("dead", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("turned_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_lane"),
    )
    op.create_index(
        "ix_lane_due",
        "lane",
        ["pool", "next_due"],
        sqlite_where=sa.text("next_due IS NOT NULL"),
        postgresql_where=sa.text("next_due IS NOT NULL"),
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pool", sa.String(8), nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("beat_at", sa.String(27), nullable=False),
        sa.Column("clock_offset", sa.Float(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("threads", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_worker"),
    )
