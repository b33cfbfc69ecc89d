"""The words of `seed --from`: single sources, and `all` for every configured one of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import ConfigurationError, UsageError
from crawler.model import Skipped

if TYPE_CHECKING:
    from feeds.interface import Feed
    from workers.wiring import Wiring

__all__ = ["ALL", "NetworkSource", "Planned", "network_sources", "planned", "spelled_out"]

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSource:
    """A word of the table of sources that needs no address behind it."""

    word: str
    feeds: tuple[Feed, ...] = ()
    problem: str | None = None
    """What is missing in the configuration, where it has no feeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is to be asked, and what is not."""

    feeds: tuple[Feed, ...]
    skipped: tuple[Skipped, ...]


def network_sources(wiring: Wiring) -> tuple[NetworkSource, ...]:
    """Return the sources that read no path of this machine, configured or not, in the table's order."""
    from feeds.registry import SOURCES

    found = []
    for word in (source.word for source in SOURCES.values() if not source.reads_path):
        try:
            found.append(NetworkSource(word=word, feeds=wiring.feeds(word)))
        except ConfigurationError as error:
            found.append(NetworkSource(word=word, problem=str(error)))
    return tuple(found)


def spelled_out(wiring: Wiring, words: str) -> tuple[str, ...]:
    """Return the single words of `words` (with commas); `all` is every configured network source."""
    found = dict[str, None]()
    for word in filter(None, (part.strip() for part in words.split(","))):
        every = network_sources(wiring) if word == ALL else ()
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
        for source in network_sources(wiring):
            feeds |= {feed.name: feed for feed in source.feeds}
            if source.problem is not None:
                skipped.append(Skipped(context=source.word, reason=source.problem))
    if not feeds and not skipped:
        msg = "--from names no source; use all, or words of the table in docs/feeds.md"
        raise UsageError(msg)
    return Planned(feeds=tuple(feeds.values()), skipped=tuple(skipped))
