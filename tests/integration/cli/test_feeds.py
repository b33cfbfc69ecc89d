"""`seed` from several sources, `feeds diff` and `feeds freshness` as a user sees them."""

from __future__ import annotations

import re
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.lure import row, write_feed
from tests.servers.terminal import Terminal

WITHDRAWN = {"retracted_at": "2026-07-01T00:00:00Z"}


@pytest.fixture
def page(tmp_path: Path) -> str:
    """A source that answers with a web page."""
    (tmp_path / "page.jsonl").write_bytes(b"<!doctype html><title>sign in</title>")
    return f"file:{tmp_path / 'page.jsonl'}"


def test_a_source_that_is_not_believed_does_not_stop_the_others(
    terminal: Terminal, tmp_path: Path, page: str
) -> None:
    good = write_feed(tmp_path / "good.jsonl")

    ran = terminal("seed", "--from", f"{page},{good}")

    assert ran.code == 3
    assert "1 record, verdicts of 1 project changed" in ran.err
    assert "retro-hunt: 1 changed project" in ran.err
    assert "not looked at (1):" in ran.err
    assert f"  {page}: " in ran.err


def test_the_machine_is_told_of_a_source_that_failed(terminal: Terminal, page: str) -> None:
    ran = terminal("seed", "--from", page, "--format", "jsonl")

    problem, hunt = ran.rows
    assert (problem["feed"], problem["code"]) == (page, 5)
    assert "a web page instead of data" in problem["problem"]
    assert hunt["hunt"]["projects"] == 0


def test_a_word_nobody_knows_ends_before_any_source_is_asked(
    terminal: Terminal, tmp_path: Path
) -> None:
    good = write_feed(tmp_path / "good.jsonl")

    ran = terminal("seed", "--from", f"{good},no-such-source")

    assert ran.code == 2
    listed = terminal("feeds", "list", "--format", "jsonl").rows
    assert [one for one in listed if one["checked_at"] is not None] == []


def test_a_source_that_is_named_twice_is_asked_once(terminal: Terminal, tmp_path: Path) -> None:
    good = write_feed(tmp_path / "good.jsonl")

    ran = terminal("seed", "--from", f"{good},{good}", "--format", "jsonl")

    assert [one["records"] for one in ran.rows if "records" in one] == [1]


def test_freshness_ends_with_5_where_a_configured_source_was_never_asked(
    seeded: Terminal,
) -> None:
    asked = seeded("feeds", "freshness", "--max-age", "24h")
    unasked = seeded("feeds", "freshness")
    machine = seeded("feeds", "freshness", "--max-age", "24h", "--format", "jsonl")

    assert (asked.code, unasked.code, machine.code) == (5, 0, 5)
    assert "seed --from all" in asked.err
    stale = {one["feed"]: one["stale"] for one in machine.rows}
    assert stale["osv-mal"] is True
    assert [feed for feed in stale if feed.startswith("file:") and stale[feed]] == []


def test_freshness_shows_what_was_held_back_and_why(terminal: Terminal, page: str) -> None:
    terminal("seed", "--from", page)
    terminal("seed", "--from", page)

    rows = {one["feed"]: one for one in terminal("feeds", "freshness", "--format", "jsonl").rows}

    assert rows[page]["held_back"] == 2
    assert rows[page]["answered_at"] is None
    assert "a web page instead of data" in rows[page]["problem"]


@pytest.mark.parametrize("age", ["24", "-1h", "soon"])
def test_an_age_needs_a_unit(terminal: Terminal, age: str) -> None:
    assert terminal("feeds", "freshness", "--max-age", age).code == 2


@pytest.fixture
def two_feeds(terminal: Terminal, tmp_path: Path) -> tuple[Terminal, str, str]:
    """One ghost in both, of which the second cites the first; one in each; one withdrawn in one."""
    release = {"level": "release", "filename": None, "sha256": None, "blake2b_256": None}
    left = write_feed(
        tmp_path / "left.jsonl",
        row(),
        row(**release, record_id="L-2", name="zz-only-left"),
        row(**release, record_id="L-3", name="zz-disputed"),
    )
    right = write_feed(
        tmp_path / "right.jsonl",
        row(record_id="R-1", root_source="DEMO-1"),
        row(**release, record_id="R-2", name="zz-only-right", root_source="L-2"),
        row(**release, record_id="R-3", name="zz-disputed", **WITHDRAWN),
    )
    assert terminal("seed", "--from", f"{left},{right}").code == 0
    return terminal, left, right


