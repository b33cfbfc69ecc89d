"""The faults of a cluster, each with a real PostgreSQL, a real broker and real worker processes.

What is done is counted by the steps themselves: nothing is lost, nothing is taken twice, and nothing but a
death alone is an attempt.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from sqlalchemy import Connection

from crawler.errors import StoreError
from tests.servers.postgres import Postgres, postgres
from tests.servers.stalling_proxy import StallingProxy
from tests.servers.valkey import allow_loopback_and_unix
from tests.servers.waiting import PATIENCE, eventually
from workers.broker import Broker, connect
from workers.clock import SharedClock
from workers.cluster.app import BrokerHints, make_app
from workers.dispatch.dispatcher import Dispatcher
from workers.dispatch.interrupts import Interrupts
from workers.ledger import work
from workers.ledger.ledger import Ledger
from workers.ledger.revision import SchemaChanged
from workers.ledger.work import WorkItem, WorkKind, processes, turns
from workers.lifeline import Child, Launch

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests/servers/fault_worker.py"
LONG = 240.0
"""Seconds; a lost turn lasts 20 of them, and what never comes is told before the test is ended."""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    allow_loopback_and_unix()
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, postgres(Path(folder)) as running:
        yield running


@dataclass
class Town:
    """A database, a broker, a dispatcher in a thread, and workers that come and go."""

    folder: Path
    server: Postgres
    database: str
    ledger: Ledger
    broker: Broker
    stack: ExitStack
    database_url: str
    """By which workers and dispatcher reach the database; a proxy may lie between."""
    broker_url: str
    workers: list[Child] = field(default_factory=list)
    interrupts: Interrupts = field(default_factory=Interrupts)
    ended: list[StoreError | None] = field(default_factory=list)

    @property
    def gate(self) -> Path:
        """While this file is not there, no work is done that has begun."""
        return self.folder / "gate"

    def offer(self, *keys: str, hosts: int = 4) -> None:
        now = self.ledger.now()
        items = [
            WorkItem(kind=WorkKind.VISIT, key=key, host=f"h{n % hosts}.example", due_at=now)
            for n, key in enumerate(keys)
        ]
        self.ledger.transaction(lambda conn: work.offer(conn, items, now))

    def start(self, *, seconds: float = 0.2, ahead: float = 0.0, threads: int = 4) -> Child:
        """Start a worker; work takes `seconds`, and its machine's clock is `ahead` seconds ahead."""
        settings = {
            "state": str(self.folder / "state"),
            "database": self.database_url,
            "broker": self.broker_url,
            "gate": str(self.gate),
            "seconds": seconds,
            "ahead": ahead,
        }
        child = Child(
            Launch(
                argv=(sys.executable, str(PROGRAM), json.dumps(settings), "-c", str(threads)),
                log=self.folder / f"log-{len(self.workers)}",
                environment={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
                orphan_signal=signal.SIGKILL,
            )
        )
        self.workers.append(child)
        return child

    def dispatch(self) -> None:
        """Dispatch in a thread, from now on."""
        clock = SharedClock()
        hints = BrokerHints(make_app(self.broker_url), self.broker_url)
        self.stack.callback(hints.close)
        ledger = Ledger.open(self.database_url)
        self.stack.callback(ledger.close)
        dispatcher = Dispatcher(ledger, hints, clock, patience=LONG)
        now = self.ledger.now()
        end = now + timedelta(days=1)
        forever = WorkItem(kind=WorkKind.POLL, key="never", due_at=end - timedelta(hours=1))
        self.ledger.transaction(lambda conn: work.offer(conn, [forever], now))

        def run(deadline: datetime = end) -> None:
            try:
                dispatcher.run_until_drained(deadline, self.interrupts)
                self.ended.append(None)
            except StoreError as error:
                self.ended.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.stack.callback(thread.join, PATIENCE)
        self.stack.callback(self.interrupts.request)

    def said(self) -> Counter[tuple[str, str]]:
        """Return how often each key was done, and how often its result was refused."""
        with self.ledger.read() as conn:
            rows = conn.exec_driver_sql("SELECT key, what FROM said").all()
        return Counter((key, what) for key, what in rows)

    def done(self) -> int:
        return sum(count for (_, what), count in self.said().items() if what == "done")

    def dead(self) -> dict[str, str]:
        with self.ledger.read() as conn:
            return {one.key: one.why for one in work.dead(conn)}

    def attempts(self) -> int:
        with self.ledger.read() as conn:
            return int(conn.exec_driver_sql("SELECT sum(attempts) FROM work").scalar_one())

    def clock_offsets(self) -> list[float]:
        with self.ledger.read() as conn:
            return [one.clock_offset for one in processes.processes(conn)]

    def busy(self) -> int:
        with self.ledger.read() as conn:
            return turns.standing(conn, self.ledger.now()).busy

    def query(self, statement: str) -> None:
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as conn:
            conn.execute(statement.encode())

    def through_proxies(self) -> tuple[StallingProxy, StallingProxy]:
        """Let all that is started from now on reach database and broker through proxies; return these."""
        folder = parse_qs(urlsplit(self.database_url).query)["host"][0]
        database = self.stack.enter_context(StallingProxy(f"{folder}/.s.PGSQL.5432"))
        broker = self.stack.enter_context(StallingProxy(urlsplit(self.broker_url).path))
        self.database_url = f"postgresql://postgres@127.0.0.1:{database.port}/{self.database}"
        self.broker_url = f"redis://127.0.0.1:{broker.port}/0"
        return database, broker

    def command(self, *words: str) -> Child:
        """Start a command of the program on this database and broker."""
        settings = self.folder / "ghostcrawl.toml"
        settings.write_text("[hosts]\n", "utf-8")
        variables = {
            "CONFIG": str(settings),
            "STATE_DIR": str(self.folder / "of-commands"),
            "DATABASE_URL": self.database_url,
            "BROKER_URL": self.broker_url,
        }
        named = {f"GHOSTCRAWL_{name}": value for name, value in variables.items()}
        child = Child(
            Launch(
                argv=(sys.executable, "-P", "-m", "workers.cli.main", *words),
                log=self.folder / f"log-{words[0]}-{len(self.workers)}",
                environment={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **named},
                orphan_signal=signal.SIGKILL,
            )
        )
        self.workers.append(child)
        return child

    def is_sound(self) -> bool:
        """Say whether `db check` ends with 0."""
        check = self.command("db", "check")
        return check.wait(LONG) and check.exit_code == 0

    def all_done_once(self, *keys: str) -> bool:
        return {
            key: n for (key, what), n in self.said().items() if what == "done"
        } == dict.fromkeys(keys, 1)


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


@contextmanager
def town_on(url: str, server: Postgres, database: str, folder: Path) -> Iterator[Town]:
    allow_loopback_and_unix()
    ledger = Ledger.open(url)
    ledger.upgrade()
    with ledger.write() as conn:
        conn.exec_driver_sql("CREATE TABLE said (key text, what text)")
    with ExitStack() as stack:
        stack.callback(ledger.close)
        broker = stack.enter_context(Broker.open(folder / "state"))
        made = Town(
            folder=folder,
            server=server,
            database=database,
            ledger=ledger,
            broker=broker,
            stack=stack,
            database_url=url,
            broker_url=broker.url,
        )
        made.gate.touch()
        yield made
        made.interrupts.request()
        for child in made.workers:
            child.kill()


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
