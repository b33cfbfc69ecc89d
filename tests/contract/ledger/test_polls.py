"""How polls end, what is kept of it, and that what was allowed until now is judged again."""

from __future__ import annotations

import csv
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast
from xml.parsers.expat import ExpatError

import pytest
import yaml
from sqlalchemy import Connection
from structlog.testing import capture_logs

from crawler.errors import ConfigurationError, Defer, FeedError, Retry, StoreError
from crawler.model import ProjectKey, Record, Subject, VerdictState
from feeds.interface import FeedPage, PollRequest
from tests.contract.ledger.samples import GHOST, NOON, later, record, said
from tests.servers.leasing import lease
from workers.ledger import allowances, current_assertions, cursors, verdicts, work
from workers.ledger.allowances import Allowance
from workers.ledger.ledger import Ledger
from workers.ledger.tables import feed_poll
from workers.ledger.work_items import WorkItem, WorkKind
from workers.steps.poll import poll
from workers.steps.reconsidering import allow, reconsider_outdated

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
    error: Exception | None = None
    name: str = "osv-mal"
    pages_more: int = 0
    """Behind the first page; none of them is a place to go on from."""

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        del request
        if self.records:
            yield FeedPage(records=self.records, cursor="1")
        for number in range(self.pages_more):
            yield FeedPage(records=(), cursor=f"{number + 2}", is_resumed=False)
        if self.error is not None:
            raise self.error


def polled(ledger: Ledger, feed: FewPages, now: datetime = NOON) -> tuple[int, ...]:
    return tuple(len(learned.projects) for learned in poll(ledger, feed, lambda: now))


def status(ledger: Ledger) -> cursors.FeedPoll:
    with ledger.read() as conn:
        (one,) = cursors.polls(conn)
    return one


def states(ledger: Ledger) -> list[VerdictState]:
    with ledger.read() as conn:
        return [v.state for v in verdicts.of_project(conn, GHOST)]


def test_an_answer_without_news_is_an_answer_and_leaves_the_cursor(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=(record(said()),)))
    polled(ledger, FewPages(), later(3))

    one = status(ledger)
    assert (one.answered_at, one.cursor_at, one.news_at) == (later(3), NOON, NOON)
    assert (one.records, one.held_back, one.problem) == (1, 0, None)


def test_a_cursor_is_saved_at_the_pages_only_from_which_a_poll_goes_on(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=(record(said()),), pages_more=2))

    with ledger.read() as conn:
        assert cursors.cursor_of(conn, "osv-mal") == "1"


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


UNFORESEEN = (
    lzma.LZMAError("Corrupt input data"),
    zlib.error("incorrect header check"),
    zipfile.BadZipFile("Bad CRC-32"),
    struct.error("unpack requires a buffer of 8 bytes"),
    UnicodeDecodeError("utf-8", b"MAL-\xff", 4, 5, "invalid start byte"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    ValueError("Exceeds the limit (4300 digits) for integer string conversion"),
    OverflowError("date value out of range"),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    KeyError("affected"),
    TypeError("'NoneType' object is not iterable"),
    AttributeError("'list' object has no attribute 'get'"),
    IndexError("list index out of range"),
    ExpatError("no element found"),
    yaml.YAMLError("while scanning"),
    tarfile.ReadError("truncated header"),
    gzip.BadGzipFile("Not a gzipped file"),
    EOFError("ended before the end-of-stream marker"),
    OSError("No space left on device"),
    csv.Error("field larger than field limit"),
    ZeroDivisionError("a bug of ours"),
    AssertionError(),
)


@pytest.mark.parametrize("error", UNFORESEEN, ids=lambda e: type(e).__name__)
def test_whatever_a_feed_trips_over_is_an_error_of_that_feed_and_is_logged(
    ledger: Ledger, error: Exception
) -> None:
    polled(ledger, FewPages(records=(record(said()),)))

    with capture_logs() as logs, pytest.raises(FeedError) as caught:
        polled(ledger, FewPages(error=error), later(1))

    kind = type(error).__name__
    assert str(caught.value).startswith(f"osv-mal: cannot decode the feed ({kind}")
    assert caught.value.__cause__ is error
    assert [(log["event"], log["feed"], log.get("exc_info")) for log in logs] == [
        ("feed_failed", "osv-mal", True),
        ("poll", "osv-mal", None),
    ]
    one = status(ledger)
    assert (one.records, one.answered_at, one.asked_at, one.held_back) == (1, NOON, later(1), 1)
    assert (one.problem or "").startswith(f"cannot decode the feed ({kind}")
    with ledger.read() as conn:
        assert cursors.cursor_of(conn, "osv-mal") == "1"


def test_what_a_stranger_made_an_exception_say_is_quoted_short_and_in_ascii(ledger: Ledger) -> None:
    hostile = ValueError("\x1b[2J\ud800" + "x" * 10_000)

    with capture_logs(), pytest.raises(FeedError) as caught:
        polled(ledger, FewPages(error=hostile))

    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_a_page_that_cannot_be_kept_is_an_error_of_its_feed_and_leaves_no_trace(
    ledger: Ledger,
) -> None:
    without_date = replace(said(), observed_at=cast("datetime", "yesterday"))

    with capture_logs(), pytest.raises(FeedError, match="cannot decode the feed"):
        polled(ledger, FewPages(records=(record(without_date),)))

    assert states(ledger) == []
    assert (status(ledger).records, status(ledger).cursor_at) == (0, None)


def test_a_token_that_is_refused_is_kept_as_the_problem_of_its_feed(ledger: Ledger) -> None:
    with pytest.raises(ConfigurationError):
        polled(ledger, FewPages(error=ConfigurationError("set a valid token")))

    assert (status(ledger).problem, status(ledger).held_back) == ("set a valid token", 0)


def test_a_fault_of_the_database_is_none_of_the_feed(ledger: Ledger) -> None:
    with pytest.raises(StoreError):
        polled(ledger, FewPages(error=StoreError("the database failed")))

    with ledger.read() as conn:
        assert cursors.polls(conn) == ()


TWENTY = tuple(
    record(said(record_id=f"MAL-{n}", version=f"{n}.0"), record_id=f"MAL-{n}") for n in range(20)
)


def reset(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assert cursors.forget(conn, "osv-mal")


def accused(ledger: Ledger) -> set[str]:
    with ledger.read() as conn:
        return set(current_assertions.accusing(conn, "osv-mal"))


def cursor(ledger: Ledger) -> str | None:
    with ledger.read() as conn:
        return cursors.cursor_of(conn, "osv-mal")


def test_a_poll_after_a_reset_takes_back_what_is_not_said_again(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=TWENTY))
    reset(ledger)
    between = (accused(ledger), cursor(ledger))

    changed = polled(ledger, FewPages(records=TWENTY[1:]), later(1))

    assert between == ({f"MAL-{n}" for n in range(20)}, None)
    assert changed == (0, 1)
    assert accused(ledger) == {f"MAL-{n}" for n in range(1, 20)}
    assert cursor(ledger) == "1"
    assert sorted(states(ledger)) == [VerdictState.MALICIOUS] * 19 + [VerdictState.WITHDRAWN]


def test_a_poll_after_a_reset_in_which_much_is_missing_waits_for_a_person(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=TWENTY))
    reset(ledger)
    less = FewPages(records=TWENTY[3:])

    with pytest.raises(FeedError, match="what it accuses of shrank from 20 to 17"):
        polled(ledger, less, later(1))
    held_back = (len(accused(ledger)), cursor(ledger))
    deque(poll(ledger, less, lambda: later(2), accept_change=True), maxlen=0)

    assert held_back == (20, None)
    assert (len(accused(ledger)), cursor(ledger)) == (17, "1")


