from __future__ import annotations

from dataclasses import replace

from crawler.model import Outcome, Skipped, Visit
from tests.contract.ledger.samples import NOON, later, lock, lock_id, repository, sighting
from tests.servers.leasing import lease
from workers.ledger import coverage, frontier, gaps, locks, visit_coverage, visits, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkItem, WorkKind


def test_work_that_a_host_put_off_is_said_once_per_host_and_kind(ledger: Ledger) -> None:
    items = [
        WorkItem(kind=WorkKind.VISIT, key=key, host="git.example", due_at=NOON)
        for key in ("1", "2")
    ]
    with ledger.write() as conn:
        work.offer(conn, items, NOON)
        before = (gaps.noted(conn), gaps.unfinished(conn))
        for one in lease(conn, WorkKind.VISIT, 2, NOON):
            work.postpone(conn, one.id, one.fence, later(one.id), "the host asks to wait")

        (said,) = gaps.noted(conn)

        assert gaps.unfinished(conn)
    assert before == ((), False)
    assert said.context == "visit git.example"
    assert said.reason == (
        f"2 put off until {later(1).isoformat(timespec='seconds')} or later: the host asks to wait"
    )


def test_a_run_is_unfinished_where_a_repository_failed_at_each_try(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [repository()], NOON)
        visits.record_visit(conn, saved, Visit(repository=repository(), outcome=Outcome.GONE), NOON)
        gone = gaps.unfinished(conn)

        failed = Visit(repository=repository(), outcome=Outcome.FAILED)
        visits.record_visit(conn, saved, failed, later(1))

        assert (gone, gaps.unfinished(conn)) == (False, True)


def visit(ledger: Ledger, path: str, *skipped: Skipped, locks_at: tuple[str, ...] = ()) -> None:
    """Visit a repository that left out `skipped`, and has a lock of one blob at each of `locks_at`."""
    one = replace(repository(path), native_id=None)
    seen = tuple(sighting("1" * 40, path=at) for at in locks_at)
    brought = Visit(repository=one, outcome=Outcome.VISITED, skipped=skipped, sightings=seen)
    with ledger.write() as conn:
        (saved,) = frontier.save(conn, [one], NOON)
        visits.record_visit(conn, saved, brought, NOON)


def test_the_decoys_of_one_repository_hide_no_lock_of_another(ledger: Ledger) -> None:
    unknown = Skipped(context="document", reason="no lock of a format that is read")
    with ledger.write() as conn:
        decoy = replace(lock("1" * 40, skipped=(unknown,)), id=lock_id("1" * 40, "by-content"))
        locks.store_many(conn, [decoy], NOON, parser_version="1")
    names = tuple(f"{n:04d}.lock" for n in range(700))
    reasons = (Skipped(context=f"{n}", reason="odd " + "x" * n) for n in range(50))
    visit(ledger, "evil/a", *reasons, locks_at=names)
    visit(ledger, "good/b", Skipped(context="app/uv.lock", reason="a symbolic link"))
    visit(ledger, "good/c", Skipped(context="good/c", reason="answered 404"))

    with ledger.read() as conn:
        left = gaps.not_looked_at(conn)

    assert [(one.place, one.times) for one in left[:3]] == [
        ("git.example/good/b", 1),
        ("git.example/evil/a", 1),
        ("git.example/good/c", 1),
    ]
    assert sum(one.times for one in left) == 700 + 50 + 1 + 1
    (decoys,) = [one for one in left if one.times == 700]
    assert (decoys.place, len(decoys.where)) == ("git.example/evil/a", 700)


def test_what_a_visit_left_out_is_counted_in_full_and_named_as_far_as_anybody_reads(
    ledger: Ledger,
) -> None:
    links = [Skipped(context=f"{n:04d}.lock", reason="a symbolic link") for n in range(3000)]
    more = Skipped(context="a.lock", reason="more than 2000 files", times=5000)

    visit(ledger, "evil/a", *links, Skipped(context="uv.lock", reason="a symbolic link"), more)

    with ledger.read() as conn:
        stored = list(visit_coverage.not_looked_at(conn))
        counted = {one.reason: one.times for one in gaps.not_looked_at(conn)}
    assert len(stored) < 300
    assert "uv.lock" in {one.path for one in stored}
    assert counted == {"a symbolic link": 3001, "more than 2000 files": 5000}


def test_a_reason_that_one_repository_gives_often_comes_behind_that_of_many(ledger: Ledger) -> None:
    visit(ledger, "evil/a", Skipped(context="x.lock", reason="more than 9 files", times=9000))
    for name in ("b", "c"):
        visit(ledger, f"good/{name}", Skipped(context="x.lock", reason="too large"))
    visit(ledger, "good/d", Skipped(context="uv.lock", reason="a symbolic link"))

    with ledger.read() as conn:
        why = coverage.why_not(conn)

    assert [(one.reason, one.times, one.repositories, one.known_lock) for one in why] == [
        ("a symbolic link", 1, 1, True),
        ("too large", 2, 2, False),
        ("more than N files", 9000, 1, False),
    ]
