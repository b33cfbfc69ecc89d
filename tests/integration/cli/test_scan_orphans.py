"""A user scans locks with an entry that nothing requires: it is counted, and accuses nobody."""

from __future__ import annotations

from pathlib import Path

from tests.servers.lure import GHOST_LOCK
from tests.servers.terminal import Ran, Terminal

REQUIRED = b'    { name = "zz-ghost-plain" },\n'
LURE = b'    { name = "zz-ghost-lure" },\n'


def found(ran: Ran) -> list[tuple[str, str, str]]:
    rows = [(one["verdict"], one["artifact"]["purl"]) for one in ran.rows]
    return [(verdict["tier"], verdict["level"], purl) for verdict, purl in rows]


def test_an_innocent_entry_that_nothing_requires_is_counted_and_accuses_nobody(
    seeded: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "uv.lock").write_bytes(GHOST_LOCK.replace(REQUIRED, b"", 1))

    ran = seeded("scan", str(tmp_path / "uv.lock"), "--format", "jsonl")

    assert found(ran) == [
        ("A", "confirmed", "pkg:pypi/zz-ghost-lure@1.0.0"),
        ("N", "census", "pkg:pypi/zz-ghost-plain@2.0.0"),
    ]
    orphan = ran.rows[1]
    assert orphan["ghost"]["class"] == "orphan"
    assert [reason["code"] for reason in orphan["verdict"]["reasons"]] == ["orphan-entry"]


def test_a_ghost_that_nothing_requires_is_found_and_counted(
    seeded: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "uv.lock").write_bytes(GHOST_LOCK.replace(LURE, b"", 1))

    ran = seeded("scan", str(tmp_path), "--format", "jsonl")

    assert [(tier, level) for tier, level, _ in found(ran)] == [
        ("A", "confirmed"),
        ("N", "census"),
    ]
