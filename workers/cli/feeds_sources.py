"""The words of `seed --from`: single sources, and `all` for every configured one of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.model import Skipped
from workers.monitoring.feed_polls import network_sources

if TYPE_CHECKING:
    from feeds.interface import Feed
    from workers.wiring import Wiring

__all__ = ["ALL", "Planned", "planned", "spelled_out"]

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is to be asked, and what is not."""

    feeds: tuple[Feed, ...]
    skipped: tuple[Skipped, ...]


def spelled_out(wiring: Wiring, words: str) -> tuple[str, ...]:
    """Return the single words of `words` (with commas); `all` is every configured network source."""
    found = dict[str, None]()
    for word in filter(None, (part.strip() for part in words.split(","))):
        every = network_sources(wiring.feeds) if word == ALL else ()
        found |= dict.fromkeys(source.word for source in every if source.feeds)
        found |= {} if word == ALL else {word: None}
    return tuple(found)


def planned(wiring: Wiring, words: str) -> Planned:
    """Return the feeds behind `words` (with commas), each once; `all` leaves out the unconfigured.

    Raises UsageError for a word nobody knows, ConfigurationError for one that was named and is not
    configured: before any feed is asked.
    """
    feeds: dict[str, Feed] = {}
    skipped: list[Skipped] = []
    for word in filter(None, (part.strip() for part in words.split(","))):
        if word != ALL:
            feeds |= {feed.name: feed for feed in wiring.feeds(word)}
            continue
        for source in network_sources(wiring.feeds):
            feeds |= {feed.name: feed for feed in source.feeds}
            if source.problem is not None:
                skipped.append(Skipped(context=source.word, reason=source.problem))
    if not feeds and not skipped:
        msg = "--from names no source; use all, or words of the table in docs/feeds.md"
        raise UsageError(msg)
    return Planned(feeds=tuple(feeds.values()), skipped=tuple(skipped))