@pytest.mark.parametrize("error", [Retry("connection lost"), KeyError("a bug")])
def test_a_poll_after_a_reset_that_breaks_off_begins_again(
    ledger: Ledger, error: Exception
) -> None:
    polled(ledger, FewPages(records=TWENTY))
    reset(ledger)

    with capture_logs(), pytest.raises((Retry, FeedError)):
        polled(ledger, FewPages(records=TWENTY[2:], error=error), later(1))

    assert (len(accused(ledger)), cursor(ledger)) == (20, None)


def test_a_first_poll_keeps_the_cursor_of_each_page(ledger: Ledger) -> None:
    with pytest.raises(Retry):
        polled(ledger, FewPages(records=TWENTY, error=Retry("connection lost")))

    assert cursor(ledger) == "1"


def test_a_feed_that_was_never_polled_has_nothing_to_forget(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assert not cursors.forget(conn, "osv-mal")


def test_the_feeds_that_failed_in_a_run_are_named(ledger: Ledger) -> None:
    for name, error, hour in (("a", None, 3), ("b", Retry("lost"), 3), ("c", Retry("lost"), 1)):
        with suppress(Retry):
            polled(ledger, FewPages(error=error, name=name), later(hour))

    with ledger.read() as conn:
        assert cursors.failed_since(conn, later(2)) == ("b",)


def test_what_a_page_calls_for_is_due_although_the_poll_ends_after_it(ledger: Ledger) -> None:
    broken = FewPages(records=(record(said()),), error=Defer(60, "asked to wait"))

    def then(conn: Connection, changed: Collection[ProjectKey]) -> None:
        found = [WorkItem(kind=WorkKind.SEARCH, key=key.name, due_at=NOON) for key in changed]
        work.offer(conn, found, NOON)

    with pytest.raises(Defer):
        list(poll(ledger, broken, lambda: NOON, then=then))

    with ledger.write() as conn:
        assert [item.key for item in lease(conn, WorkKind.SEARCH, 9, NOON)] == [GHOST.name]


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

    assert (accused, allowed, spared) == (
        [VerdictState.MALICIOUS],
        (GHOST,),
        [VerdictState.ALLOWED],
    )
    assert (before_the_end, at_the_end) == ((), (1,))
    assert states(ledger) == [VerdictState.MALICIOUS]


def test_nothing_is_judged_again_twice(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=(record(said()),)))
    allow(ledger, ENTRY, later(1))

    first = reconsider_outdated(ledger, later(25))
    second = reconsider_outdated(ledger, later(26))

    assert (first, second) == ((GHOST,), ())


def test_an_entry_that_is_taken_back_ends_at_once(ledger: Ledger) -> None:
    polled(ledger, FewPages(records=(record(said()),)))
    allow(ledger, ENTRY, later(1))

    changed = allow(ledger, replace(ENTRY, expires_at=later(2)), later(2))

    assert changed == (GHOST,)
    assert states(ledger) == [VerdictState.MALICIOUS]
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
