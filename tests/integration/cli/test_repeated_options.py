"""Options that may be given again take all that was given, not the last."""

from __future__ import annotations

from pathlib import Path

from tests.servers.lure import row, write_feed
from tests.servers.terminal import Terminal


def states(user: Terminal, *words: str) -> list[tuple[str, str]]:
    listed = user("ghosts", "list", "--format", "jsonl", *words)
    assert listed.code == 0, listed.err
    return sorted({(one["name"], one["state"]) for one in listed.rows})


def test_ghosts_of_every_state_that_is_named_are_listed(terminal: Terminal, tmp_path: Path) -> None:
    removed = row(
        name="zz-ghost-plain",
        level="release",
        versions=["2.0.0"],
        filename=None,
        sha256=None,
        blake2b_256=None,
        claim="removed",
        record_id="gone",
        root_source="index",
    )
    feed = write_feed(tmp_path / "feed.jsonl", row(), removed)
    assert terminal("seed", "--from", feed).code == 0
    malicious, gone = ("zz-ghost-lure", "malicious"), ("zz-ghost-plain", "removed")

    assert states(terminal) == [malicious]
    assert states(terminal, "--state", "removed") == [gone]
    assert states(terminal, "--state", "malicious", "--state", "removed") == [malicious, gone]


def test_every_owner_that_is_named_stands_in_the_section_of_a_host(terminal: Terminal) -> None:
    ran = terminal(
        *("hosts", "add", "gitee.example", "--kind", "gitee"), *("--owner", "a", "--owner", "b")
    )

    assert ran.code == 0, ran.err
    assert 'owners = ["a", "b"]' in ran.out


def test_a_report_has_every_format_that_is_named(seeded: Terminal, tmp_path: Path) -> None:
    both, letters = tmp_path / "both", tmp_path / "letters"

    codes = [
        seeded("report", "--format", "jsonl", "--format", "letter", "-o", str(both)).code,
        seeded("report", "--format", "letter", "-o", str(letters)).code,
    ]

    assert codes == [0, 0]
    assert (both / "findings.jsonl").is_file()
    assert not (letters / "findings.jsonl").exists()
