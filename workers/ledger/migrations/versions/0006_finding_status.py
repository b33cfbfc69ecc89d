"""A finding is new, promoted, gone, gone at its refs, retracted or dismissed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Rename what was called open; what was retracted stays so."""
    finding = sa.table("finding", sa.column("state", sa.String))
    op.execute(finding.update().where(finding.c.state == "open").values(state="new"))
