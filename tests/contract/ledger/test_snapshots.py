"""What one ledger has learned goes into another, and what that one knows later stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from crawler.errors import FeedError
from crawler.model import Claim, Ecosystem, ProjectKey, Record, Subject, VerdictState
from feeds.interface import FeedPage, PollRequest
from tests.contract.ledger.samples import GHOST, NOON, later, record, said
from tests.servers.leasing import lease
from tests.servers.ledgers import new_ledger
from workers.ledger import current_assertions, cursors, verdicts
from workers.ledger.allowances import Allowance
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkKind
from workers.snapshot.content import SnapshotContent, pack
from workers.snapshot.exporting import Taken
from workers.snapshot.importing import Imported, take_in
from workers.steps.poll import poll
from workers.steps.reconsidering import allow

OTHER = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/other")


@dataclass
class Feed:
    """A feed that says what it is given."""

    name: str = "osv-mal"
    records: Sequence[Record] = ()
    cursor: str = "1"
    error: Exception | None = None
    asked: list[str | None] = field(default_factory=list)

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        self.asked.append(request.cursor)
        named = (
            replace(each, assertions=tuple(replace(a, feed=self.name) for a in each.assertions))
            for each in self.records
        )
        yield FeedPage(records=tuple(named), cursor=self.cursor)
        if self.error is not None:
            raise self.error


def accused(*numbers: int, **changed: object) -> tuple[Record, ...]:
    """Return records MAL-<number> that accuse version <number>.0 of the ghost."""
    return tuple(
        record(
            replace(said(record_id=f"MAL-{n}", version=f"{n}.0"), **changed),  # type: ignore[arg-type]
            record_id=f"MAL-{n}",
        )
        for n in numbers
    )


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Ledger]:
    """The ledger of a machine that polls; its database does not matter."""
    opened = new_ledger(tmp_path / "there.db")
    yield opened
    opened.close()


def polled(ledger: Ledger, feed: Feed, at: datetime = NOON) -> None:
    for _ in poll(ledger, feed, lambda: at):
        pass


def exported(ledger: Ledger, at: datetime = NOON) -> bytes:
    with ledger.read() as conn:
        taken = Taken(conn, at)
        return pack(taken.heading, taken.records())


def imported(
    ledger: Ledger, payload: bytes, at: datetime = NOON, *, accept: bool = False
) -> Imported:
    return take_in(ledger, SnapshotContent(payload), at, frozenset(), accept_change=accept)


def moved(there: Ledger, here: Ledger, at: datetime = NOON, *, accept: bool = False) -> list[str]:
    """Take a snapshot of one ledger into another; return the feeds that were taken."""
    found = imported(here, exported(there, at), at, accept=accept)
    return [state.feed for state in found.taken]


def states(ledger: Ledger) -> dict[str | None, VerdictState]:
    with ledger.read() as conn:
        return {v.subject.version: v.state for v in verdicts.of_project(conn, GHOST)}


def feeds(ledger: Ledger) -> dict[str, cursors.FeedPoll]:
    with ledger.read() as conn:
        return {one.feed: one for one in cursors.polls(conn)}


def rows(ledger: Ledger) -> tuple[object, ...]:
    with ledger.read() as conn:
        said_now = dict(current_assertions.of_projects(conn, [GHOST, OTHER]))
        return (said_now, cursors.polls(conn), verdicts.of_project(conn, GHOST))


def test_the_same_is_said_judged_and_due(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1, 2)))
    polled(there, Feed(name="pypi-status", records=[record(said(Claim.REMOVED, version=None))]))

    found = imported(ledger, exported(there))

    assert rows(ledger) == rows(there)
    assert found.projects == (GHOST,)
    with ledger.write() as conn:
        assert [i.key for i in lease(conn, WorkKind.HUNT, 9, NOON)] == ["pypi/zz-ghost"]


def test_a_range_of_versions_goes_into_another_ledger(there: Ledger, ledger: Ledger) -> None:
    stated = "vers:pypi/>=1.0|<2.0"
    polled(there, Feed(records=[record(said(version=stated))]))

    moved(there, ledger)

    assert states(ledger) == {stated: VerdictState.MALICIOUS}


@pytest.mark.parametrize(
    "stated",
    [
        "vers:pypi/>=0",
        "vers:npm/>=1.0.0|<2.0.0",
        "vers:pypi/<2.0",
        "vers:pypi/>=2.0|<1.0",
        "vers:pypi/*",
        "vers:pypi/",
        "vers:",
        "vers:pypi/>=1.0|<" + "9" * 2_000,
    ],
)
def test_a_range_that_nobody_would_write_is_left_out(
    there: Ledger, ledger: Ledger, stated: str
) -> None:
    polled(there, Feed(records=[record(said(version=stated)), *accused(2)]))

    moved(there, ledger)

    assert set(states(ledger)) == {"2.0"}


def test_a_feed_is_as_old_here_as_it_is_there(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1)))
    with pytest.raises(FeedError):
        polled(there, Feed(name="kam193", error=FeedError("torn")), later(1))

    moved(there, ledger, later(30))

    known = feeds(ledger)
    assert known["osv-mal"].answered_at == NOON
    assert (known["kam193"].answered_at, known["kam193"].asked_at) == (None, later(1))


def test_a_feed_goes_on_where_it_was_left_there(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1), cursor="serial 7"))
    moved(there, ledger)
    feed = Feed(records=accused(2))

    polled(ledger, feed, later(1))

    assert feed.asked == ["serial 7"]
    assert states(ledger) == {"1.0": VerdictState.MALICIOUS, "2.0": VerdictState.MALICIOUS}


def test_the_same_snapshot_twice_changes_nothing(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1, 2)))
    payload = exported(there)
    imported(ledger, payload)
    before = rows(ledger)

    again = imported(ledger, payload, later(5))

    assert (again.taken, again.projects) == ((), ())
    assert [state.feed for state in again.kept] == ["osv-mal"]
    assert rows(ledger) == before


def test_a_feed_that_was_heard_here_later_is_left_alone(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1, 2)))
    polled(there, Feed(name="kam193", records=accused(3)), later(2))
    polled(ledger, Feed(records=accused(2), cursor="ours"), later(1))

    taken = moved(there, ledger, later(3))

    assert taken == ["kam193"]
    assert states(ledger) == {"2.0": VerdictState.MALICIOUS, "3.0": VerdictState.MALICIOUS}
    assert feeds(ledger)["osv-mal"].answered_at == later(1)


def test_a_page_that_was_taken_here_later_is_left_alone(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1)))
    with pytest.raises(FeedError):
        polled(ledger, Feed(records=accused(2), error=FeedError("torn")), later(1))

    assert moved(there, ledger, later(2)) == []


def test_pages_of_a_poll_that_did_not_end_there_are_taken(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1)))
    moved(there, ledger)
    with pytest.raises(FeedError):
        polled(there, Feed(records=accused(2), error=FeedError("torn")), later(1))

    taken = moved(there, ledger, later(2))

    assert taken == ["osv-mal"]
    assert states(ledger) == {"1.0": VerdictState.MALICIOUS, "2.0": VerdictState.MALICIOUS}
    assert feeds(ledger)["osv-mal"].answered_at == NOON


def test_a_statement_that_is_newer_here_outlives_a_later_snapshot(
    there: Ledger, ledger: Ledger
) -> None:
    polled(there, Feed(records=accused(1)), later(5))
    withdrawn = accused(1, observed_at=later(1), retracted_at=later(1))
    polled(ledger, Feed(records=withdrawn), later(2))

    taken = moved(there, ledger, later(6))

    assert taken == ["osv-mal"]
    assert states(ledger) == {"1.0": VerdictState.WITHDRAWN}


def test_a_withdrawal_comes_with_the_next_snapshot(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1, 2)))
    moved(there, ledger)
    polled(there, Feed(records=accused(1, observed_at=later(1), retracted_at=later(1))), later(1))

    moved(there, ledger, later(2))

    assert states(ledger) == {"1.0": VerdictState.WITHDRAWN, "2.0": VerdictState.MALICIOUS}


def test_what_vanished_there_is_taken_back_here(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1, 2)))
    moved(there, ledger)
    polled(there, Feed(records=[Record(id="MAL-1", assertions=())]), later(1))

    moved(there, ledger, later(2))

    assert states(ledger) == {"1.0": VerdictState.WITHDRAWN, "2.0": VerdictState.MALICIOUS}


def test_what_another_poller_does_not_accuse_is_taken_back(there: Ledger, ledger: Ledger) -> None:
    polled(ledger, Feed(records=accused(*range(20))))
    polled(there, Feed(records=accused(*range(1, 20))), later(1))

    moved(there, ledger, later(2))

    found = states(ledger)
    assert found.pop("0.0") is VerdictState.WITHDRAWN
    assert set(found.values()) == {VerdictState.MALICIOUS}


def test_a_snapshot_that_lacks_or_adds_much_waits_for_a_person(
    there: Ledger, ledger: Ledger
) -> None:
    polled(ledger, Feed(records=accused(*range(20))))
    polled(ledger, Feed(name="kam193", records=accused(200)))
    polled(there, Feed(records=accused(*range(5, 20))), later(1))
    polled(there, Feed(name="kam193", records=accused(200, 201)), later(1))
    before = rows(ledger)

    with pytest.raises(FeedError, match="shrank from 20 to 15; nothing was changed"):
        moved(there, ledger, later(2))
    held_back = rows(ledger)
    moved(there, ledger, later(2), accept=True)

    assert held_back == before
    assert len([s for s in states(ledger).values() if s is VerdictState.MALICIOUS]) == 17


def test_a_flood_of_accusations_waits_for_a_person(there: Ledger, ledger: Ledger) -> None:
    polled(ledger, Feed(records=accused(*range(20))))
    polled(there, Feed(records=accused(*range(130))), later(1))

    with pytest.raises(FeedError, match="110 new records at once"):
        moved(there, ledger, later(2))

    assert len(states(ledger)) == 20


def test_a_first_snapshot_is_believed_whatever_its_size(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(*range(130))))

    moved(there, ledger)

    assert len(states(ledger)) == 130


def test_whoever_reads_a_snapshot_judges_for_himself(there: Ledger, ledger: Ledger) -> None:
    ours = Allowance(
        subject=Subject(project=GHOST, version="1.0"),
        reason="a test of our own",
        since=NOON,
        expires_at=later(99),
    )
    theirs = replace(ours, subject=Subject(project=GHOST, version="2.0"), reason="their own")
    allow(ledger, ours, NOON)
    allow(there, theirs, NOON)
    polled(there, Feed(records=accused(1, 2)))

    payload = exported(there)
    imported(ledger, payload)

    assert states(ledger) == {"1.0": VerdictState.ALLOWED, "2.0": VerdictState.MALICIOUS}
    assert "allow-list" not in {state.feed for state in SnapshotContent(payload).heading.feeds}


def test_feeds_of_files_stay_where_they_are(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(name="file:/srv/analyst/own.jsonl", records=accused(1)))
    polled(there, Feed(name="misp:events", records=accused(2)))
    polled(there, Feed(records=accused(3)))

    moved(there, ledger)

    assert states(ledger) == {"3.0": VerdictState.MALICIOUS}
    with there.read() as conn:
        assert Taken(conn, NOON).imported == ("file:/srv/analyst/own.jsonl", "misp:events")


def test_of_the_journal_goes_along_what_is_about_the_accused(there: Ledger, ledger: Ledger) -> None:
    born = replace(said(Claim.CREATED, version=None, record_id="7"), sequence=(7, 0))
    other = replace(
        said(Claim.CREATED, project=OTHER, version=None, record_id="8"), sequence=(8, 0)
    )
    both = (record(born, record_id="7"), record(other, record_id="8"))
    polled(there, Feed(name="pypi-journal", records=both))
    polled(there, Feed(records=accused(1)))

    payload = exported(there)
    imported(ledger, payload)

    assert SnapshotContent(payload).heading.left_out == 1
    with ledger.read() as conn:
        assert current_assertions.record_ids(conn, "pypi-journal") == ("7",)
        ((_, told),) = current_assertions.of_projects(conn, [GHOST])
    assert {a.sequence for a in told} == {(7, 0), ()}


def test_a_snapshot_with_less_than_it_says_changes_nothing(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1, 2)))
    with there.read() as conn:
        taken = Taken(conn, NOON)
        cut = pack(taken.heading, list(taken.records())[:1])

    with pytest.raises(FeedError, match="1 readable records instead of 2; nothing was changed"):
        imported(ledger, cut)

    assert (states(ledger), feeds(ledger)) == ({}, {})


def test_a_snapshot_of_the_future_changes_nothing(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1)), later(48))

    with pytest.raises(FeedError, match="is the clock of this machine right"):
        imported(ledger, exported(there, later(48)), NOON)

    assert feeds(ledger) == {}


def test_nothing_was_heard_in_the_future(there: Ledger, ledger: Ledger) -> None:
    polled(there, Feed(records=accused(1)), later(5))

    imported(ledger, exported(there, later(5)), NOON)

    assert feeds(ledger)["osv-mal"].answered_at == NOON


def test_a_feed_that_was_reset_there_is_taken_where_it_was_never_heard(
    there: Ledger, ledger: Ledger
) -> None:
    polled(there, Feed(records=accused(1)))
    with there.write() as conn:
        cursors.forget(conn, "osv-mal")

    first, second = moved(there, ledger), moved(there, ledger)

    assert (first, second) == (["osv-mal"], ["osv-mal"])
    assert states(ledger) == {"1.0": VerdictState.MALICIOUS}
    assert feeds(ledger) == {}
