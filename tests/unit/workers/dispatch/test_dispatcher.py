from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import StoreError
from tests.servers.waiting import eventually
from workers.dispatch.dispatcher import Dispatcher, Progress
from workers.dispatch.heartbeat import Heartbeat
from workers.dispatch.interrupts import Interrupts
from workers.ledger import work
from workers.ledger.ledger import Ledger
from workers.ledger.work import WorkItem, WorkKind
from workers.ledger.work_items import Waiting

START = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Outbox:
    """A broker that keeps what it is sent, and is away when told so."""

    sent: list[tuple[WorkKind, list[tuple[int, int]]]] = field(default_factory=list)
    away_after: int = 1_000_000

    def __call__(self, kind: WorkKind, leases: Sequence[tuple[int, int]]) -> None:
        if len(self.sent) >= self.away_after:
            msg = "away"
            raise StoreError(msg)
        self.sent.append((kind, list(leases)))

    @property
    def ids(self) -> list[int]:
        return [work_id for _, leases in self.sent for work_id, _ in leases]


def offer_visits(ledger: Ledger, count: int, host: str = "git.example") -> None:
    items = [
        WorkItem(kind=WorkKind.VISIT, key=f"{host}/{n}", due_at=START, host=host)
        for n in range(count)
    ]
    ledger.transaction(lambda conn: work.offer(conn, items, START))


def finish_all(ledger: Ledger, outbox: Outbox) -> None:
    for _, leases in outbox.sent:
        for work_id, fence in leases:
            with ledger.write() as conn:
                work.finish(conn, work_id, fence, START)


def dispatcher(ledger: Ledger, outbox: Outbox, clock: Clock, git_slots: int = 4) -> Dispatcher:
    return Dispatcher(ledger, outbox, lambda: {"git": git_slots, "api": 2}, clock)


def test_a_large_backlog_lets_no_other_host_wait(ledger: Ledger) -> None:
    outbox = Outbox()
    offer_visits(ledger, 10_001, host="large.example")
    later = START + timedelta(minutes=1)
    small = WorkItem(kind=WorkKind.VISIT, key="small", due_at=later, host="small.example")
    ledger.transaction(lambda conn: work.offer(conn, [small], later))

    dispatcher(ledger, outbox, Clock(later)).step()

    with ledger.read() as conn:
        held = work.held(conn, [lease for _, leases in outbox.sent for lease in leases])
    assert "small.example" in {one.host for one in held}


def test_ids_and_fences_of_due_work_are_sent_in_batches(ledger: Ledger) -> None:
    outbox = Outbox()
    offer_visits(ledger, 120)

    progress = dispatcher(ledger, outbox, Clock()).step()

    assert [(kind, len(leases)) for kind, leases in outbox.sent] == [(WorkKind.VISIT, 30)] * 4
    assert len(set(outbox.ids)) == 120
    assert {fence for _, leases in outbox.sent for _, fence in leases} == {1}
    assert (progress.messages, progress.items, progress.leased) == (4, 120, 120)


def test_never_more_is_under_way_than_there_are_slots(ledger: Ledger) -> None:
    outbox = Outbox()
    offer_visits(ledger, 1000)
    one = dispatcher(ledger, outbox, Clock())

    rounds = [one.step().messages for _ in range(3)]

    assert rounds == [4, 0, 0]


def test_a_new_dispatcher_counts_what_an_old_one_sent(ledger: Ledger) -> None:
    offer_visits(ledger, 1000)
    dispatcher(ledger, Outbox(), Clock(), git_slots=3).step()

    progress = dispatcher(ledger, Outbox(), Clock(), git_slots=4).step()

    assert progress.messages == 1


def test_a_running_task_that_renews_its_leases_is_still_one_message(ledger: Ledger) -> None:
    outbox, clock = Outbox(), Clock()
    offer_visits(ledger, 1000)
    one = dispatcher(ledger, outbox, clock, git_slots=2)
    one.step()

    with Heartbeat(ledger, outbox.sent[0][1], clock):
        progress = one.step()

    assert progress.messages == 0


