"""While a task runs, its leases are short and renewed; when its worker is lost, they soon run out.

The dispatcher leases for minutes, since a message may have to wait in a queue. The task that begins
shortens that to half a minute, so that a killed worker holds nothing up for longer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

import structlog

from crawler.errors import StoreError
from workers.ledger import work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.ledger.ledger import Ledger

__all__ = ["LEASE_SECONDS", "Heartbeat"]

LEASE_SECONDS = 30.0
_log = structlog.get_logger(__name__)


class Heartbeat:
    """Keeps leases alive while its block runs.

    `held` are the (id, fence) pairs that are still ours: work on these alone.
    """

    def __init__(
        self,
        ledger: Ledger,
        leases: Iterable[tuple[int, int]],
        clock: Callable[[], datetime],
        *,
        seconds: float = LEASE_SECONDS,
    ) -> None:
        """Prepare to renew `leases` for `seconds`, three times as often as needed."""
        self._ledger, self._clock, self._seconds = ledger, clock, seconds
        self.held = tuple(leases)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def beat(self) -> None:
        """Renew all leases once, and forget those that are no longer ours. Raises StoreError."""
        self.held = self._ledger.transaction(self._extend)

    def __enter__(self) -> Self:
        self.beat()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _extend(self, conn: Connection) -> tuple[tuple[int, int], ...]:
        now, seconds = self._clock(), self._seconds
        return tuple(
            (work_id, fence)
            for work_id, fence in self.held
            if work.extend(conn, work_id, fence, seconds, now)
        )

    def _beat(self) -> None:
        while self.held and not self._over.wait(self._seconds / 3):
            try:
                self.beat()
            except StoreError as error:
                # The next beat may work; if none does, the leases run out and others take over.
                _log.warning("leases not renewed", error=str(error))
