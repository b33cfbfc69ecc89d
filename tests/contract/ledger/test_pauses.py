from __future__ import annotations

from tests.contract.ledger.samples import NOON, later
from tests.servers.leasing import lease
from workers.ledger import gaps, pauses, work
from workers.ledger.ledger import Ledger
from workers.ledger.work import turns
from workers.ledger.work_items import POOLS, WorkItem, WorkKind


def offer(ledger: Ledger, host: str | None, *keys: str) -> None:
    items = [WorkItem(kind=WorkKind.VISIT, key=key, host=host, due_at=NOON) for key in keys]
    with ledger.write() as conn:
        work.offer(conn, items, NOON)


def test_work_of_a_paused_host_is_not_handed_out_and_the_rest_is(ledger: Ledger) -> None:
    offer(ledger, "git.example", "1", "2")
    offer(ledger, "forge.example", "3")
    offer(ledger, None, "4")
    with ledger.write() as conn:
        pauses.pause(conn, "git.example", "maintenance", NOON)

        handed = turns.due_lanes(conn, "git", later(1))
        leased = lease(conn, WorkKind.VISIT, 10, later(1))
        (queue,) = work.counts(conn, later(1))

    assert handed == 2
    assert sorted(one.key for one in leased) == ["3", "4"]
    assert (queue.due, queue.leased, queue.waiting, queue.next_due_at) == (0, 2, 0, None)


def test_a_paused_host_is_said_with_what_waits_for_it(ledger: Ledger) -> None:
    offer(ledger, "git.example", "1", "2")
    with ledger.write() as conn:
        pauses.pause(conn, "git.example", "maintenance", NOON)

        (held,) = pauses.paused(conn)
        (said,) = gaps.noted(conn)

    assert (held.host, held.since, held.why, held.waiting) == (
        "git.example",
        NOON,
        "maintenance",
        2,
    )
    assert said.context == "git.example"
    assert "maintenance), 2 pieces of work wait" in said.reason


def test_pausing_twice_changes_the_reason_and_not_the_time(ledger: Ledger) -> None:
    with ledger.write() as conn:
        pauses.pause(conn, "git.example", "first", NOON)

        pauses.pause(conn, "git.example", "second", later(1))

        (held,) = pauses.paused(conn)
    assert (held.since, held.why) == (NOON, "second")


def test_a_resumed_host_goes_on_where_it_was(ledger: Ledger) -> None:
    offer(ledger, "git.example", "1")
    with ledger.write() as conn:
        pauses.pause(conn, "git.example", "maintenance", NOON)

        first, second = pauses.resume(conn, "git.example"), pauses.resume(conn, "git.example")

        assert (first, second) == (True, False)
    with ledger.read() as conn:
        assert turns.due_lanes(conn, "git", later(1)) == 1


def test_while_all_hosts_are_paused_only_what_asks_nobody_is_handed_out(ledger: Ledger) -> None:
    offer(ledger, "git.example", "1")
    offer(ledger, None, "2")
    others = (WorkKind.POLL, WorkKind.PLAN, WorkKind.SEARCH, WorkKind.HUNT)
    with ledger.write() as conn:
        pauses.pause(conn, pauses.ALL_HOSTS, "maintenance", NOON)
        work.offer(conn, [WorkItem(kind=kind, key="3", due_at=NOON) for kind in others], NOON)

    with ledger.write() as conn:
        handed = {pool: turns.due_lanes(conn, pool, later(1)) for pool in POOLS}
        next_due = turns.next_waiting(conn, later(1))
        queues = {one.kind: one.due for one in work.counts(conn, later(1))}
        (said,) = gaps.noted(conn)
        taken = [turns.take(conn, "a test", later(1), pool=pool) for pool in (*POOLS, *POOLS)]

    assert handed == {"api": 1, "git": 0}
    assert next_due is not None
    assert next_due.kind is WorkKind.HUNT
    assert {kind for kind, due in queues.items() if due} == {WorkKind.HUNT}
    assert [turn.lane for turn in taken if turn is not None] == ["hunt"]
    assert said.context == "all hosts"
    assert "maintenance), 5 pieces of work wait; `ghostcrawl hosts resume --all`" in said.reason


def test_a_host_that_was_paused_by_name_stays_so_when_all_go_on(ledger: Ledger) -> None:
    offer(ledger, "git.example", "1")
    offer(ledger, "forge.example", "2")
    with ledger.write() as conn:
        pauses.pause(conn, "git.example", "they asked for it", NOON)
        pauses.pause(conn, pauses.ALL_HOSTS, "maintenance", NOON)

        pauses.resume(conn, pauses.ALL_HOSTS)

        turn = turns.take(conn, "a test", later(1), pool="git")
        assert turn is not None
        assert turn.lane == "git:forge.example"
        assert turns.take(conn, "a test", later(1), pool="git") is None
