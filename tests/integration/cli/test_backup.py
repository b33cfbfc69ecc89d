"""Backup and restore as a user does them."""

from __future__ import annotations

from pathlib import Path

from tests.servers.terminal import OFFLINE, Terminal


def test_a_ledger_goes_into_a_file_and_comes_back_on_another_machine(
    seeded: Terminal, tmp_path: Path
) -> None:
    file = str(tmp_path / "backup")
    known = seeded("ghosts", "list", "--format", "jsonl").rows
    other = Terminal.at(tmp_path / "other", OFFLINE)

    saved, again = seeded("db", "backup", file), seeded("db", "backup", file)
    restored, checked = other("db", "restore", file), other("db", "check")
    refused, replaced = other("db", "restore", file), other("db", "restore", file, "--replace")

    assert (saved.code, again.code) == (0, 2)
    assert (restored.code, checked.code) == (0, 0)
    assert other("ghosts", "list", "--format", "jsonl").rows == known
    assert (refused.code, replaced.code) == (2, 0)
    assert "--replace" in refused.err
    assert list((tmp_path / "other").rglob("restore-*")) == []


def test_what_is_no_backup_is_refused_and_changes_nothing(seeded: Terminal, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear host")

    missing = seeded("db", "restore", str(tmp_path / "none"), "--replace")
    other = seeded("db", "restore", str(tmp_path / "letter.txt"), "--replace")
    nowhere = seeded("db", "backup", str(tmp_path / "none/backup"))

    assert (missing.code, other.code, nowhere.code) == (2, 6, 6)
    assert seeded("ghosts", "list", "--format", "jsonl").rows
