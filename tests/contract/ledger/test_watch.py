"""The recurring steps of the watch, as the configuration wants them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.contract.ledger.samples import NOON, later
from tests.servers.leasing import lease
from workers.ledger import watch, work
from workers.ledger.ledger import Ledger
from workers.ledger.watch import WatchEntry, WatchTask
from workers.ledger.work import turns
from workers.ledger.work_items import WorkItem, WorkKind, kinds_of

HOUR = timedelta(hours=1)
LIST = WatchEntry(task=WatchTask.LIST, name="git.example", period=HOUR, options={"refs": "all"})


def install(ledger: Ledger, *wanted: WatchEntry, hours: int = 0, scale: float = 1.0) -> None:
    now = later(hours)
    ledger.transaction(lambda conn: watch.install(conn, wanted, now, scale))


def rounds(ledger: Ledger, hours: int) -> list[str]:
    """Do what is due at that hour; return the keys."""
    with ledger.write() as conn:
        leased = lease(conn, WorkKind.PLAN, 9, later(hours))
        for item in leased:
            entry = watch.of(conn, item.key)
            after = None if entry is None else entry.next_round(later(hours), 1.0)
            work.finish(conn, item.id, item.fence, later(hours), due_at=after)
            watch.note(conn, item.key, later(hours), {"look": "x"})
    return [item.key for item in leased]


def test_a_step_is_due_at_once_and_again_a_period_after_its_round(ledger: Ledger) -> None:
    install(ledger, LIST)

    assert rounds(ledger, 0) == ["list git.example"]
    assert rounds(ledger, 0) == []
    assert rounds(ledger, 1) == ["list git.example"]


def test_the_same_configuration_again_hurries_nothing_and_forgets_nothing(ledger: Ledger) -> None:
    daily = WatchEntry(task=WatchTask.LIST, name="git.example", period=24 * HOUR)
    install(ledger, daily)
    rounds(ledger, 0)

    install(ledger, daily, hours=2)

    assert rounds(ledger, 3) == []
    assert rounds(ledger, 24) == ["list git.example"]
    with ledger.read() as conn:
        (entry,) = watch.entries(conn)
    assert entry.state == {"look": "x"}


def test_a_shorter_period_takes_effect_and_what_was_seen_is_kept(ledger: Ledger) -> None:
    install(ledger, WatchEntry(task=WatchTask.LIST, name="git.example", period=24 * HOUR))
    rounds(ledger, 0)

    install(ledger, WatchEntry(task=WatchTask.LIST, name="git.example", period=HOUR), hours=2)

    assert rounds(ledger, 2) == ["list git.example"]


def test_other_options_begin_a_step_anew(ledger: Ledger) -> None:
    install(ledger, LIST)
    rounds(ledger, 0)

    install(ledger, WatchEntry(task=WatchTask.LIST, name="git.example", period=HOUR))

    with ledger.read() as conn:
        (entry,) = watch.entries(conn)
    assert (entry.looked_at, entry.state, entry.options) == (None, {}, {})
    assert rounds(ledger, 0) == ["list git.example"]


def test_a_feed_that_a_host_answers_is_polled_in_the_turns_of_its_api(ledger: Ledger) -> None:
    feed = WatchEntry(task=WatchTask.POLL, name="ghsa-malware", period=HOUR)
    search = WorkItem(kind=WorkKind.SEARCH, key="q", host="github.example", due_at=NOON)
    install(ledger, feed)  # as it was before hosts were named

    install(ledger, replace(feed, options={"host": "github.example"}))

    with ledger.write() as conn:
        work.offer(conn, [search], NOON)
    with ledger.write() as conn:
        begun = {}
        while turn := turns.take(conn, "a test", later(0), pool="api"):
            for kind in kinds_of(turn.lane):
                for item in turns.begin(conn, turn, kind, 9, later(0)) or ():
                    begun[item.key] = turn.lane
    assert begun == {"ghsa-malware": "api:github.example", "q": "api:github.example"}
    with ledger.read() as conn:
        assert turns.standing(conn, later(0)).open == 2


def test_what_is_configured_no_longer_ends_when_it_comes_up(ledger: Ledger) -> None:
    install(ledger, LIST)

    install(ledger)

    assert rounds(ledger, 0) == ["list git.example"]
    assert rounds(ledger, 9) == []
    with ledger.read() as conn:
        assert watch.entries(conn) == ()


def test_only_what_recurs_is_woken(ledger: Ledger) -> None:
    often = WatchEntry(task=WatchTask.SEARCH, name="a.example", period=24 * HOUR)
    once = WatchEntry(task=WatchTask.SEARCH, name="b.example", period=None)
    install(ledger, often, once)
    rounds(ledger, 0)

    ledger.transaction(lambda conn: watch.wake(conn, WatchTask.SEARCH, later(1), later(1)))

    assert rounds(ledger, 1) == ["search a.example"]


def test_periods_pass_as_fast_as_the_clock_of_a_demo(ledger: Ledger) -> None:
    entry = WatchEntry(task=WatchTask.LIST, name="git.example", period=24 * HOUR)

    assert entry.next_round(NOON, 24.0) == later(1)


def test_the_pages_of_one_look_are_told_from_those_of_others(ledger: Ledger) -> None:
    keys = ("git.example|part list 1|a", "git.example|part list 1|b", "git.example|part list 10|")
    items = [WorkItem(kind=WorkKind.LIST, key=key, host="git.example", due_at=NOON) for key in keys]
    with ledger.write() as conn:
        work.offer(conn, items, NOON)
        leased = {one.key: one for one in lease(conn, WorkKind.LIST, 9, NOON)}
        done = leased["git.example|part list 1|a"]
        work.finish(conn, done.id, done.fence, NOON)

        left = watch.pages_left(conn, "git.example", "part list 1")

    assert (left.open, left.given_up) == (1, 0)
