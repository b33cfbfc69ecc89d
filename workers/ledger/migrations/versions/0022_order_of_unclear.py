"""Cases are ordered anew: of what is unclear that which looks most like a lure comes first."""

from __future__ import annotations

from alembic import op

__all__ = ["upgrade"]

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Mark the place of every case as not reckoned; whoever looks next reckons it."""
    op.execute('UPDATE "case" SET urgency = -1')