def test_diff_shows_what_only_one_says_and_where_they_contradict(
    two_feeds: tuple[Terminal, str, str],
) -> None:
    terminal, left, right = two_feeds

    (document,) = terminal("feeds", "diff", left, right, "--format", "json").rows

    found = {d["subject"]: (d["kind"], d["cites"]) for d in document["differences"]}
    assert found == {
        "pkg:pypi/zz-only-left@1.0.0": ("only-left", False),
        "pkg:pypi/zz-only-right@1.0.0": ("only-right", True),
        "pkg:pypi/zz-disputed@1.0.0": ("withdrawn-right", False),
    }
    assert (document["both"], document["same_root"]) == (1, 1)


def test_diff_tells_people_who_cites_whom(two_feeds: tuple[Terminal, str, str]) -> None:
    terminal, left, right = two_feeds

    ran = terminal("feeds", "diff", left, right)

    assert ran.code == 0
    assert "cites L-2" in ran.out
    assert "against R-3" in ran.out
    assert "both say malicious: 1; 1 of them have one root" in ran.err


def test_diff_of_one_feed_at_two_moments_shows_what_it_learned(
    two_feeds: tuple[Terminal, str, str],
) -> None:
    terminal, left, _ = two_feeds

    (grown,) = terminal("feeds", "diff", f"{left}@2020-01-01", left, "--format", "json").rows
    (same,) = terminal("feeds", "diff", left, left, "--format", "json").rows
    (before,) = terminal(
        "feeds", "diff", left, left, "--as-of", "2020-01-01", "--format", "json"
    ).rows

    assert (grown["counts"], grown["both"]) == ({"only-right": 3}, 0)
    assert (same["counts"], same["both"]) == ({}, 3)
    assert (before["counts"], before["both"]) == ({}, 0)


def test_diff_since_a_moment_leaves_out_what_is_older(
    two_feeds: tuple[Terminal, str, str],
) -> None:
    terminal, left, right = two_feeds

    (document,) = terminal(
        "feeds", "diff", left, right, "--since", "2999-01-01", "--format", "json"
    ).rows

    assert document["differences"] == []


def test_diff_shows_at_most_the_limit_and_counts_all(terminal: Terminal, tmp_path: Path) -> None:
    many = [
        row(
            record_id=f"M-{n}",
            name=f"zz-many-{n:03}",
            filename=None,
            sha256=None,
            blake2b_256=None,
            level="project",
            versions=[],
        )
        for n in range(30)
    ]
    left = write_feed(tmp_path / "left.jsonl", *many)
    right = write_feed(tmp_path / "right.jsonl")
    terminal("seed", "--from", f"{left},{right}")

    ran = terminal("feeds", "diff", left, right, "--limit", "2")

    assert ran.out.count("only file:") == 3
    assert f"only {left}: 30, the first 2 shown" in ran.err


def test_every_version_covers_a_single_one(terminal: Terminal, tmp_path: Path) -> None:
    plain = {"filename": None, "sha256": None, "blake2b_256": None}
    left = write_feed(tmp_path / "left.jsonl", row(**plain, level="project", versions=[]))
    right = write_feed(tmp_path / "right.jsonl", row(**plain, level="release"))
    terminal("seed", "--from", f"{left},{right}")

    (document,) = terminal("feeds", "diff", left, right, "--format", "json").rows

    (only,) = document["differences"]
    assert (only["kind"], only["partly"]) == ("only-left", True)


def test_diff_of_a_feed_nobody_knows_ends_with_2(seeded: Terminal) -> None:
    ran = seeded("feeds", "diff", "no-such-feed", "osv-mal")

    assert ran.code == 2
    assert "feeds list" in ran.err


def test_the_command_that_an_unreadable_cursor_calls_for_puts_it_right(
    terminal: Terminal, tmp_path: Path
) -> None:
    word = write_feed(tmp_path / "own feed.jsonl")
    terminal("seed", "--from", word)
    with closing(sqlite3.connect(terminal.state / "ledger.sqlite")) as conn:
        conn.execute("UPDATE feed_cursor SET cursor = 'torn'")
        conn.commit()

    refused = terminal("seed", "--from", word)
    (command,) = re.findall(
        "run `ghostcrawl ([^`]*)` and poll again; what came before", refused.err
    )
    told = terminal(*shlex.split(command))
    healed = terminal("seed", "--from", word)

    assert (refused.code, told.code, healed.code) == (5, 0, 0)
    assert told.err == f"{word}: the cursor is forgotten, the next poll starts over\n"
    assert "verdicts of 0 projects changed" in healed.err


def test_a_feed_that_was_never_polled_cannot_be_reset(seeded: Terminal) -> None:
    ran = seeded("feeds", "reset", "osv-mal")

    assert ran.code == 2
    assert "feed 'osv-mal' has never been polled; polled feeds: file:" in ran.err
