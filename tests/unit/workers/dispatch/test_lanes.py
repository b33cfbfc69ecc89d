from __future__ import annotations

from workers.dispatch.lanes import LANES, Batch, Due, plan
from workers.ledger.work import WorkKind


def visit(host: str, count: int) -> Due:
    return Due(kind=WorkKind.VISIT, host=host, count=count)


def sizes(batches: tuple[Batch, ...]) -> list[tuple[str | None, int]]:
    return [(batch.host, batch.size) for batch in batches]


def test_every_kind_has_a_lane_in_a_queue_that_exists() -> None:
    queues = {kind: LANES[kind].queue for kind in WorkKind}

    assert set(queues.values()) == {"api", "git"}


def test_full_batches_fill_the_free_slots_and_no_more() -> None:
    batches = plan([visit("git.example", 1000)], {}, {"git": 3})

    assert sizes(batches) == [("git.example", 50)] * 3


def test_messages_under_way_take_slots() -> None:
    batches = plan([visit("git.example", 1000)], {(WorkKind.VISIT, "git.example"): 2}, {"git": 3})

    assert sizes(batches) == [("git.example", 50)]


def test_more_under_way_than_slots_means_none() -> None:
    batches = plan([visit("git.example", 9)], {(WorkKind.VISIT, "git.example"): 5}, {"git": 3})

    assert batches == ()


def test_where_little_is_due_all_workers_get_some() -> None:
    batches = plan([visit("git.example", 7)], {}, {"git": 4})

    assert sizes(batches) == [("git.example", size) for size in (2, 2, 2, 1)]


def test_hosts_take_turns() -> None:
    batches = plan([visit("git.example", 900), visit("forge.example", 60)], {}, {"git": 4})

    assert sizes(batches) == [
        ("git.example", 50),
        ("forge.example", 50),
        ("git.example", 50),
        ("forge.example", 10),
    ]


def test_a_batch_has_one_kind_and_one_host() -> None:
    due = [Due(kind=WorkKind.SEARCH, host="github.example", count=2), visit("git.example", 2)]

    batches = plan(due, {}, {"api": 1, "git": 1})

    assert batches == (
        Batch(kind=WorkKind.SEARCH, host="github.example", size=2),
        Batch(kind=WorkKind.VISIT, host="git.example", size=2),
    )


def test_searches_of_a_host_are_one_message_at_a_time() -> None:
    due = [Due(kind=WorkKind.SEARCH, host="github.example", count=100)]

    first = plan(due, {}, {"api": 8})
    second = plan(due, {(WorkKind.SEARCH, "github.example"): 1}, {"api": 8})

    assert len(first) == 1
    assert second == ()


def test_a_serial_host_gets_one_message_of_a_kind_at_a_time() -> None:
    batches = plan([visit("github.example", 100)], {}, {"git": 8}, ["github.example"])

    assert len(batches) == 1


def test_work_of_a_queue_without_workers_stays() -> None:
    batches = plan([visit("git.example", 100)], {}, {"api": 8})

    assert batches == ()
