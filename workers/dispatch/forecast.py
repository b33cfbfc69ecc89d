"""What a crawl will cost its hosts: requests and minutes, reckoned from what is known. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.net import Bucket
from workers.budget.rates import Rates

__all__ = ["Cost", "HostEstimate", "forecast", "total"]

_PAGE = 100
"""Repositories on a page of a list."""
_BATCH = 50
"""Repositories in one question to an API that reads locks."""
_POLL, _WITHOUT_LOCKS, _WITH_LOCKS = 1, 2, 3
"""Requests of one visit over the git protocol: unchanged, no lock, locks (see `crawler.git`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEstimate:
    """What is known of a host before it is crawled."""

    host: str
    address: str
    """`host[:port]` of its clone URLs."""
    identity: str
    queries: int
    """Code searches that the targets call for; 0 where they are not asked."""
    lists: bool
    list_resource: str = "api"
    reads_in_batches: bool = False
    """Through the API, instead of over the git protocol."""
    visited: int = 0
    """Repositories that were read before."""
    unvisited: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one part of a crawl asks of one bucket."""

    what: str
    bucket: Bucket
    least: int
    """Requests, where nothing has changed and no answer has a second page."""
    most: int
    """Requests, where everything has changed."""
    minutes: float
    """For `most`, at the rate that the governor allows while the host says nothing else."""


def forecast(known: HostEstimate, rates: Rates) -> tuple[Cost, ...]:
    """Return the cost of crawling `known`, part by part; what nobody has found yet is not in it."""
    parts = (
        _cost("code search", _api(known, "code_search"), known.queries, known.queries, rates),
        _listing(known, rates),
        _reading(known, rates),
    )
    return tuple(part for part in parts if part.most)


def total(costs: Sequence[Cost]) -> tuple[int, int, float]:
    """Return least and most requests, and the minutes of the slowest bucket: they run side by side."""
    minutes = max((cost.minutes for cost in costs), default=0.0)
    return sum(c.least for c in costs), sum(c.most for c in costs), minutes


def _listing(known: HostEstimate, rates: Rates) -> Cost:
    pages = math.ceil((known.visited + known.unvisited) / _PAGE) + 1 if known.lists else 0
    return _cost("list", _api(known, known.list_resource), pages, pages, rates)


def _reading(known: HostEstimate, rates: Rates) -> Cost:
    both = known.visited + known.unvisited
    if known.reads_in_batches:
        # One question per batch, unless a list shows the roots in passing; at most as many again for texts.
        batches = math.ceil(both / _BATCH)
        least = 0 if known.lists else batches
        return _cost("read", _api(known, "graphql"), least, least + batches, rates)
    least = known.visited * _POLL + known.unvisited * _WITHOUT_LOCKS
    return _cost("visit", Bucket(host=known.address), least, both * _WITH_LOCKS, rates)


def _api(known: HostEstimate, resource: str) -> Bucket:
    return Bucket(host=known.host, resource=resource, identity=known.identity)


def _cost(what: str, bucket: Bucket, least: int, most: int, rates: Rates) -> Cost:
    rate = rates.of(bucket)
    seconds = max(0.0, most - rate.burst) / rate.per_second
    return Cost(what=what, bucket=bucket, least=least, most=most, minutes=seconds / 60)
