"""Which texts of packages are known, and which blocks no verdict concerns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and the tables; nothing is known at first, so all is read and judged once more."""
    op.add_column("block", sa.Column("clear_by", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "block_text",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("block_id", _ID, nullable=False),
        sa.Column("basis", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_block_text"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "judging_basis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_judging_basis"),
        sa.UniqueConstraint("digest", name="uq_judging_basis_digest"),
    )
