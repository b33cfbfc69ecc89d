from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from crawler.errors import Defer
from crawler.hosts.polite import Rate
from crawler.net import Bucket, Budget, Quota
from workers.broker import Broker, connect
from workers.budget.governor import (
    PAUSED_WAIT,
    Breaker,
    Governor,
    RateLimitHold,
    every_resource,
)
from workers.budget.rates import Rates

BUCKET = Bucket(host="forge.example", resource="api")
START = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class MemoryBlocks:
    clock: Clock
    kept: list[RateLimitHold] = field(default_factory=list)
    pauses: dict[str, str] = field(default_factory=dict)

    def on_block(self, block: RateLimitHold) -> None:
        self.kept.append(block)

    def blocked(self) -> Iterable[RateLimitHold]:
        return [block for block in self.kept if block.until > self.clock.now]

    def paused(self) -> Mapping[str, str]:
        return dict(self.pauses)


def rates(burst: float, count: float, seconds: float) -> Rates:
    return Rates(otherwise=Rate(burst=burst, count=count, seconds=seconds))


def wait_of(governor: Governor, bucket: Bucket = BUCKET) -> float:
    """Spend, and return the seconds that it was deferred by; 0 where it was granted."""
    try:
        governor.spend(bucket)
    except Defer as defer:
        return round(defer.seconds, 3)
    return 0.0


def is_granted(governor: Governor) -> bool:
    try:
        governor.spend(BUCKET)
    except Defer:
        return False
    return True


def test_it_is_a_budget(redis: Redis) -> None:
    budget: Budget = Governor(redis)

    budget.spend(BUCKET)


def test_a_burst_is_granted_and_then_one_by_one(redis: Redis) -> None:
    clock = Clock()
    governor = Governor(redis, clock=clock, rates=rates(2, 10, 60))

    first = [wait_of(governor) for _ in range(3)]
    clock.pass_seconds(6)
    second = [wait_of(governor) for _ in range(2)]

    assert first == [0, 0, 6]
    assert second == [0, 6]


def test_time_that_goes_backwards_gives_and_takes_nothing(redis: Redis) -> None:
    clock = Clock()
    governor = Governor(redis, clock=clock, rates=rates(1, 10, 60))
    governor.spend(BUCKET)

    clock.pass_seconds(-3600)
    backwards = wait_of(governor)
    clock.pass_seconds(6)
    later = wait_of(governor)

    assert backwards == 6
    assert later == 0


def test_a_bucket_is_one_host_resource_and_identity(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock(), rates=rates(1, 1, 60))
    others = [
        Bucket(host="git.example", resource="api"),
        Bucket(host="forge.example", resource="git"),
        Bucket(host="forge.example", resource="api", identity="4f2a"),
        Bucket(host='forge.example","api', resource=""),
    ]

    waits = [wait_of(governor, bucket) for bucket in [BUCKET, *others, BUCKET]]

    assert waits == [0, 0, 0, 0, 0, 60]


def test_what_the_host_says_is_left_is_believed_where_it_is_less(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock(), rates=rates(10, 60, 60))
    governor.spend(BUCKET)

    governor.learn(BUCKET, Quota(limit=60, remaining=1))
    less = [wait_of(governor) for _ in range(2)]
    governor.learn(BUCKET, Quota(limit=60, remaining=50))
    more = wait_of(governor)

    assert less == [0, 1]
    assert more == 1


@pytest.mark.parametrize(
    ("stated", "per_hour"), [(1_000, 90), (5_000, 90), (12_500, 225), (10**9, 360)]
)
def test_a_host_that_states_a_higher_limit_than_it_publishes_is_asked_more_but_not_endlessly(
    redis: Redis, stated: int, per_hour: int
) -> None:
    rate = Rate(burst=1, count=90, seconds=3600, limit=5_000)
    governor = Governor(redis, clock=Clock(), rates=Rates(otherwise=rate))
    governor.spend(BUCKET)

    governor.learn(BUCKET, Quota(limit=stated, remaining=stated - 1))

    assert wait_of(governor) == 3600 / per_hour


def test_a_limit_that_is_lower_again_is_believed_at_once(redis: Redis) -> None:
    rate = Rate(burst=1, count=90, seconds=3600, limit=5_000)
    governor = Governor(redis, clock=Clock(), rates=Rates(otherwise=rate))
    governor.spend(BUCKET)

    governor.learn(BUCKET, Quota(limit=12_500, remaining=9_000))
    governor.learn(BUCKET, Quota(limit=5_000, remaining=4_000))

    assert wait_of(governor) == 40


def test_a_rate_without_a_published_limit_is_not_raised(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock(), rates=rates(1, 90, 3600))
    governor.spend(BUCKET)

    governor.learn(BUCKET, Quota(limit=12_500, remaining=9_000))

    assert wait_of(governor) == 40


def test_nothing_left_means_nothing_although_time_has_passed(redis: Redis) -> None:
    clock = Clock()
    governor = Governor(redis, clock=clock, rates=rates(1, 60, 60))
    governor.spend(BUCKET)
    clock.pass_seconds(5)

    governor.learn(BUCKET, Quota(remaining=0))

    assert wait_of(governor) == 1


