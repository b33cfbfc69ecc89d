"""What a feed is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model import ProjectKey, Record, Skipped

__all__ = ["IMPORTS", "Feed", "FeedPage", "PollRequest", "is_imported"]

IMPORTS = frozenset({"bigquery", "file", "misp", "stix"})
"""Words of feeds that read a path of this machine; `file:PATH` is the name of one."""


def is_imported(feed: str) -> bool:
    """Say whether the feed of this name reads a path, and so is as fresh as whoever wrote it says."""
    return feed.partition(":")[0] in IMPORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """One step of a poll. The cursor is saved together with the records, in one transaction."""

    records: tuple[Record, ...]
    cursor: str
    """Opaque to all but the feed: JSON. A poll interrupted after this page goes on from here."""
    skipped: tuple[Skipped, ...] = ()
    """Records that could not be understood, and why."""
    total: int | None = None
    """How many records the poll will bring in all, where the feed can tell; for progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRequest:
    """What a poll starts from."""

    cursor: str | None
    """Of the last page that was saved; None at the first poll."""
    now: datetime
    """UTC."""
    watched: Collection[ProjectKey] = ()
    """Projects whose state the ledger wants to know: removed, quarantined or malicious ones."""
    accept_change: bool = False
    """A person has looked at it: take an answer that differs from the last one by more than 10 %."""


class Feed(Protocol):
    """Learns about removals; incremental, resumable, polite."""

    @property
    def name(self) -> str:
        """Stable id: `pypi-journal`, `osv-mal`."""
        ...

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield what is new since the cursor, page by page, oldest first.

        Nothing new is no page, or one page with an advanced cursor and no records. Raises FeedError
        for an answer that is not believable (truncated, another type, empty, changed by more than
        10 %), Defer and Retry for the host's own limits and faults; pages already yielded stay good.
        """
        ...
