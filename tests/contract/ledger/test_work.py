from __future__ import annotations

from dataclasses import replace

from crawler.model import Refs
from tests.contract.ledger.samples import NOON, later
from tests.servers.leasing import lease
from workers.ledger import work
from workers.ledger.ledger import Ledger
from workers.ledger.work import Leased, Queue, WorkItem, WorkKind
from workers.runs import Run


def item(
    key: str = "1",
    *,
    kind: WorkKind = WorkKind.VISIT,
    due: float = 0,
    host: str | None = "git.example",
) -> WorkItem:
    return WorkItem(kind=kind, key=key, host=host, due_at=later(due), payload={"n": 1})


def lease_one(ledger: Ledger, hours: float = 0) -> Leased:
    with ledger.write() as conn:
        (leased,) = lease(conn, WorkKind.VISIT, 1, later(hours))
    return leased


def offered(ledger: Ledger, *items: WorkItem, hours: float = 0) -> int:
    with ledger.write() as conn:
        return work.offer(conn, items, later(hours))


def queue(ledger: Ledger, hours: float = 0) -> Queue:
    with ledger.read() as conn:
        (only,) = work.counts(conn, later(hours))
    return only


def test_offered_work_is_leased_with_its_payload(ledger: Ledger) -> None:
    opened = offered(ledger, item())

    leased = lease_one(ledger)

    assert opened == 1
    assert (leased.key, leased.host, leased.payload) == ("1", "git.example", {"n": 1})
    assert (leased.fence, leased.attempts) == (1, 0)


def test_work_offered_twice_is_there_once(ledger: Ledger) -> None:
    offered(ledger, item(), item())

    again = offered(ledger, item())

    assert (again, queue(ledger).due) == (0, 1)


def test_leased_work_is_not_leased_again(ledger: Ledger) -> None:
    offered(ledger, item())
    lease_one(ledger)

    with ledger.write() as conn:
        assert lease(conn, WorkKind.VISIT, 9, NOON) == ()


def test_work_is_leased_when_it_is_due_and_not_before(ledger: Ledger) -> None:
    offered(ledger, item(due=1))

    with ledger.write() as conn:
        early = lease(conn, WorkKind.VISIT, 9, NOON)
        late = lease(conn, WorkKind.VISIT, 9, later(1))

    assert (len(early), len(late)) == (0, 1)


def test_work_can_be_leased_of_one_host_only(ledger: Ledger) -> None:
    offered(ledger, item("1", host="a.example"), item("2", host="b.example"))

    with ledger.write() as conn:
        taken = lease(conn, WorkKind.VISIT, 9, NOON, host="b.example")

    assert [one.key for one in taken] == ["2"]


def test_finished_work_is_done_until_it_is_offered_again(ledger: Ledger) -> None:
    offered(ledger, item())
    leased = lease_one(ledger)

    with ledger.write() as conn:
        accepted = work.finish(conn, leased.id, leased.fence, NOON)

    assert (accepted, queue(ledger).done) == (True, 1)
    assert offered(ledger, item()) == 1
    assert lease_one(ledger).fence == 2


def test_work_finished_with_a_time_is_due_again_then(ledger: Ledger) -> None:
    offered(ledger, item())
    leased = lease_one(ledger)

    with ledger.write() as conn:
        work.finish(conn, leased.id, leased.fence, NOON, due_at=later(12))

    assert queue(ledger) == Queue(kind=WorkKind.VISIT, waiting=1, next_due_at=later(12))


def test_work_offered_during_its_lease_is_due_again_after_it(ledger: Ledger) -> None:
    offered(ledger, item())
    leased = lease_one(ledger)

    opened = offered(ledger, item())
    with ledger.write() as conn:
        accepted = work.finish(conn, leased.id, leased.fence, NOON)

    assert (opened, accepted, queue(ledger).due) == (0, True, 1)


def test_an_earlier_offer_brings_waiting_work_forward(ledger: Ledger) -> None:
    offered(ledger, item(due=24))

    offered(ledger, item(due=0))

    assert queue(ledger).due == 1


def test_a_finished_lease_cannot_be_finished_again(ledger: Ledger) -> None:
    offered(ledger, item())
    leased = lease_one(ledger)

    with ledger.write() as conn:
        first = work.finish(conn, leased.id, leased.fence, NOON, due_at=NOON)
        second = work.finish(conn, leased.id, leased.fence, NOON)

    assert (first, second) == (True, False)


def dead_in_run_one(ledger: Ledger) -> WorkItem:
    """Let work of the run "one" fail three times."""
    poison = replace(item(), payload={"run": "one"})
    offered(ledger, poison)
    for hours in (0, 1, 2):
        leased = lease_one(ledger, hours)
        with ledger.write() as conn:
            work.fail(conn, leased.id, leased.fence, "broken pack", later(hours))
    return poison


def test_work_that_fails_three_times_is_dead_for_the_rest_of_its_run(ledger: Ledger) -> None:
    poison = dead_in_run_one(ledger)

    assert offered(ledger, poison) == 0
    with ledger.read() as conn:
        (given_up,) = work.dead(conn)
    assert (given_up.attempts, given_up.why) == (3, "broken pack")


