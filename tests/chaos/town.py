"""A database, a broker, a dispatcher and worker processes, to which faults are done."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from crawler.errors import StoreError
from tests.servers.postgres import Postgres
from tests.servers.stalling_proxy import StallingProxy
from tests.servers.valkey import allow_loopback_and_unix
from tests.servers.waiting import PATIENCE
from workers.broker import Broker
from workers.clock import SharedClock
from workers.cluster.app import BrokerHints, make_app
from workers.dispatch.dispatcher import Dispatcher
from workers.dispatch.interrupts import Interrupts
from workers.ledger import work
from workers.ledger.ledger import Ledger
from workers.ledger.work import WorkItem, WorkKind, processes, turns
from workers.lifeline import Child, Launch

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests/servers/fault_worker.py"
LONG = 240.0
"""Seconds; a lost turn lasts 20 of them, and what never comes is told before the test is ended."""


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
        assert None not in self.ended, "the dispatcher ended by itself"
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
