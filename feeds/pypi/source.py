"""The source `quarantine-feed`: the index's own three voices. No feed of that name exists in public."""

from __future__ import annotations

from urllib.parse import urlsplit

from feeds.interface import Feed, FeedContext, configured
from feeds.pypi.journal import PypiJournal
from feeds.pypi.quarantine import PypiQuarantine
from feeds.pypi.status import PypiStatus

__all__ = ["feeds"]


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return the journal, the status of what is watched, and the quarantine."""
    index_url = configured(context.index_url, "registries.pypi.index_url")
    parts = urlsplit(index_url)
    journal_url = context.journal_url or f"{parts.scheme}://{parts.netloc}/pypi"
    return (
        PypiJournal(context.http, journal_url, since=context.settings["journal_since"]),
        PypiStatus(context.http, index_url),
        PypiQuarantine(context.http, journal_url, index_url),
    )
