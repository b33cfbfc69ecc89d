"""Blocks of the governor, kept in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.errors import Defer
from crawler.net import NullBudget
from workers.budget.governor import PAUSED_WAIT, BlockStore, RateLimitHold
from workers.ledger import budgets, pauses

if TYPE_CHECKING:
    from crawler.net import Bucket
    from workers.ledger.ledger import Ledger

__all__ = ["LedgerBlocks", "PausesOnly"]


class LedgerBlocks:
    """Implements `workers.budget.governor.BlockStore`."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], datetime],
        names_of: Callable[[str], Collection[str]] = lambda host: (host,),
    ) -> None:
        """Keep blocks in `ledger`; `clock` gives UTC, `names_of` a host's names in buckets."""
        self._ledger, self._clock, self._names_of = ledger, clock, names_of

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

    def paused(self) -> Mapping[str, str]:
        """Return why each host is left alone, by every name of it in buckets; raises StoreError."""
        with self._ledger.read() as conn:
            found = pauses.paused(conn)
        return {name: one.told for one in found for name in self._names_of(one.host)}


class PausesOnly(NullBudget):
    """Without limits, but for those that a person sets: of a host that is paused nothing is asked."""

    def __init__(self, store: BlockStore) -> None:
        """Look into `store` before every request."""
        self._store = store

    def spend(self, bucket: Bucket) -> None:
        """Allow it, or raise Defer; raises StoreError."""
        paused = self._store.paused()
        why = paused.get(bucket.host) or paused.get(pauses.ALL_HOSTS)
        if why is not None:
            raise Defer(PAUSED_WAIT, f"{bucket.host}: {why}")
