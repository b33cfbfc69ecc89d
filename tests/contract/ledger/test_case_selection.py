"""Lists of cases are read by indexes, however long the log is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from crawler.model import CaseClass, CaseState, Confidence
from tests.contract.ledger.samples import NOON, finding
from tests.servers.ledgers import new_ledger
from tests.servers.many_cases import fill
from workers.clock import utc_now
from workers.ledger import case_lists, cases, findings, frontier
from workers.ledger.case_selection import CaseFilter, all_selected, slice_of
from workers.ledger.ledger import Ledger


def test_a_page_of_a_list_scans_no_log_and_sorts_no_repositories(tmp_path: Path) -> None:
    ledger, asked = new_ledger(tmp_path / "ledger.sqlite"), list[tuple[str, Any]]()
    fill(ledger, 20, utc_now())
    with ledger.read() as conn:
        event.listen(
            conn, "before_cursor_execute", lambda *words: asked.append((words[2], words[3]))
        )
        found = slice_of(conn, CaseFilter(), utc_now(), None, 5)
        statements = list(asked)
        plans = [
            row[3]
            for statement, values in statements
            for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    ledger.close()

    assert len(found.cases) == 5
    assert [line for line in plans if line.startswith("SCAN case_event")] == []
    assert [line for line in plans if line.startswith("SCAN repository")] == []


def test_a_page_says_where_the_next_one_begins_until_there_is_none(ledger: Ledger) -> None:
    now = utc_now()
    fill(ledger, 20, now)
    with ledger.read() as conn:
        first = slice_of(conn, CaseFilter(), now, None, 12)
        second = slice_of(conn, CaseFilter(), now, first.after, 12)
        of_owner = slice_of(conn, CaseFilter(owner="owner-7"), now, None, 12)
        of_package = all_selected(conn, CaseFilter(package="zz-ghost-7"), now)
        long_ago = slice_of(conn, CaseFilter(age=timedelta(days=999_999)), now, None, 12)
        everything = {one.number for one in cases.all_cases(conn)}

    assert [len(first.cases), len(second.cases), second.after] == [12, 8, None]
    assert {one.number for one in (*first.cases, *second.cases)} == everything
    assert [one.path for one in (*of_owner.cases, *of_package)] == ["owner-7/task-7"] * 2
    assert long_ago.cases == ()


def test_of_many_findings_of_a_repository_the_surest_are_read(ledger: Ledger) -> None:
    sure = {"a": Confidence.POSSIBLE, "b": Confidence.CENSUS, "c": Confidence.CONFIRMED}
    known = [finding(key, confidence=one) for key, one in sure.items()]
    one = finding("d", path="acme/other", confidence=Confidence.CENSUS)
    other = replace(one, repository=replace(one.repository, native_id="other"))
    with ledger.write() as conn:
        numbers = [frontier.save(conn, [one.repository], NOON)[0] for one in (known[0], other)]
        findings.record(conn, [*known, other], "run", NOON)

        read = findings.surest_of(conn, numbers, 2)

        assert sorted(report.finding.key for report in read) == ["a", "c", "d"]


def test_cases_are_counted_and_listed_by_state_and_class(ledger: Ledger) -> None:
    fill(ledger, 20, utc_now())

    with ledger.read() as conn:
        counted = case_lists.counts(conn)
        unclear, lures, any_class = (
            case_lists.last_changed(conn, CaseState.NEEDS_LOOK, classes, 12)
            for classes in ((CaseClass.UNCLEAR,), (CaseClass.LURE,), ())
        )

    assert counted == {(CaseState.NEEDS_LOOK, CaseClass.UNCLEAR): 20}
    assert (len(unclear), lures, any_class) == (12, (), unclear)
