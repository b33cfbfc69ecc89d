"""The one place where the clock is read for what is stored."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["utc_now"]


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
