"""The list of changed records (`modified_id.csv`): newest first, one `<instant>,<id>` a line.

Source: OSV documentation, "Data dumps". It is read only as far as needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from crawler.errors import FeedError, Malformed
from crawler.fields import instant
from feeds.guards import refuse_html
from feeds.recent import RecordChange

__all__ = ["changes", "lines"]

_LONGEST_LINE = 400
_DISORDER = timedelta(minutes=5)


def lines(chunks: Iterable[bytes], feed: str, url: str) -> Iterator[str]:
    """Yield the lines of a streamed list; raises FeedError for a page of HTML or an absurd line."""
    rest, first = b"", True
    for chunk in chain(chunks, (b"\n",)):
        rest += chunk
        if first and len(rest) < _LONGEST_LINE and chunk != b"\n":
            continue
        if first:
            refuse_html(feed, url, rest)
            first = False
        *complete, rest = rest.split(b"\n")
        if len(rest) > _LONGEST_LINE:
            msg = f"{feed}: {url}: expected a list of changes, got a line of {len(rest)} bytes; poll again later"
            raise FeedError(msg)
        yield from (line.decode("ascii", "backslashreplace").strip() for line in complete)


def changes(rows: Iterable[str], feed: str, prefixes: tuple[str, ...]) -> Iterator[RecordChange]:
    """Yield the changes of records whose id starts with one of `prefixes`, newest first.

    Raises FeedError for a line that is none, or where the order breaks: a cut-off or foreign list.
    """
    last: datetime | None = None
    for row in rows:
        if not row:
            continue
        when, comma, name = row.partition(",")
        try:
            at = instant(when, "modified_id.csv")
        except Malformed as error:
            msg = f"{feed}: {error}; the list of changes is cut off or something else; poll again later"
            raise FeedError(msg) from error
        if not comma or (last is not None and at - last > _DISORDER):
            msg = f"{feed}: the list of changes is out of order at {row[:80]!a}; poll again later"
            raise FeedError(msg)
        last = at
        record_id = name.rpartition("/")[2]
        if record_id.startswith(prefixes):
            yield RecordChange(at=at, id=record_id)
