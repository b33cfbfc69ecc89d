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

from crawler.errors import StoreError
from tests.servers.crew import Crew, count, start, worker
from tests.servers.process import ends, is_alive
from tests.servers.valkey import allow_loopback_and_unix
from tests.servers.waiting import PATIENCE, eventually
from workers.broker import Broker, connect
from workers.cluster.app import BrokerHints, make_app

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


def send(url: str, times: int) -> None:
    """Say `times` that there is work for `git`."""
    hints = BrokerHints(make_app(url), url)
    for _ in range(times):
        hints.send("git")
    hints.close()


def test_a_worker_follows_every_hint_once_and_has_none_left(crew: Crew) -> None:
    send(crew.url, 20)

    eventually(lambda: count(crew.redis, "ended") == 20)
    eventually(lambda: crew.redis.hlen("unacked") == 0)

    assert count(crew.redis, "began") == 20
    assert BrokerHints(make_app(crew.url), crew.url).waiting("git") == 0
    assert '"level": "error"' not in crew.said()


def test_a_failed_task_is_one_line_of_json_with_its_id(crew: Crew) -> None:
    crew.redis.rpush("orders", "fail")
    app = make_app(crew.url)
    app.send_task("ghostcrawl.git", queue="git", task_id="some-id")

    eventually(lambda: "Malformed" in crew.said())

    lines = [text for text in crew.said().splitlines() if "Malformed" in text]
    (event,) = [json.loads(line) for line in lines]
    assert "some-id" in event["event"]
    assert (event["level"], event["logger"]) == ("error", "celery.app.trace")


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("shutdown", {}),
        ("rate_limit", {"task_name": "ghostcrawl.git", "rate_limit": "1/h"}),
        ("time_limit", {"task_name": "ghostcrawl.git", "hard": 1}),
        ("revoke", {"task_id": "x", "terminate": True}),
        ("terminate", {"task_id": "x", "signal": "KILL"}),
        ("pool_shrink", {"n": 1}),
        ("pool_grow", {"n": 1}),
        ("pool_restart", {}),
        ("autoscale", {"max": 1, "min": 1}),
        ("cancel_consumer", {"queue": "git"}),
        ("add_consumer", {"queue": "celery"}),
        ("enable_events", {}),
        ("disable_events", {}),
        ("election", {"id": "x", "topic": "y", "action": "z"}),
        ("hello", {"from_node": "x", "revoked": {"a": 1}}),
        ("conf", {}),
    ],
)
def test_who_can_write_to_the_broker_can_look_at_a_worker_and_not_change_it(
    command: str, arguments: dict[str, object], crew: Crew
) -> None:
    app = make_app(crew.url)

    answered = app.control.broadcast(command, arguments=arguments, reply=True, timeout=1.0)
    alive = app.control.ping(timeout=PATIENCE, limit=1)

    send(crew.url, 1)
    eventually(lambda: count(crew.redis, "ended") == 1)
    assert not [one for answer in answered or () for one in answer.values() if "error" not in one]
    assert [list(one.values()) for one in alive or ()] == [[{"ok": "pong"}]]


def test_what_is_no_command_lets_a_worker_live(crew: Crew) -> None:
    for channel in ("/0.celery.pidbox", "/0.celeryev"):
        for garbage in (b"", b"\xff", b"not json", b"[]", b"{}", b'{"body": 5}', b"[" * 50_000):
            crew.redis.publish(channel, garbage)

    send(crew.url, 3)

    eventually(lambda: count(crew.redis, "ended") == 3)
    assert crew.child.exit_code is None


@pytest.mark.slow
def test_a_broker_that_is_killed_while_every_slot_is_busy_is_missed_and_found_again(
    tmp_path: Path,
) -> None:
    first = Broker.open(tmp_path / "state")
    with connect(first.url) as redis:
        redis.rpush("orders", *(["4"] * 6))
    send(first.url, 6)
    with worker(first.url, tmp_path / "log"):
        with connect(first.url) as redis:
            eventually(lambda: count(redis, "began") >= 2)
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)

        with Broker.open(tmp_path / "state") as second, connect(second.url) as redis:
            send(second.url, 3)
            begun = count(redis, "began")
            seconds = eventually(lambda: count(redis, "began") > begun + 2)

    assert seconds < PATIENCE


_LOST = """
import sys
from celery import bootsteps
from redis.exceptions import ConnectionError
from crawler.errors import StoreError
from workers.cluster.app import make_app, work

class Lost(bootsteps.StartStopStep):
    requires = {"celery.worker.components:Pool"}

    def create(self, parent):
        if self.when == "create":
            raise ConnectionError("Connection refused")
        return self

    def start(self, parent):
        raise ConnectionError("Connection refused")

    def stop(self, parent=None):
        pass

Lost.when = sys.argv[2]
app = make_app(sys.argv[1])
app.steps["worker"].add(Lost)
try:
    work(app, pool="git", threads=1, name="test")
except StoreError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("create", "the broker failed: Connection refused; start the worker again when it answers"),
        ("start", "the worker could not go on with what the broker answered; the log says why"),
    ],
)
def test_a_broker_that_goes_while_a_step_of_celery_connects_is_a_store_error(
    when: str, said: str, broker: Broker
) -> None:
    """Whatever step it is that does not catch it, as Celery's own do not when they connect anew."""
    ran = subprocess.run(
        [sys.executable, "-c", _LOST, broker.url, when],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert ran.returncode == StoreError.exit_code, ran.stderr
    assert ran.stdout == f"{said}\n"


def test_a_worker_that_is_asked_to_end_finishes_its_task(
    broker: Broker, redis: Redis, tmp_path: Path
) -> None:
    redis.rpush("orders", "1")
    send(broker.url, 1)
    child = start(broker.url, tmp_path / "log")
    eventually(lambda: count(redis, "began") == 1)

    child.stop(PATIENCE)

    assert child.exit_code == 0
    assert count(redis, "ended") == 1


def test_workers_and_broker_end_when_their_owner_is_killed(tmp_path: Path) -> None:
    owner = f"""
import sys, time
from pathlib import Path
from workers.broker import Broker
from workers.cluster.processes import WorkerGroup, WorkerSpec
state = Path({str(tmp_path)!r})
broker = Broker.open(state)
environment = {{"PYTHONPATH": {str(ROOT)!r}}}
spec = WorkerSpec(name="git", pool="git", threads=2, environment=environment)
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
