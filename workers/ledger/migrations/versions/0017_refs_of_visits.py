"""Which refs each visit has read, so that coverage tells what was read and not what a default would."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; of earlier visits it follows from the heads that are known."""
    op.add_column("visit", sa.Column("refs", sa.String(8), nullable=True))
    op.execute(
        "UPDATE visit SET refs = CASE WHEN EXISTS ("
        "SELECT 1 FROM head WHERE head.repository_id = visit.repository_id AND NOT head.is_default"
        ") THEN 'branches' ELSE 'default' END "
        "WHERE outcome IN ('visited', 'unchanged', 'empty')"
    )
