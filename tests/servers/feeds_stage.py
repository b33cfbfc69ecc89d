"""Ledgers that have taken the first chapter of the feeds' story, and single feeds that go on from there."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import Defer, FeedError, Retry
from crawler.hosts.interface import HostKind, HostSettings
from crawler.model import Ecosystem, Skipped, Verdict
from crawler.net import Http
from feeds.interface import Feed, FeedContext
from feeds.registry import SOURCES, build
from tests.servers.feed_data import TARGETS, Target, settings_of_world
from tests.servers.feeds_story import JOURNAL_SINCE
from tests.servers.feeds_world import FeedsWorld
from workers.ledger.ledger import Ledger
from workers.steps.poll import poll
from workers.values import decode

__all__ = ["NOW", "Knowledge", "Outcome", "Stage", "context", "feeds_of", "known"]

NOW = datetime(2026, 7, 2, tzinfo=UTC)
Verdicts = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What a ledger holds: the verdicts without their dates, and how far each feed is."""

    verdicts: Verdicts
    cursors: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a poll ended."""

    error: Exception | None
    skipped: tuple[Skipped, ...]


@dataclass
class Stage:
    """A ledger that has taken the first chapter, a world that tells the third, and every feed."""

    folder: Path
    world: FeedsWorld
    http: Http
    feeds: dict[str, Feed] = field(default_factory=dict)
    truths: dict[str, Verdicts] = field(default_factory=dict)
    untouched: dict[str, Path] = field(default_factory=dict)
    """Ledgers that have seen attacks and still hold what the first chapter has taught."""
    copies: int = 0

    @property
    def base(self) -> Path:
        return self.folder / "base.sqlite"

    def ledger(self, target: Target) -> Path:
        """Return a ledger of its own; it has never asked where `target` is asked but once."""
        self.copies += 1
        path = self.folder / f"{self.copies}.sqlite"
        shutil.copy(self.base, path)
        if target.is_first:
            with closing(sqlite3.connect(path)) as conn:
                conn.execute("DELETE FROM feed_cursor WHERE feed = ?", (target.feed,))
                conn.commit()
        return path

    def truth(self, name: str) -> Verdicts:
        """Return the verdicts after an honest poll of the feed of a target."""
        if name not in self.truths:
            path = self.ledger(TARGETS[name])
            assert self.ask(path, self.feeds[TARGETS[name].feed]).error is None
            self.truths[name] = known(path).verdicts
            path.unlink()
        return self.truths[name]

    def ask(self, path: Path, feed: Feed, *, now: datetime = NOW) -> Outcome:
        """Poll `feed` into the ledger at `path`."""
        ledger, skipped = Ledger.open(f"sqlite:///{path}"), list[Skipped]()
        try:
            for learned in poll(ledger, feed, lambda: now):
                skipped += learned.skipped
        except (FeedError, Defer, Retry) as error:
            return Outcome(error=error, skipped=tuple(skipped))
        finally:
            ledger.close()
        return Outcome(error=None, skipped=tuple(skipped))


def known(path: Path) -> Knowledge:
    with closing(sqlite3.connect(path)) as conn:
        bodies = conn.execute("SELECT body FROM verdict WHERE until IS NULL").fetchall()
        cursors = conn.execute("SELECT feed, cursor FROM feed_cursor").fetchall()
    found = (decode(Verdict, body) for (body,) in bodies)
    rows = sorted(
        (str(v.subject), v.state, v.index_state, *sorted(s.record_id for s in v.sources))
        for v in found
    )
    return Knowledge(verdicts=tuple(rows), cursors={f: c for f, c in cursors if c is not None})


def context(http: Http, *ecosystems: Ecosystem) -> FeedContext:
    """Return what every feed is made from, as `tests.servers.feeds_world` serves it."""
    return FeedContext(
        http=http,
        settings={**settings_of_world(), "journal_since": JOURNAL_SINCE},
        index_url="https://index.example/simple/",
        npm_url="https://registry.npm.example/",
        github=HostSettings(
            name="github.example",
            kind=HostKind.GITHUB,
            web_url="https://github.example",
            api_url="https://api.github.example",
        ),
        ecosystems=ecosystems,
    )


def feeds_of(http: Http) -> dict[str, Feed]:
    """Return the feeds of the network, of the Python index only."""
    words = (source.word for source in SOURCES.values() if not source.reads_path)
    made = context(http, Ecosystem.PYPI)
    return {feed.name: feed for word in words for feed in build(word, made)}
