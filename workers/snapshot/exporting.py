"""What a ledger gives away: all that feeds of the network said and could accuse somebody by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from crawler import __version__
from crawler.model import Claim, Record
from crawler.verdicts.allowance import ALLOW_LIST
from crawler.verdicts.withdrawals import ACCUSING
from feeds.registry import is_imported, is_of_further_registry
from workers.ledger import current_assertions, cursors
from workers.ledger.cursors import FeedPoll
from workers.snapshot.content import FeedState, Heading

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Taken"]

_TELLS_OF_ALL = frozenset({"pypi-journal"})
"""Feeds with entries on every project there is; they matter for those that somebody accuses."""
_MATTERS = (*sorted(ACCUSING), Claim.QUARANTINED)


class Taken:
    """What goes into a snapshot."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        """Read by `conn`, as long as this is used.

        Cursors are read before records: a feed may be polled meanwhile, and its cursor must not stand
        behind a record that is left out.
        """
        self._conn = conn
        known = {poll.feed: poll for poll in cursors.polls(conn)}
        left_at = {name: cursors.cursor_of(conn, name) for name in known}
        names = sorted({*known, *current_assertions.feeds(conn)} - {ALLOW_LIST})
        stays = {name for name in names if is_imported(name) or is_of_further_registry(name)}
        of_network = [name for name in names if name not in stays]
        self.imported = tuple(sorted(stays))
        """Feeds that stay: what lies on this machine is nobody else's business."""
        self._ids = {name: self._chosen(name, of_network) for name in of_network}
        self.heading = Heading(
            made_at=now,
            program=__version__,
            left_out=sum(self._left_out(name) for name in _TELLS_OF_ALL.intersection(of_network)),
            feeds=tuple(
                _state(known.get(name, FeedPoll(feed=name)), left_at.get(name), len(ids))
                for name, ids in self._ids.items()
            ),
        )

    def records(self) -> Iterator[Record]:
        """Yield all of them, feed by feed."""
        for name, ids in self._ids.items():
            yield from current_assertions.records(self._conn, name, ids)

    def _chosen(self, feed: str, feeds: Sequence[str]) -> tuple[str, ...]:
        if feed not in _TELLS_OF_ALL:
            return current_assertions.record_ids(self._conn, feed)
        accused = current_assertions.projects_with(self._conn, _MATTERS, feeds)
        return current_assertions.record_ids(self._conn, feed, accused)

    def _left_out(self, feed: str) -> int:
        return len(current_assertions.record_ids(self._conn, feed)) - len(self._ids[feed])


def _state(poll: FeedPoll, cursor: str | None, records: int) -> FeedState:
    return FeedState(
        feed=poll.feed,
        records=records,
        cursor=cursor,
        cursor_at=poll.cursor_at,
        asked_at=poll.asked_at,
        answered_at=poll.answered_at,
        news_at=poll.news_at,
    )
