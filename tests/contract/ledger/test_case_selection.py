"""Lists of cases are read by indexes, however long the log is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event

from tests.servers.ledgers import new_ledger
from tests.servers.many_cases import fill
from workers.clock import utc_now
from workers.ledger import cases
from workers.ledger.case_selection import CaseFilter, slice_of


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


def test_a_page_says_where_the_next_one_begins_until_there_is_none(tmp_path: Path) -> None:
    ledger = new_ledger(tmp_path / "ledger.sqlite")
    fill(ledger, 20, utc_now())
    with ledger.read() as conn:
        first = slice_of(conn, CaseFilter(), utc_now(), None, 12)
        second = slice_of(conn, CaseFilter(), utc_now(), first.after, 12)
        everything = {one.number for one in cases.all_cases(conn)}
    ledger.close()

    assert [len(first.cases), len(second.cases), second.after] == [12, 8, None]
    assert {one.number for one in (*first.cases, *second.cases)} == everything
