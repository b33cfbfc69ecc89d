from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from crawler.errors import StoreError
from tests.servers.leasing import lease
from tests.servers.waiting import eventually
from workers.dispatch.dispatcher import Dispatcher, Progress
from workers.dispatch.interrupts import Interrupts
from workers.ledger import pauses, work
from workers.ledger.ledger import Ledger
from workers.ledger.revision import SchemaChanged
from workers.ledger.tables import lane
from workers.ledger.work import WorkItem, WorkKind, processes, turns
from workers.ledger.work_items import Waiting
from workers.runs import Run

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Queues:
    """A broker that keeps what it is sent, and is away for a number of calls when told so."""

    hints: Counter[str] = field(default_factory=Counter)
    away: int = 0

    def waiting(self, pool: str) -> int:
        self._answer()
        return self.hints[pool]

    def send(self, pool: str) -> None:
        self._answer()
        self.hints[pool] += 1

    def _answer(self) -> None:
        if self.away:
            self.away -= 1
            msg = "the broker is away"
            raise StoreError(msg)


def visit(key: str, host: str = "git.example", due_at: datetime = START) -> WorkItem:
    return WorkItem(kind=WorkKind.VISIT, key=key, due_at=due_at, host=host)


def offer(ledger: Ledger, *items: WorkItem) -> None:
    ledger.transaction(lambda conn: work.offer(conn, items, START))


WATCH = processes.Process(
    name="watch",
    pool=processes.WATCH,
    started_at=START,
    beat_at=START,
    clock_offset=0.0,
    version="1",
    turns=0,
    threads=0,
)


def asked_for(run: Run, key: str) -> WorkItem:
    return replace(visit(key), payload=run.payload())


def doing_in_turn(ledger: Ledger, *keys: str) -> Callable[[Progress], None]:
    """Return what does the work of one of `keys` in each round."""
    left = list(keys)

    def do(_: Progress) -> None:
        due = {"key": left.pop(0) if left else ""}
        done = "UPDATE work SET state = 'done' WHERE key = :key"
        ledger.transaction(lambda conn: conn.execute(text(done), due))
        if not left:
            ledger.transaction(lambda conn: conn.execute(update(lane).values(next_due=None)))

    return do


def doing(ledger: Ledger, kind: WorkKind) -> Callable[[Progress], None]:
    """Return what does all work of `kind` that is due, as workers would."""

    def do(_: Progress) -> None:
        for _turn in range(2):  # the next one ends the one before
            with ledger.write() as conn:
                work.finish_all(conn, lease(conn, kind, 1000, START), START)

    return do


@pytest.mark.parametrize(("count", "hints"), [(1, 1), (500, 1)])
def test_a_host_with_due_work_is_one_hint_however_much_it_is(
    count: int, hints: int, ledger: Ledger
) -> None:
    queues = Queues()
    offer(ledger, *(visit(str(n)) for n in range(count)))

    progress = Dispatcher(ledger, queues, Clock()).step()

    assert queues.hints == {"git": hints}
    assert (progress.hints, progress.waiting, progress.busy) == (1, count, 0)


def test_hints_are_topped_up_and_never_more_than_the_lanes_that_wait(ledger: Ledger) -> None:
    queues = Queues()
    offer(ledger, *(visit(str(n), f"h{n}.example") for n in range(50)))
    one = Dispatcher(ledger, queues, Clock())

    sent = [one.step().hints, one.step().hints]
    queues.hints["git"] -= 20
    sent.append(one.step().hints)

    assert sent == [50, 0, 20]


def test_a_broker_that_was_emptied_is_filled_again(ledger: Ledger) -> None:
    queues = Queues()
    offer(ledger, visit("1"))
    one = Dispatcher(ledger, queues, Clock())

    for _ in range(3):
        one.step()
        queues.hints.clear()

    assert one.step().hints == 1
    with ledger.read() as conn:
        (queue,) = work.counts(conn, START)
    assert (queue.due, queue.dead) == (1, 0)


def test_two_dispatchers_send_no_more_than_one(ledger: Ledger) -> None:
    queues = Queues()
    offer(ledger, *(visit(str(n), f"h{n}.example") for n in range(9)))

    for _ in range(3):
        Dispatcher(ledger, queues, Clock()).step()

    assert queues.hints == {"git": 9}