def test_a_wait_blocks_and_no_other_answer_shortens_it(redis: Redis) -> None:
    clock = Clock()
    governor = Governor(redis, clock=clock, rates=rates(5, 60, 60))

    governor.learn(BUCKET, Quota(wait=300))
    governor.learn(BUCKET, Quota(wait=10))
    governor.learn(BUCKET, Quota(remaining=5000))
    blocked = wait_of(governor)
    clock.pass_seconds(300)
    after = wait_of(governor)

    assert blocked == 300
    assert after == 0


def test_the_reason_of_a_wait_is_told(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock())
    governor.learn(BUCKET, Quota(wait=300))

    with pytest.raises(Defer, match=r"forge.example \(api\): forge.example asks to wait; due"):
        governor.spend(BUCKET)


def test_a_wait_is_kept_for_a_broker_that_forgets_everything(redis: Redis) -> None:
    clock = Clock()
    store = MemoryBlocks(clock)
    governor = Governor(redis, store, clock)
    governor.learn(BUCKET, Quota(wait=300))
    redis.flushall()

    wait = wait_of(governor)

    assert wait == 300
    assert store.kept == [
        RateLimitHold(
            bucket=BUCKET,
            until=START + timedelta(seconds=300),
            why="forge.example asks to wait",
        )
    ]


def test_only_news_are_kept(redis: Redis) -> None:
    clock = Clock()
    store = MemoryBlocks(clock)
    governor = Governor(redis, store, clock)

    for wait in (300, 200, None):
        governor.learn(BUCKET, Quota(wait=wait))

    assert len(store.kept) == 1


def test_without_a_broker_nothing_is_asked_and_a_wait_is_still_kept(tmp_path: Path) -> None:
    store = MemoryBlocks(Clock())
    broker = Broker.open(tmp_path)
    with connect(broker.url) as redis:
        governor = Governor(redis, store)
        governor.spend(BUCKET)
        broker.stop()

        governor.learn(BUCKET, Quota(wait=300, bytes_down=10))
        with pytest.raises(Defer, match="the broker does not answer"):
            governor.spend(BUCKET)
        with Broker.open(tmp_path):
            wait = wait_of(governor)

    assert [block.bucket for block in store.kept] == [BUCKET]
    assert 290 < wait <= 300


def test_a_host_that_does_not_answer_is_left_alone_for_longer_and_longer(redis: Redis) -> None:
    clock = Clock()
    governor = Governor(redis, clock=clock, breaker=Breaker(failures=3, first_pause=30))
    pauses = []
    for _ in range(5):
        governor.failed(BUCKET, "connection refused")
        pauses.append(wait_of(governor, Bucket(host="forge.example", resource="git")))
        clock.pass_seconds(pauses[-1])

    assert pauses == [0, 0, 30, 60, 120]


def test_failures_under_way_when_the_pause_began_do_not_make_it_longer(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock(), breaker=Breaker(failures=1, first_pause=30))

    for _ in range(10):
        governor.failed(BUCKET, "connection refused")

    assert wait_of(governor) == 30


def test_a_pause_has_an_upper_limit(redis: Redis) -> None:
    clock = Clock()
    governor = Governor(redis, clock=clock, breaker=Breaker(failures=1, longest_pause=100))
    for _ in range(40):
        governor.failed(BUCKET, "connection refused")
        clock.pass_seconds(100)

    governor.failed(BUCKET, "connection refused")

    assert wait_of(governor) == 100


def test_an_answer_ends_the_count_of_failures(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock(), breaker=Breaker(failures=2))

    governor.failed(BUCKET, "timeout")
    governor.learn(BUCKET, Quota())
    governor.failed(BUCKET, "timeout")

    assert wait_of(governor) == 0


def test_answers_that_break_off_are_failures_too(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock(), breaker=Breaker(failures=2, first_pause=30))

    for _ in range(2):
        governor.learn(BUCKET, Quota(broken=True))
        governor.failed(BUCKET, "connection lost")

    assert wait_of(governor) == 30


def test_a_clock_that_is_put_right_ends_a_wait_of_years(redis: Redis) -> None:
    clock = Clock()
    governor = Governor(redis, clock=clock)
    clock.now += timedelta(days=3650)
    governor.learn(BUCKET, Quota(wait=60.0))
    clock.now -= timedelta(days=3650)

    before = wait_of(governor)
    governor.learn(BUCKET, Quota(wait=60.0))

    assert (before, wait_of(governor)) == (0, 60)


def test_the_breaker_survives_the_broker_too(redis: Redis) -> None:
    clock = Clock()
    store = MemoryBlocks(clock)
    governor = Governor(redis, store, clock, breaker=Breaker(failures=1, first_pause=30))
    governor.failed(BUCKET, "connection refused")
    redis.flushall()

    wait = wait_of(governor)

    assert wait == 30
    assert store.kept[0].bucket == every_resource("forge.example")
    assert store.kept[0].why == "forge.example does not answer: connection refused"


