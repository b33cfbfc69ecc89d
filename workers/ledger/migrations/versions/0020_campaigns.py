"""Which campaign a case is in, so that campaigns keep their names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]

revision = "0020"
down_revision = "0019"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; whoever looks at campaigns first fills it."""
    op.create_table(
        "campaign_case",
        sa.Column("repository_id", _ID, nullable=False),
        sa.Column("campaign", sa.String(12), nullable=False),
        sa.Column("begun_at", sa.String(27), nullable=False),
        sa.Column("case_class", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", name="pk_campaign_case"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_campaign_case_repository_id"
        ),
    )
    op.create_index("ix_campaign_case_campaign", "campaign_case", ["campaign"])
