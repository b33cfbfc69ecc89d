from __future__ import annotations

from dataclasses import replace

from crawler.model import Skipped
from tests.contract.ledger.samples import NOON, finding, later, repository
from tests.servers.leasing import lease
from workers.ledger import coverage, findings, frontier, gaps, pivots, work
from workers.ledger.ledger import Ledger
from workers.ledger.pivots import Pivot, Relation
from workers.ledger.work_items import WorkItem, WorkKind


def pivot(repository_id: int, **changed: object) -> Pivot:
    one = Pivot(
        finding="f1",
        repository_id=repository_id,
        kind=Relation.FORK,
        host="git.example",
        run_id="run-1",
        asked_at=NOON,
        found=9,
        kept=2,
        bounded=True,
    )
    return replace(one, **changed)  # type: ignore[arg-type]


def begun(ledger: Ledger) -> tuple[int, int, int]:
    """Save a repository with a finding, and two that a pivot finds."""
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)
        named = [repository("acme/app", "7"), repository("bo/app", "8"), repository("cy/app", "9")]
        first, second, third = frontier.save(conn, named, NOON)
    return first, second, third


def page_of_list(cursor: str) -> WorkItem:
    return WorkItem(
        kind=WorkKind.LIST, key=f"git.example|{cursor}", host="git.example", due_at=later(0)
    )


def test_a_repository_keeps_the_pivot_that_found_it_first(ledger: Ledger) -> None:
    origin, second, third = begun(ledger)
    one, other = pivot(origin), pivot(origin, kind=Relation.OWNER, kept=1, bounded=False)

    with ledger.write() as conn:
        pivots.record(conn, one, [second, third])
        pivots.record(conn, other, [third])

    with ledger.read() as conn:
        assert pivots.found_by(conn, [origin, second, third]) == {second: one, third: one}
        assert pivots.per_host(conn) == {"git.example": 2}
        assert [c.pivoted for c in coverage.of_hosts(conn, NOON)] == [2]


def test_the_repositories_of_a_run_are_counted_over_all_its_pivots(ledger: Ledger) -> None:
    origin, _, _ = begun(ledger)

    with ledger.write() as conn:
        pivots.in_line(conn)
        before = pivots.kept_in_run(conn, "run-1")
        pivots.record(conn, pivot(origin, kept=30), [])
        pivots.record(conn, pivot(origin, kind=Relation.OWNER, kept=4), [])
        pivots.record(conn, pivot(origin, run_id="run-2", kept=5), [])

        assert before == 0
        assert pivots.kept_in_run(conn, "run-1") == 34
        assert pivots.kept_in_run(conn, "run-2") == 5


def test_only_what_was_asked_of_late_counts_as_asked(ledger: Ledger) -> None:
    origin, second, _ = begun(ledger)
    with ledger.write() as conn:
        pivots.record(conn, pivot(origin), [])
        pivots.record(conn, pivot(origin, kind=Relation.OWNER, asked_at=later(5)), [])

        assert pivots.kinds_asked_since(conn, origin, later(-1)) == {Relation.FORK, Relation.OWNER}
        assert pivots.kinds_asked_since(conn, origin, later(1)) == {Relation.OWNER}
        assert pivots.kinds_asked_since(conn, second, later(-1)) == frozenset()


def test_what_is_known_by_number_or_by_path_is_not_unknown(ledger: Ledger) -> None:
    with ledger.write() as conn:
        nameless = repository("dee/app", None)
        frontier.save(conn, [repository("acme/app", "7"), nameless], NOON)

        fresh = pivots.unknown(
            conn,
            [
                repository("acme/renamed", "7"),
                repository("acme/app", None),
                repository("dee/app", "12"),
                repository("acme/app", "13"),
                repository("eve/new", "14"),
                repository("eve/new", "14"),
                replace(repository("acme/app", "7"), host="forge.example"),
            ],
        )

    assert [(one.host, one.path, one.native_id) for one in fresh] == [
        ("git.example", "acme/app", "13"),  # another repository of a name that was taken before
        ("git.example", "eve/new", "14"),
        ("forge.example", "acme/app", "7"),
    ]


def test_a_host_is_listed_when_its_last_page_was_asked_of_late(ledger: Ledger) -> None:
    with ledger.write() as conn:
        never = pivots.is_listed_since(conn, "git.example", later(-1))
        work.offer(conn, [page_of_list(""), page_of_list("2")], NOON)
        first, second = lease(conn, WorkKind.LIST, 2, NOON)
        work.finish(conn, first.id, first.fence, NOON)
        halfway = pivots.is_listed_since(conn, "git.example", later(-1))
        work.finish(conn, second.id, second.fence, later(1))

        assert (never, halfway) == (False, False)
        assert pivots.is_listed_since(conn, "git.example", later(-1))
        assert not pivots.is_listed_since(conn, "git.example", later(2))
        assert not pivots.is_listed_since(conn, "forge.example", later(-1))

        gap = Skipped(context="", reason="the host answered 403")
        gaps.note(conn, WorkKind.LIST, second.key, [gap], later(1))
        assert not pivots.is_listed_since(conn, "git.example", later(-1))


def test_what_a_pivot_left_out_is_said_of_its_host(ledger: Ledger) -> None:
    key = "git.example|7|fork"
    with ledger.write() as conn:
        gaps.note(conn, WorkKind.PIVOT, key, [Skipped(context=key, reason="more pages")], NOON)

        (why,) = coverage.why_not(conn)

    assert (why.host, why.reason) == ("git.example", "pivot: more pages")
