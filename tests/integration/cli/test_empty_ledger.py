"""A ledger that knows nothing claims nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.terminal import Terminal


@pytest.mark.parametrize("words", [["status", "--allow-stale"], ["verify", "--max-minutes", "1"]])
def test_nothing_is_complete_where_nobody_has_looked_yet(
    terminal: Terminal, words: list[str]
) -> None:
    ran = terminal(*words)

    assert "coverage: complete" not in ran.err
    assert "no repository was looked at yet" in ran.err


def test_a_report_of_nothing_has_no_letters(terminal: Terminal, tmp_path: Path) -> None:
    ran = terminal("report", "-o", str(tmp_path / "report"))

    assert ran.code == 0
    assert "; no letters" in ran.err
