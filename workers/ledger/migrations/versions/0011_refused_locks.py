"""Whether the tool of a lock refuses it; locks that were read before are read again by newer parsers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.add_column("lock", sa.Column("refused", sa.Text(), nullable=True))
