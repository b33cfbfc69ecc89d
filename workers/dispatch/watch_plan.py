"""From the configuration to the recurring steps of the standing watch. Pure."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.net import Bucket
from feeds.registry import SOURCES
from workers.ledger.watch import WatchEntry, WatchTask
from workers.runs import Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from workers.budget.rates import Rates
    from workers.settings import HostSection, Settings

__all__ = ["CHECKED", "entries_of", "rounds_of"]

_ONE_AFTER_THE_OTHER = (
    frozenset({WatchTask.POLL}),
    frozenset(WatchTask) - {WatchTask.POLL, WatchTask.VERIFY, WatchTask.REPORT},
    frozenset({WatchTask.VERIFY}),
    frozenset({WatchTask.REPORT}),
)
CHECKED = timedelta(minutes=10)
"""How often it is looked whether a list of repositories has changed; that asks nobody."""
_ROUND = timedelta(hours=1)
"""Between two rounds of searches and checks, at most: what is offered at once is what an hour can do."""


def entries_of(
    settings: Settings,
    feeds: Iterable[str],
    poll_every: timedelta,
    rates: Rates,
    identities: Mapping[str, str],
) -> tuple[WatchEntry, ...]:
    """Return all that `settings` want watched.

    `feeds` are words of `seed --from`, polled as often as `poll_every` says; `identities` are those that
    pay for the requests to the hosts, by their names.
    """
    found = [_of_feed(word, poll_every, settings.github) for word in feeds]
    for name, section in settings.hosts.items():
        bucket = Bucket(host=name, resource="code_search", identity=identities[name])
        found += _of_host(name, section, rates.of(bucket).per_second)
    watch = settings.watch
    if watch.verify:
        every = {"every": watch.verify.total_seconds()}
        found.append(
            WatchEntry(task=WatchTask.VERIFY, period=min(_ROUND, watch.verify), options=every)
        )
    if watch.report is not None and watch.report_every:
        options = {
            "folder": str(watch.report),
            "verified_every": (watch.verify or timedelta(days=1)).total_seconds(),
        }
        found.append(WatchEntry(task=WatchTask.REPORT, period=watch.report_every, options=options))
    return tuple(found)


def _of_feed(word: str, poll_every: timedelta, github: str) -> WatchEntry:
    """Return the polls of a feed; those that a GitHub answers are in series with all else it is asked."""
    source = SOURCES.get(word)
    options = {"host": github} if source is not None and source.asks_github and github else {}
    return WatchEntry(task=WatchTask.POLL, name=word, period=poll_every, options=options)


def _of_host(name: str, section: HostSection, searches_per_second: float) -> Iterator[WatchEntry]:
    watch = section.watch
    how: dict[str, Any] = {"refs": watch.refs.value, "depth": watch.depth}
    for way, usual in section.ways.items():
        period, more = usual, dict[str, Any]()
        if way is Way.SEARCH:
            period = min(_ROUND, usual)
            requests = max(1, round(searches_per_second * period.total_seconds()))
            more = {"repeat": usual.total_seconds(), "requests": requests}
        elif way is Way.OWNERS:
            more = {"owners": sorted(set(section.owners))}
        yield WatchEntry(task=WatchTask(way.value), name=name, period=period, options=how | more)
    if watch.repos:
        listed = (
            {"file": str(watch.repos)}
            if isinstance(watch.repos, Path)
            else {"urls": list(watch.repos)}
        )
        yield WatchEntry(task=WatchTask.REPOS, name=name, period=CHECKED, options=how | listed)


def rounds_of(entries: Iterable[WatchEntry]) -> tuple[tuple[WatchEntry, ...], ...]:
    """Return `entries` for one round only, those first on whose results the others are built."""
    every = [
        WatchEntry(task=one.task, name=one.name, period=None, options=one.options)
        for one in entries
    ]
    rounds = (tuple(one for one in every if one.task in tasks) for tasks in _ONE_AFTER_THE_OTHER)
    return tuple(filter(None, rounds))
