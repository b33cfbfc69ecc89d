"""The faults of a cluster, each with a real PostgreSQL, a real broker and real worker processes.

What is done is counted by the steps themselves: nothing is lost, nothing is taken twice, and nothing but a
death alone is an attempt.
"""

from __future__ import annotations

import os
import resource
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.chaos.town import LONG, Town, town_on
from tests.servers.postgres import Postgres, postgres
from tests.servers.valkey import allow_loopback_and_unix
from tests.servers.waiting import PATIENCE, eventually
from workers.broker import Broker, connect
from workers.cluster.app import BrokerHints, make_app
from workers.ledger.ledger import Ledger
from workers.ledger.revision import SchemaChanged

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    allow_loopback_and_unix()
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgres(Path(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def template(server: Postgres) -> str:
    """A database that has the schema, to be copied."""
    name = server.database()
    ledger = Ledger.open(server.url(name))
    ledger.upgrade()
    ledger.close()
    return name


@pytest.fixture
def town(server: Postgres, template: str, tmp_path: Path) -> Iterator[Town]:
    database = server.database(template)
    with town_on(server.url(database), server, database, tmp_path) as made:
        yield made


@pytest.fixture
def small_town(server: Postgres, tmp_path: Path) -> Iterator[Town]:
    """One whose ledger is a file in its own state directory."""
    (tmp_path / "state").mkdir(mode=0o700)
    url = f"sqlite:///{tmp_path / 'state/ledger.sqlite'}"
    with town_on(url, server, "", tmp_path) as made:
        yield made


KEYS = tuple(str(n) for n in range(60))
LATER = tuple(f"later/{n}" for n in range(20))


def test_the_work_of_a_worker_that_is_killed_is_done_by_another(town: Town) -> None:
    town.offer(*KEYS)
    town.dispatch()
    doomed = town.start()
    eventually(lambda: town.done() >= 5, LONG)

    town.start()
    doomed.kill()

    eventually(lambda: town.done() >= 60, LONG)
    assert town.all_done_once(*KEYS)
    assert (town.dead(), town.attempts()) == ({}, 0)


def test_a_lock_that_kills_its_parser_buries_nothing_but_itself(town: Town) -> None:
    good = [str(n) for n in range(99)]
    town.offer(*good[:40], "poison/lock", *good[40:])
    town.dispatch()
    town.start(seconds=0.02)

    def revive() -> bool:
        """Start a worker in the place of one that died, as its supervisor does."""
        if town.workers[-1].exit_code is not None:
            town.start(seconds=0.02)
        return town.done() >= 99 and bool(town.dead())

    eventually(revive, LONG)

    assert town.all_done_once(*good)
    assert town.dead() == {"poison/lock": "the process that did it was ended by signal 11"}
    assert len(town.workers) == 2


def test_work_that_nobody_comes_to_is_no_attempt(town: Town) -> None:
    """No worker for 45 minutes: nothing is leased while it waits."""
    town.offer(*KEYS)
    town.dispatch()
    town.query("SELECT pg_sleep(5)")

    waited = town.attempts()
    town.start(seconds=0.01)

    eventually(lambda: town.done() >= 60, LONG)
    assert (waited, town.attempts(), town.dead()) == (0, 0, {})


@pytest.mark.parametrize("ahead", [-60.0, -35.0, 3600.0])
def test_a_worker_with_a_wrong_clock_does_its_work_and_says_so(ahead: float, town: Town) -> None:
    """No libfaketime: all that a worker dates it dates by its `SharedClock` (held in `unit/test_house.py`).

    What must not follow a wrong clock, the monotonic clock and the waits of locks, a preloaded library bends too.
    """
    town.offer(*KEYS)
    town.dispatch()
    town.start(ahead=ahead)
    town.start()

    eventually(lambda: town.done() >= 60 and len(town.clock_offsets()) == 2, LONG)
    offsets = sorted(town.clock_offsets(), key=abs)

    assert town.all_done_once(*KEYS)
    assert (town.dead(), town.attempts()) == ({}, 0)
    assert [abs(a - b) < 5 for a, b in zip(offsets, (0.0, ahead), strict=True)] == [True, True]


def test_a_broker_that_is_emptied_three_times_costs_nothing(town: Town) -> None:
    town.offer(*KEYS, hosts=12)
    town.dispatch()
    town.start()
    with connect(town.broker.url) as redis:
        for goal in (5, 15, 25):
            eventually(lambda g=goal: town.done() >= g, LONG)  # type: ignore[misc] # of this round
            redis.flushall()

    eventually(lambda: town.done() >= 60, LONG)
    assert town.all_done_once(*KEYS)
    assert (town.dead(), town.attempts()) == ({}, 0)


def test_garbage_and_doubled_messages_change_nothing(town: Town) -> None:
    town.offer(*KEYS)
    town.dispatch()
    worker = town.start()
    with connect(town.broker.url) as redis:
        hints = BrokerHints(make_app(town.broker.url), town.broker.url)
        for _ in range(200):
            hints.send("git")
            redis.lpush("git", b"not json")
        hints.close()

    eventually(lambda: town.done() >= 60, LONG)
    assert town.all_done_once(*KEYS)
    assert worker.exit_code is None


def test_a_broker_that_is_killed_while_all_threads_are_busy_is_missed_for_a_moment(
    town: Town,
) -> None:
    town.gate.unlink()
    town.offer(*KEYS, hosts=4)
    town.dispatch()
    town.start()
    eventually(lambda: town.busy() == 4, LONG)
    assert town.broker.pid is not None

    os.kill(town.broker.pid, signal.SIGKILL)
    time.sleep(3)
    with Broker.open(town.folder / "state"):
        town.gate.touch()
        town.offer(*LATER, hosts=20)
        eventually(lambda: town.done() >= 80, LONG)

    assert town.all_done_once(*KEYS, *LATER)
    assert (town.dead(), town.attempts()) == ({}, 0)


def test_an_old_worker_ends_with_6_when_the_schema_is_contracted_and_burns_nothing(
    town: Town,
) -> None:
    town.offer(*KEYS)
    town.dispatch()
    old = town.start()
    eventually(lambda: town.done() >= 5, LONG)
    with town.ledger.write() as conn:
        before = conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        oldest = conn.exec_driver_sql("SELECT oldest_code FROM ledger_mark").scalar_one()
        conn.exec_driver_sql("UPDATE ledger_mark SET oldest_code = '9999'")

    assert old.wait(LONG)
    eventually(lambda: town.ended, LONG)
    attempts = town.attempts()
    with town.ledger.write() as conn:  # the upgrade of the others
        conn.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{before}'")
        conn.exec_driver_sql(f"UPDATE ledger_mark SET oldest_code = '{oldest}'")
    town.dispatch()
    town.start()

    eventually(lambda: town.done() >= 60, LONG)
    assert (old.exit_code, attempts, town.dead()) == (6, 0, {})
    assert [type(end) for end in town.ended] == [SchemaChanged]
    assert town.all_done_once(*KEYS)


def test_a_database_that_is_gone_for_8_seconds_is_waited_for(town: Town) -> None:
    town.offer(*KEYS)
    town.dispatch()
    worker = town.start()
    eventually(lambda: town.done() >= 5, LONG)

    town.query(f"ALTER DATABASE {town.database} WITH ALLOW_CONNECTIONS false")
    town.query(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{town.database}'"
    )
    time.sleep(8)
    town.query(f"ALTER DATABASE {town.database} WITH ALLOW_CONNECTIONS true")

    eventually(lambda: town.done() >= 60, LONG)
    assert worker.exit_code is None
    assert town.ended == []
    assert town.all_done_once(*KEYS)
    assert (town.dead(), town.attempts()) == ({}, 0)


def test_a_worker_that_was_stopped_is_refused_and_goes_on(town: Town) -> None:
    town.gate.unlink()
    town.offer(*KEYS)
    town.dispatch()
    stopped = town.start()
    eventually(lambda: town.busy() == 4, LONG)

    stopped.send(signal.SIGSTOP)
    town.gate.touch()
    other = town.start()
    eventually(lambda: town.done() >= 56, LONG)
    other.send(signal.SIGSTOP)
    stopped.send(signal.SIGCONT)
    town.offer(*LATER, hosts=20)
    eventually(lambda: set(LATER) <= {key for key, _ in town.said()}, LONG)

    assert stopped.exit_code is None
    assert (town.dead(), town.attempts()) == ({}, 0)
    assert max(town.said().values()) == 1


def test_a_process_that_was_stopped_in_a_transaction_does_not_stop_the_others(town: Town) -> None:
    town.offer(*KEYS)
    town.dispatch()
    holder = Ledger.open(town.database_url)
    town.stack.callback(holder.close)

    tries = []

    def be_stopped_the_first_time(conn: Connection) -> None:
        for table in ("lane", "work"):
            conn.exec_driver_sql(f"SELECT FROM {table} FOR UPDATE")
        tries.append(conn)
        if len(tries) == 1:
            town.start(seconds=0.01)
            eventually(lambda: town.done() >= 60, LONG)
        conn.exec_driver_sql("SELECT 1")

    holder.transaction(be_stopped_the_first_time)

    assert len(tries) == 2
    assert town.all_done_once(*KEYS)
    assert (town.dead(), town.attempts()) == ({}, 0)


def test_fifty_lanes_keep_fifty_threads_busy(town: Town) -> None:
    town.gate.unlink()
    town.offer(*(str(n) for n in range(200)), hosts=50)
    town.dispatch()

    town.start(threads=25)
    town.start(threads=25)

    eventually(lambda: town.busy() == 50, LONG)


def test_two_dispatchers_do_no_harm(town: Town) -> None:
    town.offer(*KEYS)
    town.dispatch()
    town.dispatch()
    town.start(seconds=0.05)

    eventually(lambda: town.done() >= 60, LONG)
    assert town.all_done_once(*KEYS)


def test_a_worker_that_is_asked_to_end_gives_back_what_takes_long_and_ends_in_time(
    town: Town,
) -> None:
    town.offer("1", "2")
    town.dispatch()
    slow = town.start(seconds=600.0)
    eventually(lambda: town.busy() == 2, LONG)

    asked = time.monotonic()
    slow.send(signal.SIGTERM)
    assert slow.wait(LONG)
    seconds = time.monotonic() - asked
    town.start(seconds=0.01)

    eventually(lambda: town.done() == 2, LONG)
    assert (slow.exit_code, town.attempts()) == (0, 0)
    assert 8 < seconds < PATIENCE
    with town.ledger.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM work WHERE suspect").scalar_one() == 0


def test_a_dispatcher_that_is_killed_is_started_again_and_work_goes_on(town: Town) -> None:
    """Its supervisor (systemd, Compose) starts it again; nothing that it knew is missed."""
    words = ("run", "--workers", "0", "--feeds", "quarantine-feed")
    town.offer(*KEYS)
    first = town.command(*words)
    town.start()
    eventually(lambda: town.done() >= 5, LONG)

    first.kill()
    town.offer(*LATER, hosts=20)
    town.command(*words)

    eventually(lambda: town.done() >= 80, LONG)
    assert town.all_done_once(*KEYS, *LATER)
    assert (town.dead(), town.attempts()) == ({}, 0)
    assert town.is_sound()


def test_half_open_connections_to_the_database_are_noticed_and_work_goes_on(town: Town) -> None:
    database, _ = town.through_proxies()
    town.offer(*KEYS)
    town.dispatch()
    worker = town.start()
    eventually(lambda: town.done() >= 5, LONG)

    stalled = database.stall()
    town.offer(*LATER, hosts=20)

    eventually(lambda: town.done() >= 80, LONG)
    assert stalled > 2
    assert worker.exit_code is None
    assert town.all_done_once(*KEYS, *LATER)
    assert (town.dead(), town.attempts(), town.ended) == ({}, 0, [])
    assert town.is_sound()


def test_half_open_connections_to_the_broker_are_noticed_and_work_goes_on(town: Town) -> None:
    _, broker = town.through_proxies()
    town.offer(*KEYS)
    town.dispatch()
    worker = town.start()
    eventually(lambda: town.done() >= 5, LONG)

    stalled = broker.stall()
    town.offer(*LATER, hosts=20)

    eventually(lambda: town.done() >= 80, LONG)
    assert stalled > 2
    assert worker.exit_code is None
    assert town.all_done_once(*KEYS, *LATER)
    assert (town.dead(), town.attempts()) == ({}, 0)
    assert town.is_sound()


def test_a_state_directory_that_is_full_for_a_while_loses_nothing(small_town: Town) -> None:
    """No file may grow (RLIMIT_FSIZE, which stands for a disk without room): ledger, and logs as well."""
    small_town.offer(*KEYS[:5])
    small_town.dispatch()
    worker = small_town.start()
    eventually(lambda: small_town.done() == 5, LONG)

    before = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    small_town.offer(*KEYS[5:])
    time.sleep(12)
    held = small_town.done()
    small_town.offer(*LATER, hosts=20)
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, before)

    eventually(lambda: small_town.done() >= 80, LONG)
    assert held == 5
    assert worker.exit_code is None
    assert small_town.all_done_once(*KEYS, *LATER)
    assert (small_town.dead(), small_town.attempts(), small_town.ended) == ({}, 0, [])
    assert small_town.is_sound()
