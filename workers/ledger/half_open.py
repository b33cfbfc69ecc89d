"""Connections to PostgreSQL that notice when an answer will never come.

The kernel notices a peer that is gone (keepalives, `tcp_user_timeout`), but not a proxy or a firewall
that takes what is sent and forwards nothing. A long query looks the same from here. So a second connection asks
what the server does for the first: while that works, we wait; when it is idle, our question or its answer is
lost. The session is then ended, so that it holds no locks, and the work is done again on another connection.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any, TypeVar

import psycopg

__all__ = ["PatientConnection"]

_T = TypeVar("_T")
_SILENT_SECONDS = 8.0
"""Without a byte from the server, until another connection asks what it does."""
_END_IDLE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid = %s AND state LIKE 'idle%%' AND state_change < clock_timestamp() - interval '2 seconds'"
)
"""What has only just become idle may have an answer under way. Source: PostgreSQL, "pg_stat_activity"."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection of psycopg whose every wait ends when the server does nothing for it any more."""

    def wait(self, gen: Generator[Any, Any, _T], *args: Any, **more: Any) -> _T:  # noqa: ANN401 - psycopg's
        """Run `gen` as psycopg does; raises OperationalError, closed, where the answer is lost."""
        return super().wait(self._watched(gen), *args, **more)

    def _watched(self, gen: Generator[Any, Any, _T]) -> Generator[Any, Any, _T]:
        """Pass on what `gen` waits for; between two bytes psycopg says now and then that nothing came."""
        silent_since = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    silent_since = time.monotonic()
                elif time.monotonic() - silent_since > _SILENT_SECONDS:
                    self._ask_of_it()
                    silent_since = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as over:
            result: _T = over.value
            return result

    def _ask_of_it(self) -> None:
        """Ask on another connection, and end this one where the server is idle for it."""
        pid = self.info.backend_pid
        lost = False
        with suppress(psycopg.OperationalError):  # no second way to the server: ask again later
            known: dict[str, Any] = self.info.get_parameters() | {"connect_timeout": "5"}
            with psycopg.connect(**known, password=self.info.password, autocommit=True) as other:
                lost = other.execute(_END_IDLE, (pid,)).fetchone() is not None
        if lost:
            self.close()
            msg = "the connection is half-open: the server waits, and its answer has not come"
            raise psycopg.OperationalError(msg)
