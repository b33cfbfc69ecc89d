"""What to do about a cursor that its feed cannot read.

Apart from the guards, which load an HTTP client: every scan reads a cursor.
"""

from __future__ import annotations

import shlex

from crawler.errors import FeedError

__all__ = ["reset_advice", "unreadable"]


def reset_advice(feed: str) -> str:
    """Return the command after which the next poll of `feed` starts over."""
    return f"`ghostcrawl feeds reset {shlex.quote(feed)}`"


def unreadable(feed: str, error: Exception) -> FeedError:
    """Return the error for a cursor of `feed` that is not readable because of `error`."""
    return FeedError(f"{feed}: {error}; run {reset_advice(feed)} and poll again")
