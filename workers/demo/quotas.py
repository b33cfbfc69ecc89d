"""Counts requests and refuses those beyond an allowance, as the real hosts do.

A window begins with the first request and ends after the allowance's seconds (GitHub documentation,
"Rate limits for the REST API"). What is asked while a window is spent is counted as a violation: the
demo and the tests prove with it that ghostcrawl is a harmless guest.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Charge", "PointLimit", "Quotas", "Stats"]

_PATIENCE = 3
"""Violations in one window before the host is cross: the secondary limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLimit:
    """So many points in so many seconds, for one identity."""

    resource: str
    limit: int
    seconds: float
    """Of the host's time; the clock factor of `Quotas` shortens them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What an identity has left of an allowance after a request."""

    allowance: PointLimit
    used: int
    reset: int
    """Unix time at which the window ends, rounded up."""
    allowed: bool
    retry_after: int | None = None
    """Seconds; set where the host has lost its patience (secondary limit)."""

    @property
    def remaining(self) -> int:
        """Points left in the window."""
        return max(0, self.allowance.limit - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How a fake host was treated."""

    requests: Mapping[str, int]
    """Endpoint (`GET /search/code`) -> requests, refused ones included."""
    violations: int
    """Requests made while the window they needed was spent."""

    @property
    def total(self) -> int:
        """All requests."""
        return sum(self.requests.values())


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0
    violations: int = 0


class Quotas:
    """The allowances of all identities of one host; safe to use from many threads."""

    def __init__(self, *, clock: Callable[[], float], clock_factor: float) -> None:
        """`clock` gives Unix time; windows pass `clock_factor` times as fast as on the real host."""
        self._clock, self._factor = clock, clock_factor
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], _Window] = {}
        self._requests: Counter[str] = Counter()
        self._violations = 0

    def count(self, endpoint: str) -> None:
        """Note one request to `endpoint`."""
        with self._lock:
            self._requests[endpoint] += 1

    def spend(self, allowance: PointLimit, identity: str, cost: int = 1) -> Charge:
        """Take `cost` points, or refuse and note a violation where fewer are left."""
        with self._lock:
            window = self._window(allowance, identity)
            allowed = window.used + cost <= allowance.limit
            if allowed:
                window.used += cost
            else:
                window.violations += 1
                self._violations += 1
            cross = not allowed and window.violations > _PATIENCE
            retry_after = math.ceil(allowance.seconds / self._factor) if cross else None
            return _charge(allowance, window, allowed=allowed, retry_after=retry_after)

    def look(self, allowance: PointLimit, identity: str) -> Charge:
        """Return what is left without taking anything."""
        with self._lock:
            return _charge(allowance, self._window(allowance, identity), allowed=True)

    def refund(self, allowance: PointLimit, identity: str, cost: int = 1) -> Charge:
        """Give `cost` points back: an answer "not modified" is free."""
        with self._lock:
            window = self._window(allowance, identity)
            window.used = max(0, window.used - cost)
            return _charge(allowance, window, allowed=True)

    def stats(self) -> Stats:
        """Return what was counted so far."""
        with self._lock:
            return Stats(requests=dict(self._requests), violations=self._violations)

    def _window(self, allowance: PointLimit, identity: str) -> _Window:
        now, key = self._clock(), (allowance.resource, identity)
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = _Window(ends=now + allowance.seconds / self._factor)
            self._windows[key] = window
        return window


def _charge(
    allowance: PointLimit, window: _Window, *, allowed: bool, retry_after: int | None = None
) -> Charge:
    return Charge(
        allowance=allowance,
        used=window.used,
        reset=math.ceil(window.ends),
        allowed=allowed,
        retry_after=retry_after,
    )
