from __future__ import annotations

from pathlib import Path

from tests.integration.conftest import Played
from tests.servers.terminal import Terminal


def test_leads_are_a_list_for_the_index_and_ask_nobody(played: Played, tmp_path: Path) -> None:
    user = played.go_on(tmp_path / "user").user
    before = played.stage.server.traffic()

    shown, told = user("leads", "--least", "1"), user("leads", "--least", "1", "--format", "jsonl")

    assert (shown.code, told.code) == (0, 0)
    assert played.stage.server.traffic() == before
    assert "accuses nobody" in shown.err
    assert all(row["state"] in {"removed", "quarantined"} for row in told.rows)


def test_a_ledger_without_findings_has_no_leads(terminal: Terminal) -> None:
    ran = terminal("leads", "--format", "jsonl")

    assert (ran.code, ran.rows) == (0, [])
