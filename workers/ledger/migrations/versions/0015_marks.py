"""Which code may work with the schema, where fences begin, who is left alone, and evidence that is erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the tables; code from before them knows no other schema than its own."""
    mark = op.create_table(
        "ledger_mark",
        sa.Column("oldest_code", sa.Text(), nullable=False),
        sa.Column("first_fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("oldest_code", name="pk_ledger_mark"),
    )
    op.bulk_insert(mark, [{"oldest_code": revision, "first_fence": 0}])
    op.create_table(
        "left_alone",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_left_alone"),
    )
    with op.batch_alter_table("evidence") as batch:  # of what is erased the seal is left
        batch.alter_column("key", existing_type=sa.String(64), nullable=True)
        batch.alter_column("body", existing_type=sa.Text(), nullable=True)
