"""What a worker does in a turn, and what becomes of its work when something goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from crawler.errors import StoreError
from workers.clock import SharedClock, utc_now
from workers.dispatch.beat import Beat, WorkerIdentity
from workers.dispatch.turns import TurnEnded, Turns
from workers.ledger import work
from workers.ledger.ledger import Ledger
from workers.ledger.revision import REVISION, SchemaChanged
from workers.ledger.work import Leased, WorkItem, WorkKind
from workers.ledger.work import turns as ledger_turns


@dataclass
class Worker:
    """A worker whose steps are as told."""

    ledger: Ledger
    pool: str = "git"
    kinds: Collection[WorkKind] = frozenset(WorkKind)
    seconds: float = 60.0
    fails: dict[str, Exception] = field(default_factory=dict)
    """What a step raises for work with a key."""
    deaths: dict[str, str] = field(default_factory=dict)
    """How the process dies that does work with a key alone."""
    before: Callable[[], None] = lambda: None
    done: list[tuple[WorkKind, tuple[str, ...]]] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    told: list[TurnEnded] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = SharedClock()
        me = WorkerIdentity(name="me", pool=self.pool, threads=1, version="1")
        self.turns = Turns(
            self.ledger,
            Beat(self.ledger, clock, me, overrun=lambda: None),
            clock,
            self.do,
            self.do_alone,
            pool=self.pool,
            kinds=self.kinds,
            ended=self.told.append,
            seconds=self.seconds,
        )

    def do(self, kind: WorkKind, items: Sequence[Leased]) -> None:
        self.before()
        for item in items:
            if item.key in self.fails:
                raise self.fails[item.key]
        self.done.append((kind, tuple(item.key for item in items)))
        self.ledger.transaction(lambda conn: work.finish_all(conn, items, utc_now()))

    def do_alone(self, item: Leased, is_stopping: Callable[[], bool]) -> str | None:
        assert not is_stopping()
        self.alone.append(item.key)
        if item.key not in self.deaths:
            self.ledger.transaction(lambda conn: work.finish_all(conn, [item], utc_now()))
        return self.deaths.get(item.key)


def item(key: str, kind: WorkKind = WorkKind.VISIT, host: str = "git.example") -> WorkItem:
    return WorkItem(kind=kind, key=key, host=host, due_at=utc_now() - timedelta(days=1))


def offered(ledger: Ledger, *items: WorkItem) -> None:
    ledger.transaction(lambda conn: work.offer(conn, items, utc_now() - timedelta(days=1)))


def left(ledger: Ledger) -> dict[str, int]:
    with ledger.read() as conn:
        queues = work.counts(conn, utc_now())
    counted = {"open": 0, "done": 0, "dead": 0}
    for queue in queues:
        counted["open"] += queue.due + queue.leased + queue.waiting
        counted["done"] += queue.done
        counted["dead"] += queue.dead
    return counted


def test_all_that_is_due_is_done_lane_by_lane(ledger: Ledger) -> None:
    offered(ledger, *(item(f"{h}{n}", host=f"{h}.example") for h in "ab" for n in range(3)))
    worker = Worker(ledger)

    count = worker.turns.work_off()

    assert count == 2
    assert [keys for _, keys in worker.done] == [(f"{h}{n}",) for h in "ab" for n in range(3)]
    assert left(ledger) == {"open": 0, "done": 6, "dead": 0}


def test_a_turn_ends_when_its_time_is_over_and_others_come_first(ledger: Ledger) -> None:
    offered(ledger, *(item(f"{h}{n}", host=f"{h}.example") for h in "ab" for n in range(2)))
    worker = Worker(ledger, seconds=0.2)
    worker.before = lambda: time.sleep(0.25)

    worker.turns.work_off()

    assert [keys for _, keys in worker.done] == [("a0",), ("b0",), ("a1",), ("b1",)]


def test_what_shares_a_request_is_begun_together_and_visits_alone(ledger: Ledger) -> None:
    offered(ledger, *(item(str(n), WorkKind.READ) for n in range(60)))
    worker = Worker(ledger, pool="api")

    worker.turns.work_off()

    assert [len(keys) for _, keys in worker.done] == [50, 10]


def test_findings_are_verified_before_repositories_are_visited(ledger: Ledger) -> None:
    offered(ledger, item("1"), item("2"), item("f", WorkKind.VERIFY))
    worker = Worker(ledger)

    worker.turns.work_off()

    assert [kind for kind, _ in worker.done] == [WorkKind.VERIFY, WorkKind.VISIT, WorkKind.VISIT]


def test_the_kinds_that_are_asked_of_an_api_take_turns(ledger: Ledger) -> None:
    offered(ledger, *(item(f"s{n}", WorkKind.SEARCH) for n in range(3)))
    offered(ledger, *(item(f"l{n}", WorkKind.LIST) for n in range(3)))
    worker = Worker(ledger, pool="api")

    worker.turns.work_off()

    assert [kind for kind, _ in worker.done] == [WorkKind.SEARCH, WorkKind.LIST] * 3


def test_work_of_other_kinds_is_left_alone(ledger: Ledger) -> None:
    offered(ledger, item("1"), item("f", WorkKind.VERIFY))
    worker = Worker(ledger, kinds={WorkKind.VERIFY})

    worker.turns.work_off()

    assert worker.done == [(WorkKind.VERIFY, ("f",))]
    assert left(ledger)["open"] == 1


def test_who_is_to_end_begins_nothing_more(ledger: Ledger) -> None:
    offered(ledger, *(item(str(n)) for n in range(5)))
    worker = Worker(ledger)
    worker.before = worker.turns.stop

    worker.turns.work_off()

    assert [keys for _, keys in worker.done] == [("0",)]
    with ledger.read() as conn:
        standing = ledger_turns.standing(conn, utc_now())
    assert (standing.turns, standing.open) == (0, 4)


def test_an_error_that_nobody_foresaw_is_an_attempt_of_that_work_alone(ledger: Ledger) -> None:
    offered(ledger, *(item(str(n)) for n in range(3)))
    worker = Worker(ledger, fails={"1": RecursionError("too deep")})

    worker.turns.work_off()

    assert left(ledger) == {"open": 1, "done": 2, "dead": 0}
    with ledger.read() as conn:
        waits = ledger_turns.next_waiting(conn, utc_now())
    assert waits is not None
    assert waits.why == "internal error: RecursionError"


def test_an_error_that_nobody_foresaw_in_a_batch_lets_each_be_done_alone(ledger: Ledger) -> None:
    offered(ledger, *(item(str(n), WorkKind.READ) for n in range(4)))
    worker = Worker(ledger, pool="api", fails={"2": ValueError("what is this")})

    worker.turns.work_off()

    assert worker.alone == ["0", "1", "2", "3"]
    assert left(ledger) == {"open": 0, "done": 4, "dead": 0}


def test_suspect_work_is_done_alone_and_only_a_death_there_counts(ledger: Ledger) -> None:
    offered(ledger, *(item(str(n)) for n in range(5)))
    with ledger.write() as conn:
        ago = utc_now() - timedelta(minutes=1)
        turn = ledger_turns.take(conn, "killed", ago, pool="git")
        assert turn is not None
        ledger_turns.begin(conn, turn, WorkKind.VISIT, 2, ago)
    worker = Worker(ledger, deaths={"1": "ended by signal 11"})

    worker.turns.work_off()

    assert worker.alone == ["0", "1", "1", "1"]
    assert left(ledger) == {"open": 0, "done": 4, "dead": 1}
    with ledger.read() as conn:
        (dead,) = work.dead(conn)
    assert (dead.key, dead.why) == ("1", "ended by signal 11")


def test_a_turn_that_others_took_over_meanwhile_writes_nothing_and_ends(ledger: Ledger) -> None:
    offered(ledger, *(item(str(n)) for n in range(3)))
    worker = Worker(ledger)

    def sleep_for_an_hour() -> None:
        with ledger.write() as conn:
            later = utc_now() + timedelta(hours=1)
            assert ledger_turns.take(conn, "other", later, pool="git") is not None

    worker.before = sleep_for_an_hour

    count = worker.turns.work_off()

    assert count == 1
    assert len(worker.done) == 1
    assert left(ledger) == {"open": 3, "done": 0, "dead": 0}


def migrate(ledger: Ledger, oldest_code: str) -> None:
    """Make the schema that of a later version, which says whose code may work with it."""
    with ledger.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        conn.exec_driver_sql(f"UPDATE ledger_mark SET oldest_code = '{oldest_code}'")


def test_work_goes_on_while_the_database_is_only_expanded(ledger: Ledger) -> None:
    offered(ledger, item("1"))
    migrate(ledger, REVISION)

    Worker(ledger).turns.work_off()

    assert left(ledger) == {"open": 0, "done": 1, "dead": 0}


def test_a_database_that_was_contracted_is_not_worked_on(ledger: Ledger) -> None:
    offered(ledger, item("1"))
    migrate(ledger, "9999")

    with pytest.raises(SchemaChanged):
        Worker(ledger).turns.work_off()

    assert left(ledger)["open"] == 1


def test_a_step_whose_database_was_away_leaves_its_work_due_and_unblamed(ledger: Ledger) -> None:
    offered(ledger, item("1"))
    worker = Worker(ledger, fails={"1": StoreError("away")})
    worker.before = worker.turns.stop

    worker.turns.work_off()

    worker = Worker(ledger)
    worker.turns.work_off()
    assert worker.done == [(WorkKind.VISIT, ("1",))]
    assert worker.alone == []


def test_every_turn_is_told_with_what_was_begun_in_it(ledger: Ledger) -> None:
    offered(ledger, item("1"), item("2"), item("f", WorkKind.VERIFY))
    worker = Worker(ledger)

    worker.turns.work_off()

    (told,) = worker.told
    assert (told.lane, told.worker, told.is_lost) == ("git:git.example", "me", False)
    assert told.items == {WorkKind.VERIFY: 1, WorkKind.VISIT: 2}


def test_many_threads_do_everything_once(ledger: Ledger) -> None:
    offered(ledger, *(item(f"{h}/{n}", host=f"h{h}.example") for h in range(6) for n in range(10)))
    worker = Worker(ledger)

    threads = [threading.Thread(target=worker.turns.work_off) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    keys = sorted(key for _, batch in worker.done for key in batch)
    assert len(keys) == len(set(keys)) == 60
    assert left(ledger) == {"open": 0, "done": 60, "dead": 0}
