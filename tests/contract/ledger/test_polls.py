"""How polls end, what is kept of it, and that what was allowed until now is judged again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from crawler.errors import Defer, FeedError, GhostcrawlError, Retry
from crawler.model import ProjectKey, Record, State, Subject
from feeds.interface import FeedPage, PollRequest
from tests.contract.ledger.samples import GHOST, NOON, later, record, said
from workers.ledger import allowances, cursors, verdicts, work
from workers.ledger.allowances import Allowance
from workers.ledger.ledger import Ledger
from workers.ledger.tables import feed_poll
from workers.ledger.work_items import Kind, WorkItem
from workers.steps.poll import poll
from workers.steps.reconsidering import allow, reconsider_ran_out

ENTRY = Allowance(
    subject=Subject(project=GHOST, version="1.0"),
    reason="a test of our own",
    since=NOON,
    expires_at=later(24),
)


@dataclass
class FewPages:
    """A feed that says what it is given, and then perhaps fails."""

    records: tuple[Record, ...] = ()
    error: GhostcrawlError | None = None
    name: str = "osv-mal"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        del request
        if self.records:
            yield FeedPage(records=self.records, cursor="1")
        if self.error is not None:
            raise self.error


def polled(ledger: Ledger, feed: FewPages, now: datetime = NOON) -> tuple[int, ...]:
    return tuple(len(learned.projects) for learned in poll(ledger, feed, lambda: now))


def status(ledger: Ledger) -> cursors.FeedPoll:
    with ledger.read() as conn:
        (one,) = cursors.polls(conn)
    return one


def states(ledger: Ledger) -> list[State]:
    with ledger.read() as conn:
        return [v.state for v in verdicts.of_project(conn, GHOST)]


def test_an_answer_without_news_is_an_answer_and_leaves_the_cursor(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=(record(said()),)))
    polled(ledger, FewPages(), later(3))

    one = status(ledger)
    assert (one.answered_at, one.cursor_at, one.news_at) == (later(3), NOON, NOON)
    assert (one.records, one.held_back, one.problem) == (1, 0, None)


def test_a_poll_that_is_not_believed_is_counted_until_one_comes_to_its_end(
    ledger: Ledger,
) -> None:
    refused = FewPages(error=FeedError("osv-mal: it shrank"))
    for hour in (1, 2):
        with pytest.raises(FeedError):
            polled(ledger, refused, later(hour))
    held = status(ledger)
    polled(ledger, FewPages(), later(3))

    assert (held.asked_at, held.answered_at, held.held_back) == (later(2), None, 2)
    assert held.problem == "it shrank"
    assert (status(ledger).held_back, status(ledger).problem) == (0, None)


def test_a_lost_connection_holds_nothing_back_and_keeps_the_pages_before(ledger: Ledger) -> None:
    broken = FewPages(records=(record(said()),), error=Retry("connection lost"))

    with pytest.raises(Retry):
        polled(ledger, broken)

    one = status(ledger)
    assert (one.held_back, one.problem, one.news_at, one.records) == (
        0,
        "connection lost",
        NOON,
        1,
    )


def test_what_a_page_calls_for_is_due_although_the_poll_ends_after_it(ledger: Ledger) -> None:
    broken = FewPages(records=(record(said()),), error=Defer(60, "asked to wait"))

    def then(conn: Connection, changed: Collection[ProjectKey]) -> None:
        found = [WorkItem(kind=Kind.SEARCH, key=key.name, due_at=NOON) for key in changed]
        work.offer(conn, found, NOON)

    with pytest.raises(Defer):
        list(poll(ledger, broken, lambda: NOON, then=then))

    with ledger.write() as conn:
        assert [item.key for item in work.lease(conn, Kind.SEARCH, 9, 60, NOON)] == [GHOST.name]


def test_a_page_whose_follow_up_cannot_be_kept_is_not_taken(ledger: Ledger) -> None:
    def then(_conn: Connection, _changed: Collection[ProjectKey]) -> None:
        raise Retry("killed here")

    with pytest.raises(Retry):
        list(poll(ledger, FewPages(records=(record(said()),)), lambda: NOON, then=then))

    assert states(ledger) == []
    with ledger.read() as conn:
        assert cursors.cursor_of(conn, "osv-mal") is None


def test_a_feed_that_never_answered_is_asked_but_not_checked(ledger: Ledger) -> None:
    with pytest.raises(Retry):
        polled(ledger, FewPages(error=Retry("connection lost")))

    with ledger.read() as conn:
        assert cursors.checked(conn) == ()
    assert status(ledger).asked_at == NOON


def test_what_is_allowed_is_judged_again_when_the_entry_has_run_out(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=(record(said()),)))
    accused = states(ledger)
    allowed = allow(ledger, ENTRY, later(1))
    spared = states(ledger)
    before_the_end = polled(ledger, FewPages(), later(23))
    at_the_end = polled(ledger, FewPages(), later(24))

    assert (accused, allowed, spared) == ([State.MALICIOUS], (GHOST,), [State.ALLOWED])
    assert (before_the_end, at_the_end) == ((), (1,))
    assert states(ledger) == [State.MALICIOUS]


def test_nothing_is_judged_again_twice(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=(record(said()),)))
    allow(ledger, ENTRY, later(1))

    first = reconsider_ran_out(ledger, later(25))
    second = reconsider_ran_out(ledger, later(26))

    assert (first, second) == ((GHOST,), ())


def test_an_entry_that_is_taken_back_ends_at_once(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=(record(said()),)))
    allow(ledger, ENTRY, later(1))

    changed = allow(ledger, replace(ENTRY, expires_at=later(2)), later(2))

    assert changed == (GHOST,)
    assert states(ledger) == [State.MALICIOUS]
    with ledger.read() as conn:
        (entry,) = allowances.entries(conn)
    assert not entry.stands(later(2))
    assert entry.stands(later(2) - timedelta(seconds=1))


def test_a_second_word_on_a_subject_replaces_the_first(ledger: Ledger) -> None:
    allow(ledger, ENTRY, NOON)

    allow(ledger, replace(ENTRY, reason="looked at again", expires_at=later(48)), later(1))

    with ledger.read() as conn:
        (entry,) = allowances.entries(conn)
    assert (entry.reason, entry.expires_at) == ("looked at again", later(48))


def test_a_feed_with_a_cursor_alone_is_known(ledger: Ledger) -> None:
    with ledger.write() as conn:
        cursors.save_cursor(conn, "osv-mal", "1", NOON)
        known = conn.execute(feed_poll.select()).all()

    one = status(ledger)
    assert known == []
    assert (one.feed, one.cursor_at, one.held_back) == ("osv-mal", NOON, 0)
