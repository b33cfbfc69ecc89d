"""Blocks of the governor, kept in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from workers.budget.governor import RateLimitHold
from workers.ledger import budgets

if TYPE_CHECKING:
    from workers.ledger.ledger import Ledger

__all__ = ["LedgerBlocks"]


class LedgerBlocks:
    """Implements `workers.budget.governor.BlockStore`."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        """Keep blocks in `ledger`; `clock` gives UTC."""
        self._ledger, self._clock = ledger, clock

    def on_block(self, block: RateLimitHold) -> None:
        """Keep it; raises StoreError."""
        self._ledger.transaction(
            lambda conn: budgets.block(
                conn, block.bucket, block.until, block.why, failures=block.failures
            )
        )

    def blocked(self) -> Iterable[RateLimitHold]:
        """Return all blocks that still hold; raises StoreError."""
        with self._ledger.read() as conn:
            found = budgets.blocked(conn, self._clock())
        return [
            RateLimitHold(
                bucket=one.bucket,
                until=one.blocked_until,
                why=one.why or "",
                failures=one.failures,
            )
            for one in found
            if one.blocked_until is not None
        ]
