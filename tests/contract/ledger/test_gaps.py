from __future__ import annotations

from crawler.model import Outcome, Visit
from tests.contract.ledger.samples import NOON, later, repository
from workers.ledger import frontier, gaps, visits, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import Kind, WorkItem


def test_work_that_a_host_put_off_is_said_once_per_host_and_kind(ledger: Ledger) -> None:
    items = [
        WorkItem(kind=Kind.VISIT, key=key, host="git.example", due_at=NOON) for key in ("1", "2")
    ]
    with ledger.write() as conn:
        work.offer(conn, items, NOON)
        before = (gaps.noted(conn), gaps.unfinished(conn))
        for one in work.lease(conn, Kind.VISIT, 2, 60, NOON):
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
