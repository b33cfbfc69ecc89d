"""What the standing watch does again and again."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from workers.ledger.sql.columns import Exact, Instant
from workers.ledger.tables.base import metadata

__all__ = ["watch"]

watch = Table(
    "watch",
    metadata,
    Column("key", Exact, primary_key=True),
    Column("step", String(8), nullable=False),
    Column("name", Exact, nullable=False),  # of the host or feed
    Column("period", Integer),  # seconds; None: once
    Column("options", Text, nullable=False),
    Column("looked_at", Instant),  # when the last round of the step began
    Column("state", Text, nullable=False),
)
