"""What the dispatcher shows of the whole cluster, on both databases, and when a process is not well."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import event

from crawler.errors import StoreError
from crawler.net import Bucket
from workers.budget.governor import BucketUsage
from workers.clock import SharedClock
from workers.dispatch.beat import Beat, WorkerIdentity
from workers.ledger import cursors, work
from workers.ledger.ledger import Ledger
from workers.ledger.work import turns
from workers.ledger.work_items import WorkItem, WorkKind
from workers.monitoring.health import DispatcherHealth, WorkerHealth
from workers.monitoring.ledger_gauges import LedgerGauges

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass(slots=True)
class Seconds:
    """A monotonic clock."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Asked:
    """The budgets of two hosts, and how often they were asked for."""

    times: int = 0
    error: Exception | None = field(default=None)

    def __call__(self) -> Iterable[BucketUsage]:
        self.times += 1
        if self.error is not None:
            raise self.error
        common = {"requests": 9, "bytes_down": 1, "limit": 5000, "why": ""}
        return (
            BucketUsage(
                bucket=Bucket(host="api.github.example", resource="graphql", identity="ab12"),
                remaining=4321,
                blocked_until=NOW + timedelta(seconds=30),
                **common,  # type: ignore[arg-type] # one dictionary for several types
            ),
        )


def shown(gauges: LedgerGauges) -> set[str]:
    registry = CollectorRegistry()
    registry.register(gauges)
    lines = generate_latest(registry).decode().splitlines()
    return {line for line in lines if not line.startswith("#")}


def visit(key: str, minutes: float) -> WorkItem:
    due_at = NOW + timedelta(minutes=minutes)
    return WorkItem(kind=WorkKind.VISIT, key=key, host="git.example", due_at=due_at)


def test_a_scrape_tells_the_age_of_the_queue_the_feeds_and_the_budgets(ledger: Ledger) -> None:
    with ledger.write() as conn:
        work.offer(conn, [visit("1", -10), visit("2", 5)], NOW - timedelta(minutes=10))
        cursors.note_answer(conn, "osv-mal", NOW - timedelta(hours=2))
        cursors.note_problem(conn, "kam193", "gone", NOW, held_back=False)

    samples = shown(LedgerGauges(ledger, lambda: NOW, Asked()))

    assert {
        'ghostcrawl_queue_age_seconds{pool="git"} 600.0',
        'ghostcrawl_queue_age_seconds{pool="api"} 0.0',
        'ghostcrawl_lanes_due{pool="git"} 1.0',
        'ghostcrawl_lanes_busy{pool="git"} 0.0',
        'ghostcrawl_work{pool="git",state="open"} 2.0',
        'ghostcrawl_work{pool="git",state="dead"} 0.0',
        'ghostcrawl_workers{pool="api"} 0.0',
        'ghostcrawl_feed_age_seconds{feed="osv-mal"} 7200.0',
        'ghostcrawl_feed_age_seconds{feed="kam193"} +Inf',
        'ghostcrawl_budget_remaining{host="api.github.example",identity="ab12",resource="graphql"} 4321.0',
        'ghostcrawl_budget_wait_seconds{host="api.github.example",identity="ab12",resource="graphql"} 30.0',
        'ghostcrawl_store_up{store="database"} 1.0',
        'ghostcrawl_store_up{store="broker"} 1.0',
    } <= samples


def test_a_lane_whose_turn_is_taken_waits_for_nobody(ledger: Ledger) -> None:
    with ledger.write() as conn:
        work.offer(conn, [visit("1", -10)], NOW - timedelta(minutes=10))
    with ledger.write() as conn:
        assert turns.take(conn, "w", NOW, pool="git") is not None

    samples = shown(LedgerGauges(ledger, lambda: NOW, Asked()))

    assert 'ghostcrawl_queue_age_seconds{pool="git"} 0.0' in samples
    assert 'ghostcrawl_lanes_busy{pool="git"} 1.0' in samples


def test_however_many_ask_the_stores_are_asked_every_ten_seconds_and_never_count_the_queue(
    ledger: Ledger,
) -> None:
    statements: list[str] = []
    event.listen(ledger._engine, "before_cursor_execute", lambda *a: statements.append(str(a[2])))
    clock, asked = Seconds(), Asked()
    gauges = LedgerGauges(ledger, lambda: NOW, asked, clock)

    for _ in range(5):
        shown(gauges)
    once = len(statements)
    clock.now += 11
    shown(gauges)

    assert asked.times == 2
    assert len(statements) == 2 * once
    read = {table for s in statements for table in re.findall(r"FROM (\w+)", s)}
    assert read == {"lane", "worker", "feed_poll", "finding", "repository"}


def test_a_store_that_does_not_answer_is_said_and_hides_nothing_else(ledger: Ledger) -> None:
    samples = shown(LedgerGauges(ledger, lambda: NOW, Asked(error=StoreError("away"))))

    assert 'ghostcrawl_store_up{store="broker"} 0.0' in samples
    assert 'ghostcrawl_store_up{store="database"} 1.0' in samples
    assert 'ghostcrawl_lanes_due{pool="git"} 0.0' in samples


@pytest.fixture
def beat(ledger: Ledger) -> Beat:
    identity = WorkerIdentity(name="w", pool="git", threads=1, version="0")
    return Beat(ledger, SharedClock(), identity, overrun=lambda: None)


def test_a_worker_without_due_work_is_well_for_ever(ledger: Ledger, beat: Beat) -> None:
    clock = Seconds()
    health = WorkerHealth(ledger, beat, "git", lambda: NOW, clock)
    beat.beaten_at = clock.now

    for _ in range(100):
        clock.now += 30
        beat.beaten_at = clock.now
        assert health.problem() is None


def test_a_worker_that_takes_no_turn_while_work_is_due_is_not_well(
    ledger: Ledger, beat: Beat
) -> None:
    with ledger.write() as conn:
        work.offer(conn, [visit("1", -10)], NOW)
    clock = Seconds()
    health = WorkerHealth(ledger, beat, "git", lambda: NOW, clock)

    said = []
    for _ in range(5):
        clock.now += 30
        beat.beaten_at = clock.now
        said.append(health.problem())
    beat.turns += 1
    after_a_turn = health.problem()

    assert said[:4] == [None] * 4
    assert said[4] == "1 lanes of git are due, and no turn was taken for 150 s"
    assert after_a_turn is None


def test_a_worker_that_cannot_beat_is_not_well(ledger: Ledger, beat: Beat) -> None:
    clock = Seconds(now=beat.beaten_at + 61)

    health = WorkerHealth(ledger, beat, "git", lambda: NOW, clock)

    assert health.problem() == "no beat for 61 s"


def test_a_dispatcher_whose_rounds_do_not_end_is_not_well() -> None:
    clock = Seconds()
    health = DispatcherHealth(clock)

    clock.now += 59
    before = health.problem()
    clock.now += 2
    after = health.problem()
    health.round_ended()

    assert (before, after, health.problem()) == (None, "no round for 61 s", None)
