"""What the standing watch will ask in a day, of whom, and what it cannot see; reckoned, pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from crawler.model import Refs
from crawler.net import Bucket
from crawler.reporting.text import counted
from workers.ledger.watch import WatchTask
from workers.runs import Way
from workers.steps.looking import WHOLE_AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workers.budget.rates import Rates
    from workers.ledger.watch import WatchEntry

__all__ = ["DailyCost", "KnownHost", "blind_spots", "daily_cost", "search_pass", "visit_cost"]

_DAY = timedelta(days=1)
_PAGE = 100
"""Repositories on a page of a list."""
_VISIT = 3
"""Requests of a visit over the git protocol that reads locks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHost:
    """What the ledger knows of a host that is watched."""

    name: str
    address: str
    """`host[:port]` of its clone URLs."""
    identity: str
    list_resource: str
    repositories: int = 0
    tells_changes: bool = False
    """Whether its list can be asked for what is new or updated."""
    often: int = 0
    """Requests of the searches that are repeated often."""
    rest: int = 0
    """Requests of all other searches."""
    visits_per_day: int = 0
    """By the visit policy, of what is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCost:
    """What one recurring step asks of one bucket in a day."""

    what: str
    bucket: Bucket
    requests: float
    """At least, while nothing new is found."""
    allowed: float
    """As many as the governor allows in a day."""
    note: str = ""


def daily_cost(entry: WatchEntry, known: KnownHost, rates: Rates) -> DailyCost | None:
    """Return what `entry`, of the host `known`, costs in a day; None where it asks no host."""
    rounds = 0.0 if entry.period is None else _DAY / entry.period
    pages = math.ceil(known.repositories / _PAGE) + 1
    match entry.task:
        case WatchTask.SEARCH:
            return _searches(entry, known, rates)
        case WatchTask.LIST if known.tells_changes:
            requests, note = (
                rounds + pages * (_DAY / WHOLE_AGAIN),
                "and a page for 50 to 100 changes",
            )
        case WatchTask.LIST:
            requests, note = rounds * pages, "all of it each time"
        case WatchTask.SWEEP:
            requests, note = rounds, "and a page for 100 repositories that were pushed to"
        case WatchTask.OWNERS:
            owners = len(entry.options["owners"])
            requests, note = rounds * owners, "and a page for 100 repositories of an owner"
        case WatchTask.ARCHIVE:
            requests, note = rounds, "a file for each hour, 40 to 150 MB"
        case WatchTask.POLL | WatchTask.REPOS | WatchTask.VERIFY | WatchTask.REPORT:
            return None
        case _:
            assert_never(entry.task)
    resource = "files" if entry.task is WatchTask.ARCHIVE else known.list_resource
    return _cost(entry.key, _bucket(known, resource), requests, rates, note)


def _searches(entry: WatchEntry, known: KnownHost, rates: Rates) -> DailyCost:
    bucket = _bucket(known, "code_search")
    allowed = rates.of(bucket).per_second * _DAY.total_seconds()
    repeats = _DAY.total_seconds() / entry.options["repeat"]
    requests = min(allowed, (known.often + known.rest) * repeats)
    length = search_pass(entry, known, rates)
    note = (
        "what is searched for often takes all there is; the rest never comes"
        if length is None
        else f"{known.often} often, {known.rest} others in a pass of {length / _DAY:.1f} days"
    )
    return _cost(entry.key, bucket, requests, rates, note)


def search_pass(entry: WatchEntry, known: KnownHost, rates: Rates) -> timedelta | None:
    """Return how long it takes until everything was searched for once; None: it never is."""
    repeat = timedelta(seconds=entry.options["repeat"])
    allowed = rates.of(_bucket(known, "code_search")).per_second * _DAY.total_seconds()
    left = allowed - min(allowed, known.often * (_DAY / repeat))
    if left <= 0:
        return None
    return max(repeat, _DAY * (known.rest / left))


def visit_cost(known: KnownHost, rates: Rates) -> DailyCost:
    """Return what the visits of known repositories cost in a day, by the visit policy."""
    bucket = Bucket(host=known.address)
    note = f"{counted(known.visits_per_day, 'visit')}, 1 to {_VISIT} requests each"
    return _cost(f"visits {known.name}", bucket, known.visits_per_day, rates, note)


def _cost(what: str, bucket: Bucket, requests: float, rates: Rates, note: str) -> DailyCost:
    allowed = rates.of(bucket).per_second * _DAY.total_seconds()
    return DailyCost(what=what, bucket=bucket, requests=requests, allowed=allowed, note=note)


def _bucket(known: KnownHost, resource: str) -> Bucket:
    return Bucket(host=known.name, resource=resource, identity=known.identity)


def blind_spots(
    ways: frozenset[Way], *, refs: Refs, at_root: bool, known: KnownHost
) -> Iterator[str]:
    """Yield what cannot be seen of a host that is watched in these ways."""
    if not ways:
        yield "nothing looks for its repositories; set watch.repos, or another way that it has"
        return
    if ways != {Way.REPOS} and ways <= {Way.SEARCH, Way.SWEEP, Way.OWNERS, Way.REPOS}:
        yield "repositories that nobody has pushed to since the watch began, but what searches show"
    if Way.SEARCH in ways:
        yield (
            "by search: locks of 384 KB and more, other branches, most forks, more than 1,000 hits of "
            "a query"
        )
    if ways == {Way.REPOS}:
        yield "repositories that are not in its list; changes until the next visit by the visit policy"
    if Way.LIST in ways and not known.tells_changes:
        yield "what has changed in known repositories, until their next visit by the visit policy"
    if at_root:
        yield "locks in folders"
    match refs:
        case Refs.DEFAULT:
            yield 'refs but the default branch; set refs = "branches" or "all"'
        case Refs.BRANCHES:
            yield 'tags, and pull and merge requests; set refs = "all"'
        case Refs.ALL:
            yield "pull and merge requests but the newest 50 of a repository"
