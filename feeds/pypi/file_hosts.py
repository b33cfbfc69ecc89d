"""The file hosts that the index has named, out of the cursor of the feed that asks it.

Apart from that feed, which loads an HTTP client: every scan begins with this.
"""

from __future__ import annotations

from crawler.errors import Malformed
from feeds.cursor import unreadable
from feeds.fields import Fields, read_json

__all__ = ["file_hosts_in"]


def file_hosts_in(cursor: str | None) -> frozenset[str]:
    """Return the hosts named so far; none before the first poll. Raises FeedError for no such cursor."""
    if cursor is None:
        return frozenset()
    try:
        fields = Fields(read_json(cursor.encode(), "cursor"), "cursor")
        return frozenset(fields.texts("file_hosts"))
    except (Malformed, ValueError) as error:
        raise unreadable("pypi-status", error) from error
