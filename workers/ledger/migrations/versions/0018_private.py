"""Repositories that are read with the token of their host alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column; of what is known already nobody has said it."""
    op.add_column("repository", sa.Column("private", sa.Boolean(), nullable=True))