def test_dead_work_is_tried_again_by_another_run(ledger: Ledger) -> None:
    poison = dead_in_run_one(ledger)

    opened = offered(ledger, replace(poison, due_at=later(3), payload={"run": "two"}))

    again = lease_one(ledger, 3)
    assert (opened, again.attempts, again.payload) == (1, 0, {"run": "two"})


def test_work_that_two_runs_ask_for_is_done_as_the_more_demanding_one_wants(ledger: Ledger) -> None:
    shallow = Run(id="one", root_only=True, pivot=True)
    whole = Run(id="two", refs=Refs.BRANCHES)
    offered(ledger, replace(item(), payload=shallow.payload()))
    offered(ledger, replace(item(), payload=whole.payload()))
    offered(ledger, replace(item(), payload=shallow.payload()))

    asked = Run.from_payload(lease_one(ledger).payload)

    assert asked == Run(id="one", refs=Refs.BRANCHES, pivot=True)


def test_failed_work_waits_longer_each_time_whatever_is_offered(ledger: Ledger) -> None:
    offered(ledger, item())
    leased = lease_one(ledger)

    with ledger.write() as conn:
        work.fail(conn, leased.id, leased.fence, "connection lost", NOON)
    offered(ledger, item())

    assert queue(ledger).next_due_at == later(1 / 60)


def test_postponed_work_waits_and_loses_no_attempt(ledger: Ledger) -> None:
    offered(ledger, item())
    leased = lease_one(ledger)

    with ledger.write() as conn:
        work.postpone(conn, leased.id, leased.fence, later(1), "quota of git.example")

    assert queue(ledger) == Queue(kind=WorkKind.VISIT, waiting=1, next_due_at=later(1))
    assert lease_one(ledger, 1).attempts == 0


def test_many_leases_end_at_once_and_a_stale_fence_ends_nothing(ledger: Ledger) -> None:
    offered(ledger, item("1"), item("2"), item("3"))
    with ledger.write() as conn:
        one, two, three = lease(conn, WorkKind.VISIT, 9, NOON)
        work.offer(conn, [item("2", due=5)], later(0.001))

        ended = work.finish_all(conn, [one, two, replace(three, fence=9)], later(0.002))

        (only,) = work.counts(conn, later(6))
    assert ended == (one, two)
    assert (only.done, only.due + only.leased) == (1, 2)


def replanned(ledger: Ledger, *items: WorkItem, hours: float = 0) -> None:
    with ledger.write() as conn:
        work.replan(conn, items, later(hours))


def test_unknown_work_is_put_in_at_the_time_that_is_planned(ledger: Ledger) -> None:
    replanned(ledger, item("1", due=24), item("2", due=48), item("2", due=72))

    assert queue(ledger) == Queue(kind=WorkKind.VISIT, waiting=2, next_due_at=later(24))
    assert queue(ledger, 71).waiting == 1
    assert lease_one(ledger, 24).payload == {"n": 1}


def test_work_that_was_due_earlier_is_due_at_the_time_that_is_planned(ledger: Ledger) -> None:
    offered(ledger, item(due=0))

    replanned(ledger, item(due=24))

    assert queue(ledger) == Queue(kind=WorkKind.VISIT, waiting=1, next_due_at=later(24))


def test_done_work_is_open_again_at_the_time_that_is_planned(ledger: Ledger) -> None:
    offered(ledger, item())
    leased = lease_one(ledger)
    with ledger.write() as conn:
        work.finish(conn, leased.id, leased.fence, NOON)

    replanned(ledger, item(due=24))

    assert queue(ledger) == Queue(kind=WorkKind.VISIT, waiting=1, next_due_at=later(24))
    assert lease_one(ledger, 24).fence == 2


def test_what_had_failed_and_is_planned_has_all_its_attempts_and_no_error(ledger: Ledger) -> None:
    offered(ledger, item())
    leased = lease_one(ledger)
    with ledger.write() as conn:
        work.fail(conn, leased.id, leased.fence, "connection lost", NOON)

    replanned(ledger, item(due=24))
    brought_forward = offered(ledger, item(due=1))

    assert (brought_forward, queue(ledger).next_due_at) == (0, later(1))
    assert lease_one(ledger, 1).attempts == 0


def test_work_under_a_live_lease_is_not_planned_by_another(ledger: Ledger) -> None:
    offered(ledger, item())
    leased = lease_one(ledger)

    replanned(ledger, item(due=24))
    with ledger.write() as conn:
        accepted = work.finish(conn, leased.id, leased.fence, NOON, due_at=later(5))

    assert accepted
    assert queue(ledger) == Queue(kind=WorkKind.VISIT, waiting=1, next_due_at=later(5))


def test_dead_work_that_was_done_in_passing_is_open_until_its_next_time(ledger: Ledger) -> None:
    dead_in_run_one(ledger)

    replanned(ledger, item(due=24), hours=3)

    assert queue(ledger, 3) == Queue(kind=WorkKind.VISIT, waiting=1, next_due_at=later(24))
