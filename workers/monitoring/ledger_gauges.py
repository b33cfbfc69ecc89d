"""What holds for the whole cluster, asked of the ledger: shown by the dispatcher alone.

One look costs a few short queries, of the lanes, the workers, the feeds and the findings, never
of the queue; and an answer is shown for some seconds, however many ask.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from redis.exceptions import RedisError
from sqlalchemy import and_, func, select

from crawler.errors import StoreError
from workers.ledger.arrivals import times_to_find
from workers.ledger.tables import feed_poll, finding, lane
from workers.ledger.work.processes import alive

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from prometheus_client.core import Metric
    from sqlalchemy import Connection

    from workers.budget.governor import BucketUsage
    from workers.ledger.ledger import Ledger

__all__ = ["LedgerGauges"]

_FRESH = 10.0
"""Seconds for which an answer is shown again."""
_POOLS = ("api", "git")
_log = structlog.get_logger(__name__)


class LedgerGauges:
    """A collector of `prometheus_client`; thread-safe."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], datetime],
        usage: Callable[[], Iterable[BucketUsage]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask `ledger`, by the time of `clock`, and `usage` for the budgets of the hosts."""
        self._ledger, self._clock, self._usage = ledger, clock, usage
        self._monotonic, self._lock = monotonic, threading.Lock()
        self._last: tuple[Metric, ...] = ()
        self._asked_at: float | None = None

    def describe(self) -> Iterator[Metric]:
        """Name nothing: registering asks no database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; none of those whose store does not answer."""
        with self._lock:
            now = self._monotonic()
            if self._asked_at is None or now - self._asked_at > _FRESH:
                self._last, self._asked_at = tuple(self._asked()), now
            return iter(self._last)

    def _asked(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("ghostcrawl_store_up", "Whether a store answers.", labels=["store"])
        try:
            with self._ledger.read() as conn:
                gauges = [*_lanes(conn, self._clock()), *_workers(conn, self._clock())]
                gauges += [_feeds(conn, self._clock()), _findings(conn), *_times_to_find(conn)]
            yield from gauges
            up.add_metric(["database"], 1)
        except StoreError as error:
            _log.warning("no gauges of the ledger", error=str(error))
            up.add_metric(["database"], 0)
        try:
            yield from _budgets(tuple(self._usage()), self._clock())
            up.add_metric(["broker"], 1)
        except (RedisError, StoreError) as error:
            _log.warning("no gauges of the broker", error=str(error))
            up.add_metric(["broker"], 0)
        yield up


def _lanes(conn: Connection, now: datetime) -> Iterator[Metric]:
    free = and_(lane.c.next_due <= now, func.coalesce(lane.c.turn_until <= now, True))
    waiting = func.min(lane.c.next_due).filter(free)
    counted = (func.sum(lane.c.open), func.sum(lane.c.done), func.sum(lane.c.dead))
    turns = func.count().filter(lane.c.turn_until > now)
    statement = select(lane.c.pool, waiting, func.count().filter(free), turns, *counted)
    rows = {row[0]: row for row in conn.execute(statement.group_by(lane.c.pool))}
    age = GaugeMetricFamily(
        "ghostcrawl_queue_age_seconds",
        "For how long the lane that waits longest for a turn has been due.", labels=["pool"],
    )  # fmt: skip
    due = GaugeMetricFamily(
        "ghostcrawl_lanes_due", "Lanes that are due and wait for a turn.", labels=["pool"]
    )
    busy = GaugeMetricFamily(
        "ghostcrawl_lanes_busy", "Lanes of which a worker has the turn.", labels=["pool"]
    )
    work = GaugeMetricFamily(
        "ghostcrawl_work", "Pieces of work by state, as the lanes count them.",
        labels=["pool", "state"],
    )  # fmt: skip
    for pool in _POOLS:
        _, since, free_lanes, taken, *states = rows.get(pool, (pool, None, 0, 0, 0, 0, 0))
        age.add_metric([pool], 0 if since is None else (now - since).total_seconds())
        due.add_metric([pool], free_lanes)
        busy.add_metric([pool], taken)
        for state, count in zip(("open", "done", "dead"), states, strict=True):
            work.add_metric([pool, state], count or 0)
    yield from (age, due, busy, work)


def _workers(conn: Connection, now: datetime) -> Iterator[Metric]:
    living = alive(conn, now)
    count = GaugeMetricFamily("ghostcrawl_workers", "Live worker processes.", labels=["pool"])
    threads = GaugeMetricFamily("ghostcrawl_threads", "Their threads.", labels=["pool"])
    for pool in _POOLS:
        mine = [one for one in living if one.pool == pool]
        count.add_metric([pool], len(mine))
        threads.add_metric([pool], sum(one.threads for one in mine))
    turns = CounterMetricFamily(
        "ghostcrawl_worker_turns", "Turns by worker.", labels=["worker", "pool", "version"]
    )
    offset = GaugeMetricFamily(
        "ghostcrawl_clock_offset_seconds",
        "Seconds by which the clock of a worker is ahead of that of the database.",
        labels=["worker"],
    )
    for one in living:
        turns.add_metric([one.name, one.pool, one.version], one.turns)
        offset.add_metric([one.name], one.clock_offset)
    yield from (count, threads, turns, offset)


def _feeds(conn: Connection, now: datetime) -> Metric:
    age = GaugeMetricFamily(
        "ghostcrawl_feed_age_seconds",
        "Since a feed last answered to its end; +Inf where it never did.", labels=["feed"],
    )  # fmt: skip
    for feed, answered in conn.execute(select(feed_poll.c.feed, feed_poll.c.answered_at)):
        seconds = float("inf") if answered is None else (now - answered).total_seconds()
        age.add_metric([feed], seconds)
    return age


def _findings(conn: Connection) -> Metric:
    found = GaugeMetricFamily(
        "ghostcrawl_findings", "Findings by status and level.", labels=["status", "level"]
    )
    columns = (finding.c.state, finding.c.confidence)
    for state, level, count in conn.execute(select(*columns, func.count()).group_by(*columns)):
        found.add_metric([state, level], count)
    return found


def _times_to_find(conn: Connection) -> Iterator[Metric]:
    """Yield what `status` shows as time to find; no sample of a way that nothing was timed of."""
    seconds = GaugeMetricFamily(
        "ghostcrawl_time_to_find_seconds",
        "From the push of a lure to its finding, by the way that led there: half took at most that, and nine "
        "in ten.",
        labels=["way", "quantile"],
    )
    counted = GaugeMetricFamily(
        "ghostcrawl_time_to_find_repositories",
        "Repositories of which that was measured, and of which not: older than the ledger, or unknown.",
        labels=["way", "lure"],
    )
    for one in times_to_find(conn):
        way = "not-noted" if one.way is None else one.way.value
        for quantile, span in (("0.5", one.median), ("0.9", one.ninetieth)):
            if span is not None:
                seconds.add_metric([way, quantile], span.total_seconds())
        for lure, count in (("timed", one.timed), ("older", one.older), ("unknown", one.unknown)):
            counted.add_metric([way, lure], count)
    yield from (seconds, counted)


def _budgets(buckets: Iterable[BucketUsage], now: datetime) -> Iterator[Metric]:
    left = GaugeMetricFamily(
        "ghostcrawl_budget_remaining", "Requests that a host says it still grants.",
        labels=["host", "resource", "identity"],
    )  # fmt: skip
    wait = GaugeMetricFamily(
        "ghostcrawl_budget_wait_seconds", "For how long a host wants to be left alone.",
        labels=["host", "resource", "identity"],
    )  # fmt: skip
    for one in buckets:
        labels = [one.bucket.host, one.bucket.resource, one.bucket.identity]
        if one.remaining is not None:
            left.add_metric(labels, one.remaining)
        until = one.blocked_until
        wait.add_metric(labels, 0 if until is None else max(0, (until - now).total_seconds()))
    yield from (left, wait)
