"""Counts what a guest does: requests and bytes for each virtual host and method.

The promise of a harmless guest is checked by this: a file of the file hosts may be asked for (HEAD),
and is never fetched (GET).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

__all__ = ["Row", "Traffic", "TrafficMeter"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Row:
    """All requests of one method to one virtual host."""

    host: str
    method: str
    requests: int
    bytes_up: int
    """Of request bodies."""
    bytes_down: int
    """Of answer bodies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What was asked so far."""

    rows: tuple[Row, ...]
    """Sorted by host and method."""
    file_downloads: int
    """Distributions whose body was sent. Anything but 0 breaks a promise."""
    unknown_hosts: tuple[str, ...]
    """Names that were asked for and do not exist in the world; sorted."""

    @property
    def requests(self) -> int:
        """All requests."""
        return sum(row.requests for row in self.rows)

    def of(self, host: str, method: str) -> Row:
        """Return the row of `host` and `method`; zeros where nothing was asked."""
        nothing = Row(host=host, method=method, requests=0, bytes_up=0, bytes_down=0)
        return next((r for r in self.rows if (r.host, r.method) == (host, method)), nothing)


class TrafficMeter:
    """Counts; safe to use from many threads."""

    def __init__(self, file_hosts: Collection[str]) -> None:
        """Count successful GETs to `file_hosts` as downloads of files."""
        self._file_hosts = frozenset(file_hosts)
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._up: Counter[tuple[str, str]] = Counter()
        self._down: Counter[tuple[str, str]] = Counter()
        self._downloads = 0
        self._unknown: set[str] = set()

    def count(self, host: str, method: str, status: int, up: int, down: int) -> None:
        """Add one request with its body sizes in bytes."""
        key = (host, method)
        with self._lock:
            self._requests[key] += 1
            self._up[key] += up
            self._down[key] += down
            sent = method == "GET" and status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}
            self._downloads += sent and host in self._file_hosts

    def unknown(self, host: str) -> None:
        """Remember a name that is not in the world."""
        with self._lock:
            self._unknown.add(host)

    def traffic(self) -> Traffic:
        """Return the counts so far."""
        with self._lock:
            rows = tuple(
                Row(
                    host=host,
                    method=method,
                    requests=count,
                    bytes_up=self._up[host, method],
                    bytes_down=self._down[host, method],
                )
                for (host, method), count in sorted(self._requests.items())
            )
            return Traffic(
                rows=rows,
                file_downloads=self._downloads,
                unknown_hosts=tuple(sorted(self._unknown)),
            )
