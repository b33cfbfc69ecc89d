from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.model import Head, Outcome, Refs, Skipped, Visit
from tests.contract.ledger.samples import NOON, later, repository, sighting
from tests.servers.leasing import lease
from workers.ledger import coverage, days, frontier, gaps, visits, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkItem, WorkKind

MAIN = Head(ref="refs/heads/main", commit="c" * 40, is_default=True)
OTHER = Head(ref="refs/heads/other", commit="d" * 40)


def item(kind: WorkKind, key: str, hours: float = 0) -> WorkItem:
    return WorkItem(kind=kind, key=key, host="git.example", due_at=later(hours))


def test_a_host_is_covered_as_its_repositories_are(ledger: Ledger) -> None:
    with ledger.write() as conn:
        one, two, gone, new = frontier.save(
            conn, [repository(f"acme/{n}", str(n)) for n in range(4)], NOON
        )
        read = Visit(repository=repository(), outcome=Outcome.VISITED, heads=(MAIN,))
        both = Visit(
            repository=repository(),
            outcome=Outcome.VISITED,
            heads=(MAIN, OTHER),
            refs=Refs.BRANCHES,
            root_only=True,
        )
        visits.record_visit(conn, one, read, NOON)
        visits.record_visit(conn, two, both, NOON)
        visits.record_visit(conn, gone, Visit(repository=repository(), outcome=Outcome.GONE), NOON)
        visit = [item(WorkKind.VISIT, str(one), 9), item(WorkKind.VISIT, str(new))]
        work.offer(conn, [*visit, item(WorkKind.SEARCH, "git.example|file|uv.lock")], NOON)

        (known,) = coverage.of_hosts(conn, later(1))

    assert (known.host, known.found, known.visited) == ("git.example", 4, 3)
    assert known.outcomes == {Outcome.VISITED: 2, Outcome.GONE: 1}
    assert (known.due, known.later, known.disabled) == (2, 1, 1)
    assert (known.at_root, known.refs) == (1, {Refs.DEFAULT: 1, Refs.BRANCHES: 1})
    assert (known.searched, known.listed) == (True, False)


def test_reasons_that_differ_by_their_numbers_are_counted_together(ledger: Ledger) -> None:
    with ledger.write() as conn:
        ids = frontier.save(conn, [repository(f"acme/{n}", str(n)) for n in range(3)], NOON)
        for number, saved in enumerate(ids):
            lost = Skipped(context="uv.lock", reason=f"larger than {number + 20} MiB")
            seen = Visit(
                repository=repository(), outcome=Outcome.VISITED, heads=(MAIN,), skipped=(lost,)
            )
            visits.record_visit(conn, saved, seen, NOON)
        key = "git.example|file|uv.lock"
        capped = Skipped(context=key, reason="cut off at 1,000 hits")
        gaps.note(conn, WorkKind.SEARCH, key, [capped], NOON)

        reasons = coverage.why_not(conn)

    assert [(one.host, one.times, one.reason) for one in reasons] == [
        ("git.example", 3, "larger than N MiB"),
        ("git.example", 1, "search: cut off at N hits"),
    ]


def test_work_that_waits_says_what_it_waits_for(ledger: Ledger) -> None:
    with ledger.write() as conn:
        work.offer(conn, [item(WorkKind.VISIT, "1")], NOON)
        (leased,) = lease(conn, WorkKind.VISIT, 1, NOON)
        work.postpone(conn, leased.id, leased.fence, later(1), "git.example asks to wait")

        (why,) = coverage.why_not(conn)

    assert (why.host, why.reason) == ("git.example", "visit: waits: git.example asks to wait")


def test_visits_are_counted_by_day_and_host(ledger: Ledger) -> None:
    read = Visit(
        repository=repository(),
        outcome=Outcome.VISITED,
        heads=(MAIN,),
        sightings=(sighting("1" * 40),),
    )
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, read, NOON)
        visits.record_visit(conn, saved, read, later(1))
        visits.record_visit(
            conn, saved, Visit(repository=repository(), outcome=Outcome.GONE), later(24)
        )

        known = days.days(conn, NOON - timedelta(days=1))
        recent = days.days(conn, later(2))

    assert [(d.day, d.host, d.visits, d.eventful, d.failed) for d in known] == [
        ("2026-03-01", "git.example", 2, 1, 0),
        ("2026-03-02", "git.example", 1, 0, 1),
    ]
    assert [day.day for day in recent] == ["2026-03-02"]


def test_a_day_ends_at_midnight_utc_and_what_follows_a_moment_is_later_than_it(
    ledger: Ledger,
) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    unchanged = Visit(repository=repository(), outcome=Outcome.UNCHANGED)
    empty = Visit(repository=repository(), outcome=Outcome.EMPTY)
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, unchanged, midnight - timedelta(microseconds=1))
        visits.record_visit(conn, saved, empty, midnight)

        known = days.days(conn, NOON)
        after = days.days(conn, midnight)

    assert [(d.day, d.visits, d.failed) for d in known] == [
        ("2026-03-01", 1, 0),
        ("2026-03-02", 1, 0),
    ]
    assert after == ()