def test_finished_messages_free_their_slots(ledger: Ledger) -> None:
    outbox = Outbox()
    offer_visits(ledger, 250)
    one = dispatcher(ledger, outbox, Clock())
    one.step()

    finish_all(ledger, outbox)
    progress = one.step()

    assert (progress.items, progress.done) == (50, 200)


def test_leases_that_ran_out_are_taken_over_with_a_new_fence(ledger: Ledger) -> None:
    outbox, clock = Outbox(), Clock()
    offer_visits(ledger, 1)
    one = dispatcher(ledger, outbox, clock)
    one.step()

    clock.now += timedelta(seconds=901)
    one.step()

    assert outbox.sent == [(WorkKind.VISIT, [(1, 1)]), (WorkKind.VISIT, [(1, 2)])]


def test_a_task_that_began_and_was_lost_is_offered_again_after_thirty_seconds(
    ledger: Ledger,
) -> None:
    outbox, clock = Outbox(), Clock()
    offer_visits(ledger, 1)
    one = dispatcher(ledger, outbox, clock)
    one.step()
    Heartbeat(ledger, outbox.sent[0][1], clock).beat()

    clock.now += timedelta(seconds=31)
    one.step()

    assert outbox.sent[1] == (WorkKind.VISIT, [(1, 2)])


def test_work_that_loses_its_worker_three_times_is_dead(ledger: Ledger) -> None:
    outbox, clock = Outbox(), Clock()
    offer_visits(ledger, 1)
    one = dispatcher(ledger, outbox, clock)

    for _ in range(4):
        progress = one.step()
        clock.now += timedelta(seconds=901)

    assert len(outbox.sent) == 3
    assert progress.dead == 1


def test_what_cannot_be_sent_is_due_at_once_and_counts_no_attempt(ledger: Ledger) -> None:
    offer_visits(ledger, 40)

    with pytest.raises(StoreError, match="away"):
        dispatcher(ledger, Outbox(away_after=1), Clock()).step()

    with ledger.read() as conn:
        (queue,) = work.counts(conn, START)
        attempts = [one.attempts for one in work.lease(conn, WorkKind.VISIT, 40, 1, START)]
    assert (queue.leased, queue.due) == (10, 30)
    assert attempts == [0] * 30


def test_two_dispatchers_send_everything_once_and_keep_to_the_slots(ledger: Ledger) -> None:
    offer_visits(ledger, 400)
    outboxes = [Outbox(), Outbox()]

    def run(outbox: Outbox) -> None:
        one = dispatcher(ledger, outbox, Clock(), git_slots=6)
        for _ in range(5):
            one.step()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, outboxes))

    ids = outboxes[0].ids + outboxes[1].ids
    assert len(ids) == len(set(ids)) == 300
    assert len(outboxes[0].sent) + len(outboxes[1].sent) == 6


def test_a_run_ends_when_everything_is_done(ledger: Ledger) -> None:
    outbox = Outbox()
    offer_visits(ledger, 300)

    def work_on(_: Progress) -> None:
        finish_all(ledger, outbox)
        outbox.sent.clear()

    with Interrupts() as interrupts:
        drained = dispatcher(ledger, outbox, Clock()).run_until_drained(
            START + timedelta(hours=1), interrupts, work_on
        )

    assert (drained.done, drained.waiting, drained.dead) == (300, 0, 0)
    assert not drained.interrupted


def test_what_is_due_after_the_deadline_is_not_waited_for(ledger: Ledger) -> None:
    later = START + timedelta(hours=2)
    item = WorkItem(kind=WorkKind.VISIT, key="x", due_at=later, host="git.example")
    ledger.transaction(lambda conn: work.offer(conn, [item], START))

    drained = dispatcher(ledger, Outbox(), Clock()).run_until_drained(
        START + timedelta(hours=1), Interrupts()
    )

    assert (drained.waiting, drained.next_due_at) == (1, later)


