from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.servers.crew import Crew, counts, start, worker
from tests.servers.process import ends, is_alive
from tests.servers.valkey import allow_loopback_and_unix
from tests.servers.waiting import PATIENCE, eventually
from workers.broker import Broker, connect
from workers.cluster.app import PoolHint, make_app, restore_unacknowledged, sender
from workers.ledger.work import WorkKind

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker.open(tmp_path / "state") as broker:
        yield broker


@pytest.fixture
def redis(broker: Broker) -> Iterator[Redis]:
    with connect(broker.url) as client:
        yield client


def test_a_worker_runs_what_is_sent_each_once(crew: Crew) -> None:
    send = sender(make_app(crew.url, pool_hint=crew.pool))
    for first in range(0, 20, 2):
        send(WorkKind.VISIT, [(first, 1), (first + 1, 1)])

    eventually(lambda: len(counts(crew.redis, "ended")) == 20)
    eventually(lambda: crew.redis.hlen("unacked") == 0)

    assert counts(crew.redis, "began") == dict.fromkeys(range(20), 1)
    assert '"level": "error"' not in crew.said()


def test_a_failed_task_is_one_line_of_json_with_its_id(crew: Crew) -> None:
    app = make_app(crew.url, pool_hint=crew.pool)
    app.send_task("ghostcrawl.visit", args=([[-1, 1]],), queue="git", task_id="some-id")

    eventually(lambda: "Malformed" in crew.said())

    lines = [text for text in crew.said().splitlines() if "Malformed" in text]
    (event,) = [json.loads(line) for line in lines]
    assert "some-id" in event["event"]
    assert (event["level"], event["logger"]) == ("error", "celery.app.trace")


@pytest.mark.slow
@pytest.mark.parametrize("pool", [PoolHint.THREADS, PoolHint.PREFORK])
def test_the_task_of_a_killed_worker_is_done_by_another_within_thirty_seconds(
    pool: PoolHint, broker: Broker, redis: Redis, tmp_path: Path
) -> None:
    sender(make_app(broker.url, pool_hint=pool))(WorkKind.VISIT, [(100, 1)])
    first = start(broker.url, tmp_path / "log", pool, seconds=6)
    eventually(lambda: counts(redis, "began") == {100: 1})
    first.kill()

    with worker(broker.url, tmp_path / "log", pool, seconds=6):
        seconds = eventually(lambda: counts(redis, "ended") == {100: 1})

    assert counts(redis, "began") == {100: 2}
    assert seconds < 30


@pytest.mark.slow
def test_a_task_that_takes_too_long_is_ended(broker: Broker, redis: Redis, tmp_path: Path) -> None:
    send = sender(make_app(broker.url, pool_hint=PoolHint.PREFORK))
    send(WorkKind.VISIT, [(100, 1)])

    with worker(broker.url, tmp_path / "log", PoolHint.PREFORK, seconds=2):
        eventually(lambda: counts(redis, "began") == {100: 1})
        eventually(lambda: "TimeLimit" in (tmp_path / "log").read_text())

    assert counts(redis, "ended") == {}


@pytest.mark.slow
def test_a_poisoned_task_kills_its_process_once_and_the_rest_is_done(
    broker: Broker, redis: Redis, tmp_path: Path
) -> None:
    send = sender(make_app(broker.url, pool_hint=PoolHint.PREFORK))
    for work_id in range(50):
        send(WorkKind.VISIT, [(work_id, 1)])
    send(WorkKind.SEARCH, [(1000, 1)])
    for work_id in range(50, 99):
        send(WorkKind.VISIT, [(work_id, 1)])

    with worker(broker.url, tmp_path / "log", PoolHint.PREFORK):
        eventually(lambda: len(counts(redis, "ended")) == 99)
        eventually(lambda: redis.hlen("unacked") == 0)

    assert (tmp_path / "log").read_text().count("signal 11") >= 1


@pytest.mark.slow
def test_a_broker_that_is_killed_and_comes_back_loses_no_task(tmp_path: Path) -> None:
    first = Broker.open(tmp_path / "state")
    send = sender(make_app(first.url, pool_hint=PoolHint.THREADS))
    for work_id in range(50):
        send(WorkKind.VISIT, [(work_id, 1)])
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)

    with (
        worker(first.url, tmp_path / "log", PoolHint.THREADS),
        Broker.open(tmp_path / "state") as second,
        connect(second.url) as redis,
    ):
        eventually(lambda: set(counts(redis, "ended")) == set(range(50)))
        eventually(lambda: redis.hlen("unacked") == 0)


def test_after_a_restart_of_everything_what_was_taken_is_given_out_again_at_once(
    broker: Broker, redis: Redis, tmp_path: Path
) -> None:
    app = make_app(broker.url, pool_hint=PoolHint.THREADS)
    sender(app)(WorkKind.VISIT, [(100, 1)])
    first = start(broker.url, tmp_path / "log", PoolHint.THREADS)
    eventually(lambda: counts(redis, "began") == {100: 1})
    first.kill()

    restored = restore_unacknowledged(app)

    with worker(broker.url, tmp_path / "log", PoolHint.THREADS):
        eventually(lambda: counts(redis, "ended") == {100: 1})
    assert restored == 1


def test_no_process_of_the_pool_outlives_a_worker_that_is_killed(
    broker: Broker, redis: Redis, tmp_path: Path
) -> None:
    sender(make_app(broker.url, pool_hint=PoolHint.PREFORK))(WorkKind.VISIT, [(100, 1)])
    child = start(broker.url, tmp_path / "log", PoolHint.PREFORK)
    eventually(lambda: redis.hexists("pid", "100"))
    pool_child = int(redis.hget("pid", "100") or 0)
    was_alive = is_alive(pool_child)

    os.kill(child.pid, signal.SIGKILL)

    assert ends(pool_child)
    assert was_alive
    assert pool_child != child.pid


def test_a_worker_that_is_asked_to_end_finishes_its_task(
    broker: Broker, redis: Redis, tmp_path: Path
) -> None:
    send = sender(make_app(broker.url, pool_hint=PoolHint.PREFORK))
    for work_id in range(40):
        send(WorkKind.VISIT, [(work_id, 1)])
    child = start(broker.url, tmp_path / "log", PoolHint.PREFORK)
    eventually(lambda: counts(redis, "ended"))

    child.stop(PATIENCE)

    assert child.exit_code == 0
    assert counts(redis, "began") == counts(redis, "ended")


def test_workers_and_broker_end_when_their_owner_is_killed(tmp_path: Path) -> None:
    owner = f"""
import sys, time
from pathlib import Path
from workers.cluster.app import PoolHint
from workers.broker import Broker
from workers.cluster.processes import WorkerGroup, WorkerSpec
state = Path({str(tmp_path)!r})
broker = Broker.open(state)
environment = {{"PYTHONPATH": {str(ROOT)!r}}}
spec = WorkerSpec(
    name="git", queues=["git"], pool=PoolHint.PREFORK, concurrency=2, environment=environment
)
command = [sys.executable, "-c", "import time; time.sleep(600)"]
workers = WorkerGroup([spec], log_directory=state, clock=time.monotonic, command=command)
workers.start()
print(broker.pid, *workers.pids.values(), flush=True)
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    pids = [int(word) for word in process.stdout.readline().split()]
    alive = [is_alive(pid) for pid in pids]

    process.kill()
    process.wait()
    process.stdout.close()

    assert [ends(pid) for pid in pids] == [True, True]
    assert alive == [True, True]
