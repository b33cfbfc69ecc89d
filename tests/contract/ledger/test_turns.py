"""Whose turn it is, what is begun in it, and what becomes of a turn that is lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from crawler.errors import StoreError
from tests.contract.ledger.samples import NOON, later
from workers.ledger import pauses, work
from workers.ledger.ledger import Ledger
from workers.ledger.tables import lane
from workers.ledger.work import Leased, WorkItem, WorkKind, turns
from workers.ledger.work.turns import Standing, Turn
from workers.ledger.work_items import kinds_of, lane_of

SECOND = timedelta(seconds=1)


def visit(key: str, host: str = "git.example", due: float = 0) -> WorkItem:
    return WorkItem(kind=WorkKind.VISIT, key=key, host=host, due_at=later(due))


def offered(ledger: Ledger, *items: WorkItem, hours: float = 0) -> None:
    ledger.transaction(lambda conn: work.offer(conn, items, later(hours)))


def taken(ledger: Ledger, hours: float = 0, pool: str = "git") -> Turn | None:
    return ledger.transaction(lambda conn: turns.take(conn, "me", later(hours), pool=pool))


def turn_of(ledger: Ledger, hours: float = 0) -> Turn:
    turn = taken(ledger, hours)
    assert turn is not None
    return turn


def begun(ledger: Ledger, turn: Turn, limit: int = 1, hours: float = 0) -> tuple[Leased, ...]:
    found = ledger.transaction(
        lambda conn: turns.begin(conn, turn, WorkKind.VISIT, limit, later(hours))
    )
    assert found is not None
    return found


def ended(ledger: Ledger, turn: Turn, hours: float = 0) -> bool:
    return ledger.transaction(lambda conn: turns.end(conn, turn, later(hours)))


def standing(ledger: Ledger, hours: float = 0) -> Standing:
    with ledger.read() as conn:
        return turns.standing(conn, later(hours))


@pytest.mark.parametrize("kind", WorkKind)
def test_every_kind_of_work_has_a_lane_that_knows_it(kind: WorkKind) -> None:
    name = lane_of(kind, "git.example", "key")

    assert kind in kinds_of(name.key)
    assert (name.pool == "git") == name.key.startswith("git:")


def test_all_that_is_asked_of_the_api_of_a_host_is_one_lane() -> None:
    of_api = frozenset(kinds_of("api:git.example"))

    assert {lane_of(kind, "git.example", "x").key for kind in of_api} == {"api:git.example"}
    assert of_api >= {WorkKind.SEARCH, WorkKind.PRIVATE, WorkKind.POLL}
    assert lane_of(WorkKind.POLL, None, "osv-mal").key == "feed:osv-mal"


def test_a_lane_has_one_turn(ledger: Ledger) -> None:
    offered(ledger, visit("1"), visit("2"))

    first, second = taken(ledger), taken(ledger)

    assert first == Turn(lane="git:git.example", fence=1)
    assert second is None


def test_the_lane_that_is_due_longest_comes_first_and_then_waits_in_line(ledger: Ledger) -> None:
    offered(ledger, *(visit(str(n), "large.example") for n in range(50)))
    offered(ledger, visit("x", "small.example", due=1), hours=1)

    first = turn_of(ledger, 2)
    ended(ledger, first, 2)
    second = turn_of(ledger, 2.1)

    assert (first.lane, second.lane) == ("git:large.example", "git:small.example")


def test_a_lane_is_taken_when_it_is_due_and_not_before(ledger: Ledger) -> None:
    offered(ledger, visit("1", due=1))

    assert taken(ledger, 0.99) is None
    assert taken(ledger, 1) is not None


def test_turns_are_taken_in_the_own_pool_only(ledger: Ledger) -> None:
    offered(ledger, visit("1"))

    assert taken(ledger, pool="api") is None


def test_an_earlier_offer_makes_a_lane_due(ledger: Ledger) -> None:
    offered(ledger, visit("1", due=24))
    turn = taken(ledger)
    offered(ledger, visit("2", due=0))

    assert turn is None
    assert taken(ledger) is not None


def test_what_is_offered_during_a_turn_is_due_after_it(ledger: Ledger) -> None:
    offered(ledger, visit("1"))
    turn = turn_of(ledger)
    (item,) = begun(ledger, turn)
    offered(ledger, visit("2", due=5))
    ledger.transaction(lambda conn: work.finish(conn, item.id, item.fence, NOON))

    ended(ledger, turn)

    assert standing(ledger).next_due_at == later(5)


def test_a_paused_host_has_no_turn(ledger: Ledger) -> None:
    offered(ledger, visit("1"))
    ledger.transaction(lambda conn: pauses.pause(conn, "git.example", "they asked", NOON))

    assert taken(ledger) is None
    assert standing(ledger).next_due_at is None


def test_a_turn_that_is_kept_lives_on_and_one_that_is_not_is_lost(ledger: Ledger) -> None:
    offered(ledger, visit("1"))
    turn = turn_of(ledger)

    ledger.transaction(lambda conn: turns.keep(conn, [turn], NOON + 15 * SECOND))
    with ledger.write() as conn:
        early = turns.take(conn, "other", NOON + 34 * SECOND, pool="git")
        late = turns.take(conn, "other", NOON + 35 * SECOND, pool="git")
        gone = turns.keep(conn, [turn], NOON + 36 * SECOND)

    assert (early, late) == (None, Turn(lane="git:git.example", fence=2))
    assert gone == {turn}


def test_in_a_lost_turn_only_what_was_begun_becomes_suspect_and_nothing_is_an_attempt(
    ledger: Ledger,
) -> None:
    offered(ledger, *(visit(str(n)) for n in range(5)))
    begun(ledger, turn_of(ledger), limit=2)

    again = turn_of(ledger, hours=1)

    batches = [begun(ledger, again, limit=9, hours=1)]
    ledger.transaction(lambda conn: work.finish_all(conn, batches[0], later(1)))
    batches.append(begun(ledger, again, limit=9, hours=1))
    ledger.transaction(lambda conn: work.finish_all(conn, batches[1], later(1)))
    batches.append(begun(ledger, again, limit=9, hours=1))
    assert [[i.key for i in batch] for batch in batches] == [["0"], ["1"], ["2", "3", "4"]]
    assert [batch[0].suspect for batch in batches] == [True, True, False]
    assert {item.attempts for batch in batches for item in batch} == {0}


def test_what_ended_before_the_turn_was_lost_is_not_suspect(ledger: Ledger) -> None:
    offered(ledger, visit("1"), visit("2"))
    first, second = begun(ledger, turn_of(ledger), limit=2)
    ledger.transaction(lambda conn: work.finish(conn, first.id, 1, NOON, due_at=later(0.5)))

    found = begun(ledger, turn_of(ledger, hours=1), limit=9, hours=1)

    assert [(item.id, item.suspect) for item in found] == [(second.id, True)]


def test_the_results_of_a_lost_turn_are_refused(ledger: Ledger) -> None:
    offered(ledger, visit("1"))
    (lost,) = begun(ledger, turn_of(ledger))
    (found,) = begun(ledger, turn_of(ledger, hours=1), hours=1)

    with ledger.write() as conn:
        assert not work.finish(conn, lost.id, lost.fence, later(1))
        assert not work.fail(conn, lost.id, lost.fence, "late", later(1))
        assert not work.lost(conn, lost.id, lost.fence, "late", later(1))
        assert not work.postpone(conn, lost.id, lost.fence, later(2), "late")
        assert work.finish_all(conn, [lost], later(1)) == ()
        assert work.held(conn, [(lost.id, lost.fence)]) == ()
        assert work.finish(conn, found.id, found.fence, later(1))


@pytest.mark.parametrize("end", [turns.end, turns.lose])
def test_after_its_turn_nobody_can_end_work(end: object, ledger: Ledger) -> None:
    offered(ledger, visit("1"))
    turn = turn_of(ledger)
    (item,) = begun(ledger, turn)
    ledger.transaction(lambda conn: end(conn, turn, NOON))  # type: ignore[operator] # one of the two

    with ledger.write() as conn:
        assert not work.finish(conn, item.id, item.fence, NOON)
        assert not turns.end(conn, turn, NOON)
        assert turns.begin(conn, turn, WorkKind.VISIT, 1, NOON) is None


def test_a_turn_that_is_given_back_blames_nothing_and_one_that_hangs_does(ledger: Ledger) -> None:
    offered(ledger, visit("1"))
    for end, suspect in ((turns.end, False), (turns.lose, True)):
        turn = turn_of(ledger)
        begun(ledger, turn)
        with ledger.write() as conn:
            end(conn, turn, NOON)

        again = turn_of(ledger)
        (item,) = begun(ledger, again)
        ended(ledger, again)
        assert (item.suspect, item.attempts) == (suspect, 0)


def test_what_was_not_begun_cannot_be_ended_and_what_ended_cannot_be_ended_again(
    ledger: Ledger,
) -> None:
    offered(ledger, visit("1"), visit("2"))
    turn = turn_of(ledger)
    (item,) = begun(ledger, turn)

    with ledger.write() as conn:
        other = work.finish(conn, item.id + 1, item.fence, NOON)
        first = work.finish(conn, item.id, item.fence, NOON, due_at=NOON)
        same = work.finish(conn, item.id, item.fence, NOON)
    with ledger.write() as conn:
        later_on = work.fail(conn, item.id, item.fence, "again", NOON)

    assert (other, first, same, later_on) == (False, True, False, False)


def test_work_whose_process_dies_three_times_is_dead_and_named(ledger: Ledger) -> None:
    offered(ledger, visit("1"))
    turn = turn_of(ledger)

    for _ in range(3):
        (item,) = begun(ledger, turn)
        with ledger.write() as conn:
            work.lost(conn, item.id, item.fence, "ended by signal 11", NOON)
    ended(ledger, turn)

    with ledger.read() as conn:
        (dead,) = work.dead(conn)
    assert (dead.attempts, dead.why) == (3, "ended by signal 11")
    assert standing(ledger).next_due_at is None


def test_counters_follow_what_becomes_of_work(ledger: Ledger) -> None:
    offered(ledger, *(visit(str(n)) for n in range(4)))
    turn = turn_of(ledger)
    done, failed, _ = begun(ledger, turn, limit=3)
    with ledger.write() as conn:
        work.finish(conn, done.id, done.fence, NOON)
        work.fail(conn, failed.id, failed.fence, "broken", NOON)

    first = standing(ledger)
    offered(ledger, visit("0"), visit("0"))
    second = standing(ledger)

    assert (first.open, first.done, first.busy, first.turns) == (3, 1, 1, 1)
    assert (second.open, second.done) == (4, 0)


def test_a_transaction_that_is_rolled_back_changes_no_lane(ledger: Ledger) -> None:
    def broken(conn: Connection) -> None:
        work.offer(conn, [visit("1")], NOON)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ledger.transaction(broken)
    offered(ledger, visit("2"))

    assert standing(ledger).open == 1


def test_threads_that_take_turns_never_begin_the_same_work(ledger: Ledger) -> None:
    offered(ledger, *(visit(f"{h}/{n}", f"h{h}.example") for h in range(3) for n in range(40)))
    done: list[list[int]] = [[], [], []]
    failures: list[StoreError] = []

    def work_off(mine: list[int]) -> None:
        try:
            while (turn := taken(ledger)) is not None:
                for _ in range(7):
                    items = begun(ledger, turn, limit=2)
                    with ledger.write() as conn:
                        work.finish_all(conn, items, NOON)
                    mine.extend(item.id for item in items)
                ended(ledger, turn)
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=work_off, args=(mine,)) for mine in done]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ids = [one for mine in done for one in mine]
    assert failures == []
    assert (len(ids), len(set(ids))) == (120, 120)
    assert (standing(ledger).done, standing(ledger).open) == (120, 0)


def test_offers_between_lanes_in_both_directions_wait_for_one_another_in_no_circle(
    ledger: Ledger,
) -> None:
    """What a visit finds is offered to the API lane, what a list finds to the git lane."""
    failures: list[StoreError] = []

    def offer(first: WorkKind, second: WorkKind, name: str) -> None:
        try:
            for n in range(30):
                items = [
                    WorkItem(kind=kind, key=f"{name}{n}", host="git.example", due_at=NOON)
                    for kind in (first, second)
                ]
                with ledger.write() as conn:
                    work.offer(conn, items, NOON)
        except StoreError as error:
            failures.append(error)

    threads = [
        threading.Thread(target=offer, args=(WorkKind.VISIT, WorkKind.LIST, "a")),
        threading.Thread(target=offer, args=(WorkKind.LIST, WorkKind.VISIT, "b")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with ledger.read() as conn:
        counted = dict(conn.execute(lane.select().with_only_columns(lane.c.key, lane.c.open)).all())
    assert counted == {"api:git.example": 60, "git:git.example": 60}


def test_a_lane_without_due_work_can_be_reserved_and_by_one_only(ledger: Ledger) -> None:
    offered(ledger, visit("1", due=5))
    known = lane_of(WorkKind.VISIT, "git.example", "1").key

    def reserved(key: str = known) -> Turn | None:
        return ledger.transaction(lambda conn: turns.reserve(conn, "me", key, NOON))

    unknown, first, second = reserved("git:other.example"), reserved(), reserved()
    assert first is not None
    assert ended(ledger, first)
    third = reserved()

    assert (unknown, second) == (None, None)
    assert third is not None
    assert third.fence > first.fence
