"""`ghosts explain`, `allow`, `disallow` as a user sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.model import path_of
from tests.servers.lure import GHOST, row, write_feed
from tests.servers.terminal import Terminal

PURL = "pkg:pypi/zz-ghost-lure@1.0.0"
URL = f"https://user:hush@mirror.example{path_of(GHOST.blake2b_256, GHOST.filename)}?token=hush"
SPELLINGS = (URL, GHOST.filename, f"sha256:{GHOST.sha256}", GHOST.blake2b_256)


def explained(terminal: Terminal, what: str) -> dict[str, object]:
    (document,) = terminal("ghosts", "explain", what, "--format", "json").rows
    return document


def states(terminal: Terminal) -> list[str]:
    return [
        v["state"]
        for v in terminal("ghosts", "show", "zz-ghost-lure", "--format", "json").rows[0]["verdicts"]
    ]


@pytest.mark.parametrize("what", SPELLINGS)
def test_a_file_is_explained_by_whatever_it_is_called(seeded: Terminal, what: str) -> None:
    people = seeded("ghosts", "explain", what)

    assert people.code == 0
    assert f"{PURL}\nfile {GHOST.filename}\n" in people.out
    assert f"blake2b_256:{GHOST.blake2b_256}\nsha256:{GHOST.sha256}" in people.out
    assert "malicious since 2026-06-05" in people.out
    assert "nothing -> malicious, by file:" in people.out
    assert "hush" not in people.out


def test_the_machine_gets_identity_verdicts_history_and_locks(seeded: Terminal) -> None:
    document = explained(seeded, URL)

    assert (document["name"], document["version"]) == ("zz-ghost-lure", "1.0.0")
    assert document["known"] is True
    assert document["locks"] == {"file": 0, "release": 0}
    assert document["index"] == {"state": "unknown", "at": None}
    assert [(c["from"], c["to"]) for c in document["history"]] == [(None, "malicious")]  # type: ignore[attr-defined]
    assert "hush" not in str(document)


@pytest.mark.parametrize("what", ["zz_ghost_plain-2.0.0-py3-none-any.whl", f"sha256:{'12' * 32}"])
def test_that_nothing_is_known_is_said_and_ends_with_0(seeded: Terminal, what: str) -> None:
    people = seeded("ghosts", "explain", what)

    assert people.code == 0
    assert people.out.endswith(f"nothing is known of {what}\n")
    assert explained(seeded, what)["known"] is False


def test_another_file_of_the_name_is_not_the_one_that_is_malicious(seeded: Terminal) -> None:
    other = f"pkg:pypi/zz-ghost-lure@1.0.0?file_name={GHOST.filename}&checksum=sha256:{'12' * 32}"

    assert explained(seeded, other)["verdicts"] == []


def test_words_that_name_no_file_end_with_2(seeded: Terminal) -> None:
    ran = seeded("ghosts", "explain", "what is this")

    assert (ran.code, ran.out) == (2, "")
    assert "give a URL" in ran.err


def test_a_withdrawal_is_in_the_history_with_the_record_that_was_taken_back(
    terminal: Terminal, tmp_path: Path
) -> None:
    word = write_feed(tmp_path / "feed.jsonl")
    terminal("seed", "--from", word)
    write_feed(tmp_path / "feed.jsonl", row(retracted_at="2026-07-01T00:00:00Z"))
    terminal("seed", "--from", word, "--accept-change")

    people = terminal("ghosts", "explain", GHOST.filename)

    assert f"malicious -> withdrawn, by {word} DEMO-1" in people.out


@pytest.mark.parametrize(
    "what", [PURL, "ZZ_Ghost.Lure@1.0.0", "zz-ghost-lure", f"sha256:{GHOST.sha256}"]
)
def test_what_is_allowed_is_accused_no_longer_until_it_is_disallowed(
    seeded: Terminal, what: str
) -> None:
    allowed = seeded("ghosts", "allow", what, "--reason", "our own lure", "--expires", "30d")
    while_allowed = states(seeded)
    taken_back = seeded("ghosts", "disallow", what)

    assert (allowed.code, taken_back.code) == (0, 0)
    assert "verdicts of 1 project changed" in allowed.err
    assert "malicious" not in while_allowed
    assert "allowed" in while_allowed
    assert states(seeded) == ["malicious"]


def test_the_findings_on_what_is_allowed_are_taken_back(seeded: Terminal, checkout: Path) -> None:
    before = seeded("scan", str(checkout), "--format", "jsonl")
    seeded("ghosts", "allow", "zz-ghost-lure", "--reason", "our own lure", "--expires", "30d")
    after = seeded("scan", str(checkout), "--format", "jsonl")

    assert [r["verdict"]["level"] for r in before.rows] == ["confirmed"]
    assert "confirmed" not in [r["verdict"]["level"] for r in after.rows]


def test_the_list_shows_reason_and_expiry_and_no_user(seeded: Terminal) -> None:
    seeded("ghosts", "allow", PURL, "--reason", "our own\n lure", "--expires", "30d")
    seeded("ghosts", "disallow", PURL)
    seeded("ghosts", "allow", "zz-other", "--reason", "ours", "--expires", "1d")

    people = seeded("ghosts", "allow", "--list")
    machine = seeded("ghosts", "allow", "--list", "--format", "jsonl")

    assert "our own lure" in people.out
    found = {r["subject"]: (r["holds"], r["reason"]) for r in machine.rows}
    assert found == {PURL: (False, "our own lure"), "pkg:pypi/zz-other": (True, "ours")}
    assert set(machine.rows[0]) == {"subject", "reason", "since", "expires_at", "holds"}


@pytest.mark.parametrize(
    "words",
    [
        ("zz-ghost-lure",),
        ("zz-ghost-lure", "--reason", "ours"),
        ("zz-ghost-lure", "--expires", "30d"),
        ("--reason", "ours", "--expires", "30d"),
        ("zz-ghost-lure", "--reason", "  ", "--expires", "30d"),
        ("zz-ghost-lure", "--reason", "x" * 201, "--expires", "30d"),
        ("zz-ghost-lure", "--reason", "ours", "--expires", "366d"),
        ("zz-ghost-lure", "--reason", "ours", "--expires", "0d"),
        ("zz-ghost-lure", "--reason", "ours", "--expires", "2020-01-01"),
        ("zz-ghost-lure", "--reason", "ours", "--expires", "9999-12-31"),
        ("zz-ghost-lure", "--reason", "ours", "--expires", "never"),
        (f"sha256:{'12' * 32}", "--reason", "ours", "--expires", "30d"),
    ],
)
def test_nothing_is_allowed_without_a_reason_and_an_end_within_a_year(
    seeded: Terminal, words: tuple[str, ...]
) -> None:
    ran = seeded("ghosts", "allow", *words)

    assert ran.code == 2
    assert seeded("ghosts", "allow", "--list", "--format", "jsonl").rows == []
    assert states(seeded) == ["malicious"]


def test_what_is_not_allowed_cannot_be_disallowed(seeded: Terminal) -> None:
    ran = seeded("ghosts", "disallow", "zz-ghost-lure")

    assert ran.code == 2
    assert "ghosts allow --list" in ran.err


def test_releases_whose_files_nobody_has_hashed_are_asked_for_in_one_query(
    tmp_path: Path, terminal: Terminal
) -> None:
    unhashed = row(
        name="zz-ghost-bare",
        level="release",
        record_id="DEMO-2",
        filename=None,
        sha256=None,
        blake2b_256=None,
    )
    terminal("seed", "--from", write_feed(tmp_path / "feed.jsonl", row(), unhashed))

    asked = terminal("ghosts", "resolve")

    assert asked.code == 0
    assert "IN (\n  'zz-ghost-bare'\n)" in asked.out
    assert "1 project with an accused release of which no digest is known" in asked.err
