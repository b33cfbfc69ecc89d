"""An event has a place in its feed's own order: the entries of a journal get that of their serials."""

from __future__ import annotations

from alembic import op

__all__ = ["upgrade"]

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Write the field into each body, in the order of names; the record of an entry is its serial."""
    placed = """replace(body, '"subject":', '"sequence":[' || record_id || ',0],"subject":')"""
    unplaced = """replace(body, '"subject":', '"sequence":[],"subject":')"""
    op.execute(
        f"UPDATE assertion SET body = CASE WHEN feed = 'pypi-journal' THEN {placed} ELSE {unplaced} END"  # noqa: S608 - our own words
    )