def test_a_run_that_only_waits_says_what_it_waits_for(ledger: Ledger) -> None:
    soon, later = START + timedelta(minutes=3), START + timedelta(minutes=9)
    items = [
        WorkItem(kind=WorkKind.SEARCH, key="a", due_at=START, host="git.example"),
        WorkItem(kind=WorkKind.POLL, key="b", due_at=later),
    ]
    ledger.transaction(lambda conn: work.offer(conn, items, START))
    with ledger.write() as conn:
        (one,) = work.lease(conn, WorkKind.SEARCH, 1, 60, START, "git.example")
        work.postpone(conn, one.id, one.fence, soon, "the host asks to wait")

    waits = dispatcher(ledger, Outbox(), Clock()).step().next_waiting

    assert waits == Waiting(
        kind=WorkKind.SEARCH, host="git.example", due_at=soon, why="the host asks to wait"
    )


def test_nobody_looks_for_what_waits_while_there_is_work(ledger: Ledger) -> None:
    offer_visits(ledger, 1)
    later = WorkItem(kind=WorkKind.POLL, key="b", due_at=START + timedelta(minutes=9))
    ledger.transaction(lambda conn: work.offer(conn, [later], START))

    assert dispatcher(ledger, Outbox(), Clock()).step().next_waiting is None


def test_at_the_deadline_nothing_new_is_leased(ledger: Ledger) -> None:
    outbox = Outbox()
    offer_visits(ledger, 5)

    drained = dispatcher(ledger, outbox, Clock()).run_until_drained(START, Interrupts())

    assert outbox.sent == []
    assert drained.waiting == 5


def test_the_first_interrupt_drains_what_is_under_way(ledger: Ledger) -> None:
    outbox = Outbox()
    offer_visits(ledger, 1000)
    rounds: list[int] = []

    def interrupt_then_finish(progress: Progress) -> None:
        rounds.append(progress.messages)
        if len(rounds) == 1:
            os.kill(os.getpid(), signal.SIGINT)
        else:
            finish_all(ledger, outbox)

    with Interrupts() as interrupts:
        drained = dispatcher(ledger, outbox, Clock()).run_until_drained(
            START + timedelta(hours=1), interrupts, interrupt_then_finish
        )

    assert rounds == [4, 0, 0]
    assert (drained.done, drained.waiting, drained.interrupted) == (200, 800, True)


def test_the_second_interrupt_stops_at_once(ledger: Ledger) -> None:
    offer_visits(ledger, 10)
    interrupts = Interrupts()

    def interrupt(_: Progress) -> None:
        interrupts.request()

    drained = dispatcher(ledger, Outbox(), Clock()).run_until_drained(
        START + timedelta(hours=1), interrupts, interrupt
    )

    assert (drained.done, drained.waiting, drained.interrupted) == (0, 10, True)


def test_a_heartbeat_holds_only_leases_that_are_still_ours(ledger: Ledger) -> None:
    outbox, clock = Outbox(), Clock()
    offer_visits(ledger, 2)
    dispatcher(ledger, outbox, clock, git_slots=1).step()

    with Heartbeat(ledger, [(1, 1), (2, 7)], clock) as heartbeat:
        held = heartbeat.held

    assert held == ((1, 1),)


def test_a_heartbeat_goes_on_while_the_task_runs(ledger: Ledger) -> None:
    outbox, clock = Outbox(), Clock()
    offer_visits(ledger, 1)
    dispatcher(ledger, outbox, clock).step()

    def leased() -> int:
        with ledger.read() as conn:
            (queue,) = work.counts(conn, clock.now)
        return queue.leased

    with Heartbeat(ledger, [(1, 1)], clock, seconds=0.3):
        clock.now += timedelta(seconds=1000)
        eventually(leased)
        kept = leased()

    assert kept == 1


def test_interrupts_give_the_handlers_back() -> None:
    before = signal.getsignal(signal.SIGINT)

    with Interrupts():
        pass

    assert signal.getsignal(signal.SIGINT) is before
