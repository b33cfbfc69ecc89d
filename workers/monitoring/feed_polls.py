"""The feeds that are configured or were asked once, and how their last polls ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import ConfigurationError
from workers.ledger.cursors import FeedPoll, polls

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from feeds.interface import Feed

__all__ = ["FeedsOf", "KnownFeed", "NetworkSource", "known_feeds", "network_sources"]

FeedsOf = Callable[[str], "tuple[Feed, ...]"]
"""Returns the feeds behind a word of `seed --from`; raises ConfigurationError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSource:
    """A word of the table of sources that needs no address behind it."""

    word: str
    feeds: tuple[Feed, ...] = ()
    problem: str | None = None
    """What is missing in the configuration, where it has no feeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFeed:
    """A feed that is configured, or was asked once."""

    poll: FeedPoll
    source: str | None
    """The word of `seed --from` behind which it stands now; None where no source has it."""
    problem: str | None
    """What the configuration lacks, or why the last poll did not come to its end."""


def network_sources(feeds_of: FeedsOf) -> tuple[NetworkSource, ...]:
    """Return the sources that read no path of this machine, configured or not, in the table's order."""
    from feeds.registry import SOURCES

    found = []
    for word in (source.word for source in SOURCES.values() if not source.reads_path):
        try:
            found.append(NetworkSource(word=word, feeds=feeds_of(word)))
        except ConfigurationError as error:
            found.append(NetworkSource(word=word, problem=str(error)))
    return tuple(found)


def known_feeds(conn: Connection, feeds_of: FeedsOf) -> tuple[KnownFeed, ...]:
    """Return every feed of the configured sources, asked or not, and every other that was asked."""
    asked = {poll.feed: poll for poll in polls(conn)}
    known = []
    for source in network_sources(feeds_of):
        for feed in source.feeds:
            poll = asked.pop(feed.name, FeedPoll(feed=feed.name))
            known.append(KnownFeed(poll=poll, source=source.word, problem=poll.problem))
        if source.problem is not None:
            missing = FeedPoll(feed=source.word)
            known.append(KnownFeed(poll=missing, source=None, problem=source.problem))
    others = [KnownFeed(poll=p, source=None, problem=p.problem) for p in asked.values()]
    return (*known, *others)