def test_what_has_its_turn_is_paused_or_is_due_later_needs_no_hint(ledger: Ledger) -> None:
    queues = Queues()
    offer(
        ledger,
        visit("1", "busy.example"),
        visit("2", "paused.example"),
        visit("3", "later.example", START + HOUR),
        WorkItem(kind=WorkKind.POLL, key="osv-mal", due_at=START),
    )
    with ledger.write() as conn:
        pauses.pause(conn, "paused.example", "they asked", START)
        turns.take(conn, "a worker", START, key="git:busy.example")

    progress = Dispatcher(ledger, queues, Clock()).step()

    assert queues.hints == {"api": 1}
    assert progress.turns == 1


def test_work_of_other_kinds_needs_no_hint(ledger: Ledger) -> None:
    queues = Queues()
    offer(ledger, visit("1"))

    progress = Dispatcher(ledger, queues, Clock(), kinds={WorkKind.VERIFY}).step()

    assert (queues.hints, progress.next_due_at) == ({}, None)


def test_a_run_ends_when_everything_is_done(ledger: Ledger) -> None:
    offer(ledger, *(visit(str(n)) for n in range(300)))

    progress = Dispatcher(ledger, Queues(), Clock()).run_until_drained(
        START + HOUR, Interrupts(), doing(ledger, WorkKind.VISIT)
    )

    assert (progress.done, progress.waiting, progress.dead) == (300, 0, 0)


def test_a_run_of_some_kinds_ends_while_others_are_due(ledger: Ledger) -> None:
    found = WorkItem(kind=WorkKind.VERIFY, key="f", due_at=START, host="git.example")
    offer(ledger, visit("1"), found)

    Dispatcher(ledger, Queues(), Clock(), kinds={WorkKind.VERIFY}).run_until_drained(
        START + HOUR, Interrupts(), doing(ledger, WorkKind.VERIFY)
    )

    with ledger.read() as conn:
        due = {queue.kind: queue.due for queue in work.counts(conn, START)}
    assert due == {WorkKind.VERIFY: 0, WorkKind.VISIT: 1}


@pytest.mark.parametrize(
    ("watched", "left"), [(True, ["theirs"]), (False, [])], ids=["beside a watch", "alone"]
)
def test_a_command_beside_a_watch_waits_for_its_own_work_only(
    ledger: Ledger, *, watched: bool, left: list[str]
) -> None:
    mine, watch = Run.start(START), Run.start(START - HOUR, watch=True)
    offer(ledger, asked_for(watch, "theirs"), asked_for(watch, "both"))
    offer(ledger, asked_for(mine, "both"), asked_for(mine, "mine"))
    offer(ledger, asked_for(watch, "mine"))
    if watched:
        ledger.transaction(lambda conn: processes.note(conn, WATCH))

    Dispatcher(ledger, Queues(), Clock(), run=mine.id).run_until_drained(
        START + HOUR, Interrupts(), doing_in_turn(ledger, "mine", "both", "nothing", "theirs")
    )

    with ledger.read() as conn:
        open_ = "SELECT key FROM work WHERE state = 'open'"
        assert conn.exec_driver_sql(open_).scalars().all() == left


def test_a_command_beside_a_watch_waits_for_its_work_that_a_host_puts_off(ledger: Ledger) -> None:
    clock, run = Clock(), Run.start(START)
    dispatcher = Dispatcher(ledger, Queues(), clock, run=run.id)
    offer(ledger, asked_for(run, "1"))
    soon = START + timedelta(minutes=10)
    with ledger.write() as conn:
        processes.note(conn, WATCH)
        (item,) = lease(conn, WorkKind.VISIT, 1, START)
        work.postpone(conn, item.id, item.fence, soon, "the host asks to wait")

    assert dispatcher.is_own_left(START + HOUR) is True
    assert dispatcher.is_own_left(soon) is False


