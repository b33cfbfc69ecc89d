"""Lists of cases are ordered, and chosen by class, by what is kept with each case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the columns; cases that are there fill them when somebody next looks at cases."""
    op.add_column("case", sa.Column("class_known", sa.String(16), nullable=True))
    op.add_column("case", sa.Column("urgency", sa.Integer(), nullable=False, server_default="-1"))
    op.create_index("ix_case_urgency_repository_id", "case", ["urgency", "repository_id"])
