"""Real workers on a real Valkey in whose queues lies what nobody of ours has sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from redis import Redis

from tests.hostile.messages import DECORATED, huge, refused
from tests.servers.crew import Crew, count, start, worker
from tests.servers.excerpt import excerpt, on_stage
from tests.servers.valkey import allow_loopback_and_unix, running_broker
from tests.servers.waiting import PATIENCE, eventually
from workers.broker import connect
from workers.cluster.app import BrokerHints, make_app

PRIORITY_QUEUE = "git\x06\x163"
"""kombu keeps messages of another priority under such a name."""


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


def test_what_is_no_message_is_logged_once_and_the_work_behind_it_is_done(
    crew: Crew, tmp_path: Path
) -> None:
    mark = tmp_path / "pickle-was-read"
    items, redis = [*refused(mark).values(), *huge()], crew.redis
    for item in items:
        redis.lpush("git", item)
    redis.lpush("git", json.dumps(DECORATED))
    redis.lpush(PRIORITY_QUEUE, b"garbage")
    BrokerHints(make_app(crew.url), crew.url).send("git")

    eventually(lambda: count(redis, "ended") == 2)
    eventually(lambda: crew.said().count("message refused") == len(items) + 1)
    left = [redis.llen("git"), redis.llen(PRIORITY_QUEUE), redis.hlen("unacked")]

    assert crew.child.exit_code is None
    assert left == [0, 0, 0]
    assert not mark.exists()
    lines = crew.said().splitlines()
    assert all(len(line) < 10_000 for line in lines)
    assert not [line for line in lines if '"level": "error"' in line or "critical" in line]


def test_a_worker_survives_garbage_whose_time_to_be_given_out_again_has_come(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    with running_broker(tmp_path / "state") as broker, connect(broker.url) as redis:
        _under_way(redis, b"garbage", b"not json")
        with worker(broker.url, log) as child:
            eventually(lambda: redis.hlen("unacked") == 0)
            BrokerHints(make_app(broker.url), broker.url).send("git")
            eventually(lambda: count(redis, "ended") == 1)

            assert child.exit_code is None

    assert log.read_text().count("message refused") == 1


def _under_way(redis: Redis, tag: bytes, entry: bytes) -> None:
    """Put an entry where kombu keeps what a worker has taken and not acknowledged, long ago."""
    redis.hset("unacked", tag, entry)
    redis.zadd("unacked_index", {tag: 0})


def test_a_worker_that_cannot_go_on_does_not_end_as_if_all_were_well(tmp_path: Path) -> None:
    with running_broker(tmp_path / "state") as broker, connect(broker.url) as redis:
        redis.set("git", "not a list")
        child = start(broker.url, tmp_path / "log")

        assert child.wait(PATIENCE)

    assert child.exit_code != 0
    assert "StoreError: the worker could not go on" in (tmp_path / "log").read_text()


def test_a_crawl_over_queues_full_of_garbage_finds_what_is_there(tmp_path: Path) -> None:
    with on_stage(excerpt(("demo-03/mint-bot", "demo-04/copy-trader")), tmp_path) as stage:
        stage.user("seed", "--from", "osv-mal,quarantine-feed")
        with running_broker(stage.user.state) as broker, connect(broker.url) as redis:
            for queue in ("api", "git"):
                for item in (b"not json", b"\xff", b"{}", b"[]", b"null", b"1"):
                    redis.rpush(queue, item)

            ran = stage.user(*stage.everywhere, "--format", "jsonl")

    assert ran.code == 1, ran.err
    assert len(ran.rows) >= 2
    for name in ("api", "git"):
        log = (stage.user.state / f"logs/worker-{name}.log").read_text()
        assert log.count("message refused") == 6