def test_what_is_due_after_the_deadline_is_not_waited_for(ledger: Ledger) -> None:
    later = START + 2 * HOUR
    offer(ledger, visit("x", due_at=later))

    progress = Dispatcher(ledger, Queues(), Clock()).run_until_drained(START + HOUR, Interrupts())

    assert (progress.waiting, progress.next_due_at) == (1, later)


def test_a_run_that_only_waits_says_what_it_waits_for(ledger: Ledger) -> None:
    soon, later = START + timedelta(minutes=3), START + timedelta(minutes=9)
    offer(
        ledger,
        WorkItem(kind=WorkKind.SEARCH, key="a", due_at=START, host="git.example"),
        WorkItem(kind=WorkKind.POLL, key="b", due_at=later),
    )
    with ledger.write() as conn:
        (one,) = lease(conn, WorkKind.SEARCH, 1, START)
        work.postpone(conn, one.id, one.fence, soon, "the host asks to wait")
    with ledger.write() as conn:
        lease(conn, WorkKind.SEARCH, 1, START)

    waits = Dispatcher(ledger, Queues(), Clock()).step().next_waiting

    assert waits == Waiting(
        kind=WorkKind.SEARCH, host="git.example", due_at=soon, why="the host asks to wait"
    )


def test_nobody_looks_for_what_waits_while_there_is_work(ledger: Ledger) -> None:
    offer(ledger, visit("1"))

    progress = Dispatcher(ledger, Queues(), Clock()).step()

    assert progress.next_waiting is None


def test_a_broker_that_comes_back_in_time_is_waited_for(ledger: Ledger) -> None:
    queues = Queues(away=3)
    offer(ledger, visit("1"))

    progress = Dispatcher(ledger, queues, Clock(), patience=600.0).run_until_drained(
        START + HOUR, Interrupts(), doing(ledger, WorkKind.VISIT)
    )

    assert (progress.done, queues.away) == (1, 0)


def test_a_broker_that_stays_away_ends_the_run(ledger: Ledger) -> None:
    offer(ledger, visit("1"))

    with pytest.raises(StoreError, match="the broker is away"):
        Dispatcher(ledger, Queues(away=1000), Clock(), patience=0.3).run_until_drained(
            START + HOUR, Interrupts()
        )


def test_a_run_that_is_interrupted_while_the_broker_is_away_ends_as_asked(ledger: Ledger) -> None:
    queues, interrupts = Queues(), Interrupts()
    offer(ledger, visit("1"))

    def leave(_: Progress) -> None:
        queues.away = 1000
        queues.hints.clear()

    progress = Dispatcher(ledger, queues, Clock(), patience=600.0).run_until_drained(
        START + HOUR, interrupts, each_round=leave, mend=interrupts.request
    )

    assert (progress.waiting, queues.away) == (1, 999)


def test_a_database_that_was_contracted_meanwhile_ends_the_run_at_once(ledger: Ledger) -> None:
    with ledger.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        conn.exec_driver_sql("UPDATE ledger_mark SET oldest_code = '9999'")

    with pytest.raises(SchemaChanged, match="at revision 9999 now") as caught:
        Dispatcher(ledger, Queues(), Clock(), patience=600.0).run_until_drained(
            START + HOUR, Interrupts()
        )

    assert caught.value.exit_code == 6


@pytest.mark.parametrize("reason", ["interrupted", "late"])
def test_a_run_that_is_interrupted_or_late_ends_with_work_left(reason: str, ledger: Ledger) -> None:
    clock, interrupts = Clock(), Interrupts()
    offer(ledger, visit("1"), visit("2"))
    with ledger.write() as conn:
        lease(conn, WorkKind.VISIT, 1, START)
    if reason == "interrupted":
        interrupts.request()
    else:
        clock.now = START + 2 * HOUR

    progress = Dispatcher(ledger, Queues(), clock).run_until_drained(START + HOUR, interrupts)

    assert progress.waiting + progress.busy == 2


def test_the_first_signal_drains_and_the_second_stops() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
        eventually(lambda: interrupts.draining)
        stopping = interrupts.stopping
        os.kill(os.getpid(), signal.SIGINT)
        eventually(lambda: interrupts.stopping)

    assert not stopping
    assert signal.getsignal(signal.SIGINT) == before
