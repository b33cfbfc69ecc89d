"""Which texts of packages are known, which blocks no verdict concerns; digests are indexed by eight bytes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and the tables; nothing is known at first, so all is read and judged once more.

    Bodies of blocks stay as they are: what reads the new ones reads them too.
    """
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
    op.rename_table("block_digest", "long_digest")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_block_digest RENAME TO pk_long_digest")
    op.create_table(
        "block_digest",
        sa.Column("prefix", sa.LargeBinary(8), nullable=False),
        sa.Column("block_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("prefix", "block_id", name="pk_block_digest"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO block_digest (prefix, block_id) "
        "SELECT DISTINCT substr(prefix, 1, 8) AS short, block_id FROM long_digest ORDER BY short, block_id"
    )
    op.drop_table("long_digest")