def test_a_host_rests_twice_as_long_although_the_broker_forgot_how_often_it_failed(
    redis: Redis,
) -> None:
    clock = Clock()
    store = MemoryBlocks(clock)
    breaker = Breaker(failures=2, first_pause=30)
    before = Governor(redis, store, clock, breaker=breaker)
    for _ in range(2):
        before.failed(BUCKET, "connection refused")
    redis.flushall()

    after = Governor(redis, store, clock, breaker=breaker)
    first = wait_of(after)
    clock.pass_seconds(first)
    after.failed(BUCKET, "connection refused")

    assert (first, wait_of(after)) == (30, 60)
    assert [block.failures for block in store.kept] == [2, 3]


def test_a_demo_lives_sixty_times_faster(redis: Redis) -> None:
    clock = Clock()
    governor = Governor(redis, clock=clock, rates=rates(1, 10, 60), scale=60)

    used_up = [wait_of(governor), wait_of(governor)]
    governor.learn(BUCKET, Quota(wait=60))
    blocked = wait_of(governor)

    assert used_up == [0, 0.1]
    assert blocked == 1


def test_requests_and_bytes_are_counted_per_bucket(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock())
    git = Bucket(host="forge.example", resource="git")
    for bucket, size in ((BUCKET, 100), (BUCKET, 23), (git, 7)):
        governor.spend(bucket)
        governor.learn(bucket, Quota(limit=60, remaining=9, bytes_down=size))

    usage = [(u.bucket, u.requests, u.bytes_down, u.limit, u.remaining) for u in governor.usage()]

    assert usage == [(BUCKET, 2, 123, 60, 9), (git, 1, 7, 60, 9)]


def test_a_refused_request_is_not_counted(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock(), rates=rates(1, 1, 60))
    wait_of(governor)
    wait_of(governor)

    usage = governor.usage()

    assert [u.requests for u in usage] == [1]


def test_eight_threads_never_overspend(broker: Broker, redis: Redis) -> None:
    began = time.monotonic()
    end = began + 1.5

    def grants(_: int) -> int:
        with connect(broker.url) as client:
            governor = Governor(client, rates=rates(10, 50, 1))
            granted = 0
            while time.monotonic() < end:
                granted += is_granted(governor)
            return granted

    with ThreadPoolExecutor(8) as pool:
        granted = sum(pool.map(grants, range(8)))
    allowed = 10 + 50 * (time.monotonic() - began)

    assert 20 <= granted <= allowed


@pytest.mark.parametrize("paused", ["*", "forge.example"])
def test_a_pause_holds_for_every_worker_before_its_next_request(redis: Redis, paused: str) -> None:
    store = MemoryBlocks(Clock())
    worker, command = (Governor(redis, store, store.clock) for _ in range(2))
    before = wait_of(worker)

    store.pauses[paused] = "a person asked for it"
    command.restore()
    during = wait_of(worker)
    del store.pauses[paused]
    command.restore()
    after = wait_of(worker)

    assert (before, during, after) == (0, PAUSED_WAIT, 0)


def test_a_pause_of_one_host_leaves_the_others_alone(redis: Redis) -> None:
    store = MemoryBlocks(Clock(), pauses={"git.example": "a person asked for it"})
    governor = Governor(redis, store, store.clock)

    governor.restore()

    assert wait_of(governor) == 0
    assert wait_of(governor, Bucket(host="git.example")) == PAUSED_WAIT


def test_a_pause_costs_no_token_and_counts_no_request(redis: Redis) -> None:
    store = MemoryBlocks(Clock(), pauses={"*": "a person asked for it"})
    governor = Governor(redis, store, store.clock, rates=rates(1, 1, 60))
    governor.restore()
    while_paused = [wait_of(governor) for _ in range(3)]

    store.pauses.clear()
    governor.restore()

    assert while_paused == [PAUSED_WAIT] * 3
    assert governor.usage() == ()
    assert wait_of(governor) == 0


def test_a_pause_outlives_a_broker_that_has_forgotten_everything(redis: Redis) -> None:
    store = MemoryBlocks(Clock(), pauses={"*": "a person asked for it"})
    governor = Governor(redis, store, store.clock)
    governor.restore()

    redis.flushall()

    assert wait_of(governor) == PAUSED_WAIT


def test_a_pause_that_comes_while_another_worker_starts_is_not_lost(redis: Redis) -> None:
    class Racing(MemoryBlocks):
        """A person pauses all between the look into the ledger and the word to the broker."""

        def paused(self) -> Mapping[str, str]:
            seen = dict(self.pauses)
            self.pauses["*"] = "a person asked for it"
            return seen

    store = Racing(Clock())
    governor = Governor(redis, store, store.clock)

    governor.restore()

    assert wait_of(governor) == PAUSED_WAIT


def test_a_bucket_of_which_only_a_limit_is_known_was_asked_nothing(redis: Redis) -> None:
    governor = Governor(redis, clock=Clock())
    governor.learn(BUCKET, Quota(limit=60, remaining=50))

    (usage,) = governor.usage()

    assert (usage.requests, usage.bytes_down, usage.limit) == (0, 0, 60)
