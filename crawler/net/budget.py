"""What a host allows: buckets, what its answers say of them, and who counts.

Retry-After: RFC 9110 10.2.3; x-ratelimit-*: GitHub's documentation; ratelimit-*: the IETF draft
and GitLab's documentation (administration/settings/user_and_ip_rate_limits, "Response headers").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Protocol

__all__ = ["LONGEST_WAIT", "UNTOLD_WAIT", "Bucket", "Budget", "NullBudget", "Quota", "quota_of"]

UNTOLD_WAIT = 60.0
"""Seconds, where a host asks to wait and does not say how long."""
LONGEST_WAIT = 24 * 3600.0
"""Seconds; who asks for more is asked again after a day."""
_SHORTEST_WAIT = 1.0
_EPOCH = 100_000_000
"""More seconds than this (three years) are no wait but a moment since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What a budget is counted for. One identity is one queue: no token pools."""

    host: str
    resource: str = "http"
    identity: str = "anonymous"
    """Never a token: `anonymous`, or a fingerprint of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What an answer says of the budget it was paid from."""

    limit: int | None = None
    remaining: int | None = None
    wait: float | None = None
    """Seconds until the next request makes sense; None where nothing asks to wait."""
    bytes_down: int = 0
    broken: bool = False
    """Whether the connection was lost before the answer came to its end."""


class Budget(Protocol):
    """Shared by all workers; see `workers.budget.governor`."""

    def spend(self, bucket: Bucket) -> None:
        """Take one request out of `bucket`; raise Defer where it is empty."""
        ...

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        """Correct `bucket` by what the host itself said."""
        ...

    def failed(self, bucket: Bucket, why: str) -> None:
        """Count a connection that failed: a host that is down is left alone for a while."""
        ...


class NullBudget:
    """Without limits: for a single command that asks a handful of questions."""

    def spend(self, bucket: Bucket) -> None:
        """Allow it."""

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        """Forget it."""

    def failed(self, bucket: Bucket, why: str) -> None:
        """Forget it."""


def quota_of(status: int, headers: Mapping[str, str], now: datetime) -> Quota:
    """Read what the headers of an answer say of the quota.

    Knows Retry-After (seconds or date), x-ratelimit-* (GitHub; reset is an epoch second) and
    ratelimit-* (IETF draft; reset is a number of seconds, at GitLab an epoch second). Waits are clamped
    to 1 s .. 24 h, so that a hostile or absurd value neither hammers a host nor forgets it.
    """
    limit = _number(headers.get("x-ratelimit-limit") or headers.get("ratelimit-limit"))
    remaining = _number(headers.get("x-ratelimit-remaining") or headers.get("ratelimit-remaining"))
    wait = _retry_after(headers.get("retry-after"), now)
    spent = remaining == 0 or status == HTTPStatus.TOO_MANY_REQUESTS
    if wait is None and spent:
        reset = _number(headers.get("x-ratelimit-reset"))
        seconds = _number(headers.get("ratelimit-reset"))
        if reset is not None:
            wait = _clamp(reset - now.timestamp())
        elif seconds is not None:
            wait = _clamp(seconds - now.timestamp() if seconds > _EPOCH else float(seconds))
    return Quota(limit=limit, remaining=remaining, wait=wait)


def _retry_after(value: str | None, now: datetime) -> float | None:
    if value is None:
        return None
    seconds = _number(value)
    if seconds is not None:
        return _clamp(float(seconds))
    try:
        when = parsedate_to_datetime(value)
        return _clamp((when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return UNTOLD_WAIT


def _number(value: str | None) -> int | None:
    digits = (value or "").split(",")[0].split(";")[0].strip()
    negative = digits.startswith("-")
    digits = digits.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):  # noqa: PLR2004
        return None
    return -int(digits) if negative else int(digits)


def _clamp(seconds: float) -> float:
    return min(max(seconds, _SHORTEST_WAIT), LONGEST_WAIT)
