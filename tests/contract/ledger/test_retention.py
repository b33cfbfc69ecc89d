"""What need not be kept goes, and nothing that sustains a finding does."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from crawler.model import Reason, Skipped
from tests.contract.ledger.samples import (
    NOON,
    evidence,
    finding,
    later,
    lock,
    pin,
    repository,
    sighting,
    visited,
)
from tests.servers.leasing import lease
from workers.ledger import findings, frontier, gaps, locks, proofs, visits, work
from workers.ledger.ledger import Ledger
from workers.ledger.retention import Keep, excess, prune
from workers.ledger.work import turns
from workers.ledger.work_items import WorkItem, WorkKind

KEEP = Keep(
    visits=timedelta(days=90),
    finished_work=timedelta(days=30),
    gaps=timedelta(days=180),
    gone_sightings=timedelta(days=365),
)
DAY = 24


def pruned(ledger: Ledger, days: float) -> dict[str, int]:
    with ledger.read() as conn:
        before = {one.table: one.rows for one in excess(conn, KEEP, later(days * DAY))}
    removed = dict(prune(ledger, KEEP, later(days * DAY)))
    assert before.items() <= removed.items()
    return removed


def test_old_visits_go_but_the_last_twenty_of_each_repository(ledger: Ledger) -> None:
    with ledger.write() as conn:
        (often,) = frontier.save(conn, [repository("acme/app")], NOON)
        (seldom,) = frontier.save(conn, [repository("acme/web", "8")], NOON)
        for hours in range(25):
            visits.record_visit(conn, often, visited(repository("acme/app")), later(hours))
        visits.record_visit(conn, seldom, visited(repository("acme/web", "8")), NOON)

    kept, removed = pruned(ledger, 89), pruned(ledger, 200)

    assert (kept, removed) == ({}, {"visit": 5})
    with ledger.read() as conn:
        assert visits.history(conn, often, 99)[-1].visited_at == later(5)
        assert len(visits.history(conn, seldom)) == 1


def test_finished_work_goes_and_open_or_given_up_work_stays(ledger: Ledger) -> None:
    items = [WorkItem(kind=WorkKind.HUNT, key=key, due_at=NOON) for key in ("1", "2", "3")]
    with ledger.write() as conn:
        work.offer(conn, items, NOON)
        first, second = lease(conn, WorkKind.HUNT, 2, NOON)
        work.finish(conn, first.id, first.fence, NOON)
    with ledger.write() as conn:
        for attempt in range(3):
            work.lost(conn, second.id, second.fence, "killed", NOON)
            second = lease(conn, WorkKind.HUNT, 1, later(attempt))[0]

    kept, removed = pruned(ledger, 29), pruned(ledger, 31)

    assert (kept, removed) == ({}, {"work": 1})
    with ledger.read() as conn:
        now = turns.standing(conn, NOON)
    assert (now.open, now.done, now.dead) == (1, 0, 1)


def test_old_gaps_go(ledger: Ledger) -> None:
    with ledger.write() as conn:
        gaps.note(conn, WorkKind.SEARCH, "1", [Skipped(context="a", reason="b")], NOON)
        gaps.note(conn, WorkKind.SEARCH, "2", [Skipped(context="a", reason="b")], later(DAY))

    assert pruned(ledger, 180.5) == {"gap": 1}


def test_a_lock_that_nobody_has_goes_with_its_packages_and_shared_ones_stay(
    ledger: Ledger,
) -> None:
    old, new = "1" * 40, "2" * 40
    with ledger.write() as conn:
        (here,) = frontier.save(conn, [repository()], NOON)
        locks.store_many(
            conn,
            [lock(old, pin("zz-old"), pin("zz-both")), lock(new, pin("zz-both"))],
            NOON,
            parser_version="1",
        )
        visits.record_visit(conn, here, visited(repository(), sighting(old)), NOON)
        visits.record_visit(conn, here, visited(repository(), sighting(new)), later(1))

    kept, removed = pruned(ledger, 364), pruned(ledger, 366)

    assert (kept, removed) == ({}, {"sighting": 1, "lock": 1, "block": 1})
    with ledger.read() as conn:
        counts = [
            conn.scalar(text(f"SELECT count(*) FROM {name}"))
            for name in ("lock", "block", "pin", "sighting")
        ]
        orphans = conn.scalar(
            text("SELECT count(*) FROM block_name WHERE block_id NOT IN (SELECT id FROM block)")
        )
    assert (counts, orphans) == ([1, 1, 1, 1], 0)


def test_whatever_a_finding_is_in_stays_for_ever(ledger: Ledger) -> None:
    old = "1" * 40
    with ledger.write() as conn:
        (here,) = frontier.save(conn, [repository()], NOON)
        locks.store_many(conn, [lock(old, pin())], NOON, parser_version="1")
        visits.record_visit(conn, here, visited(repository(), sighting(old)), NOON)
        findings.record(conn, [finding(oid=old)], "run", NOON)
        proofs.add_evidence(conn, "f1", evidence(), NOON)
        visits.record_visit(conn, here, visited(repository()), later(1))
        findings.retract(conn, ["f1"], Reason(code="pin-gone", text="Gone."), later(1))

    removed = pruned(ledger, 5000)

    assert removed == {}
    with ledger.read() as conn:
        assert locks.count(conn) == 1
        assert proofs.verify_chain(conn) is None


def test_the_size_of_what_would_go_is_said_before(ledger: Ledger) -> None:
    with ledger.write() as conn:
        gaps.note(conn, WorkKind.SEARCH, "1", [Skipped(context="a", reason="b" * 500)], NOON)

    with ledger.read() as conn:
        (one,) = excess(conn, KEEP, later(200 * DAY))

    assert (one.table, one.rows) == ("gap", 1)
    assert 500 < one.bytes < 700
