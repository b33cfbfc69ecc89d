"""What is kept of earlier visits, in memory: for tests and benchmarks of what a reader does with it."""

from __future__ import annotations

from threading import Lock

__all__ = ["KeptInMemory"]

_MIB = 1024 * 1024


class KeptInMemory:
    """Keeps the entries used last within `max_bytes`; gone with the process. Implements `Kept`."""

    def __init__(self, max_bytes: int = 64 * _MIB) -> None:
        """Keep at most `max_bytes` of content."""
        self._most, self._count = max_bytes, 0
        self._entries: dict[str, bytes] = {}
        self._lock = Lock()

    def get(self, name: str) -> bytes | None:
        """Return what is there, which then is the entry used last."""
        with self._lock:
            if (data := self._entries.pop(name, None)) is not None:
                self._entries[name] = data
            return data

    def put(self, name: str, data: bytes) -> None:
        """Keep `data`, and let the entries go that were used longest ago."""
        with self._lock:
            self._count += len(data) - len(self._entries.pop(name, b""))
            self._entries[name] = data
            while self._count > self._most:
                self._count -= len(self._entries.pop(next(iter(self._entries))))
