"""What holds for the ledger as a whole."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Table

from workers.ledger.sql.columns import Clean, Instant
from workers.ledger.tables.base import metadata

__all__ = ["ledger_mark", "left_alone"]

ledger_mark = Table(  # one row
    "ledger_mark",
    metadata,
    Column("oldest_code", Clean, primary_key=True),  # the revision of the oldest that may work here
    Column("first_fence", BigInteger, nullable=False),  # of new lanes; a restore raises it
)
left_alone = Table(  # digests of names whose bearers asked for it; the names are not kept
    "left_alone",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("since", Instant, nullable=False),
)
