"""What the coverage of hosts and the times to find are counted from is read from indexes alone."""

from __future__ import annotations

from alembic import op

__all__ = ["upgrade"]

revision = "0021"
down_revision = "0020"

_FIRST = ["repository_id", "first_seen", "key", "confidence", "found_by", "pushed_at", "pushed_by"]


def upgrade() -> None:
    """Add both indexes; the two that they begin like are no longer needed."""
    op.create_index("ix_finding_first", "finding", _FIRST)
    op.drop_index("ix_finding_repository_id", "finding")
    op.create_index("ix_repository_outcome", "repository", ["host", "outcome", "found_by"])
    op.drop_index("ix_repository_host_outcome", "repository")
