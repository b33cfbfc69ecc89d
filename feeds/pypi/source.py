"""The source `quarantine-feed`: each index's own voices. No feed of that name exists in public."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from feeds.interface import Feed, FeedContext, PythonIndex, configured
from feeds.pypi.journal import PypiJournal
from feeds.pypi.quarantine import PypiQuarantine
from feeds.pypi.status import PypiStatus

__all__ = ["feeds"]


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return of each index the status of what is watched, and of one with a journal also that and the quarantine."""
    index_url = configured(context.index_url, "registries.pypi.index_url")
    parts, journal_url = urlsplit(index_url), context.journal_url
    if journal_url == "":
        journal_url = f"{parts.scheme}://{parts.netloc}/pypi"
    public = PythonIndex(index_url=index_url, journal_url=journal_url)
    return tuple(feed for index in (public, *context.further) for feed in _voices(context, index))


def _voices(context: FeedContext, index: PythonIndex) -> Iterator[Feed]:
    since = None if index.name else context.settings["journal_since"]
    alone = index.journal_url is None
    status = PypiStatus(context.http, index.index_url, registry=index.name, reads_html=alone)
    if index.journal_url is None:
        yield status
        return
    yield PypiJournal(context.http, index.journal_url, since=since, registry=index.name)
    yield status
    yield PypiQuarantine(context.http, index.journal_url, index.index_url, registry=index.name)
