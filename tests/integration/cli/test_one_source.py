"""A wrong digest in one feed, as a user sees it: `scan`, `ghosts show`, `feeds diff`, and newer rules."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from tests.servers.lure import CLEAN, GHOST, INNOCENT_LOCK, row, write_feed
from tests.servers.terminal import Ran, Terminal

WRONG = row(sha256=CLEAN.sha256, blake2b_256=CLEAN.blake2b_256)
"""The ghost is accused, and the digests are those of an innocent file."""
LISTED = row(
    name="zz-ghost-plain",
    versions=["2.0.0"],
    filename=CLEAN.filename,
    sha256=CLEAN.sha256,
    blake2b_256=CLEAN.blake2b_256,
    claim="listed",
    record_id="status:zz-ghost-plain",
    root_source="index",
)
REMOVED = row(
    level="release",
    claim="removed",
    record_id="gone",
    root_source="index",
    filename=None,
    sha256=None,
    blake2b_256=None,
)


def innocent(folder: Path) -> str:
    folder.mkdir()
    (folder / "uv.lock").write_bytes(INNOCENT_LOCK)
    return str(folder)


def levels(ran: Ran) -> list[tuple[str, list[str]]]:
    """Confidence and codes of what a scan tells a machine."""
    return [
        (told["verdict"]["level"], [r["code"] for r in told["verdict"]["reasons"]])
        for told in ran.rows
    ]


def shown(terminal: Terminal, name: str) -> Mapping[str, object]:
    (document,) = terminal("ghosts", "show", name, "--format", "json").rows
    files: list[Mapping[str, object]] = [v for v in document["verdicts"] if v["level"] == "file"]
    return files[0]


def test_a_wrong_row_is_no_more_than_a_possibility_before_the_index_says_anything(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal("seed", "--from", write_feed(tmp_path / "feed.jsonl", WRONG, REMOVED))

    ran = terminal("scan", innocent(tmp_path / "app"), "--format", "jsonl")

    assert levels(ran) == [("possible", ["file-digest", "one-source-other-name"])]


def test_ghosts_show_tells_who_states_a_digest_and_what_speaks_against_it(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal("seed", "--from", write_feed(tmp_path / "feed.jsonl", WRONG, REMOVED, LISTED))

    ran = terminal("ghosts", "show", "zz-ghost-lure")
    of_file = shown(terminal, "zz-ghost-lure")

    assert "one-source-other-file: One source alone states a digest of this file" in ran.out
    assert f"sha256:{CLEAN.sha256}: stated by demo-inspector alone" in ran.out
    assert of_file["support"] == [
        {
            "digest": f"{name}:{digest}",
            "stated_by": ["demo-inspector"],
            "doubts": ["one-source-other-file"],
        }
        for name, digest in (("blake2b_256", CLEAN.blake2b_256), ("sha256", CLEAN.sha256))
    ]


def test_feeds_diff_flags_the_row_although_the_other_feed_names_the_release_too(
    terminal: Terminal, tmp_path: Path
) -> None:
    left = write_feed(tmp_path / "left.jsonl", WRONG)
    named = row(level="release", filename=None, sha256=None, blake2b_256=None)
    right = write_feed(tmp_path / "right.jsonl", named, REMOVED, LISTED)
    terminal("seed", "--from", f"{left},{right}")

    ran = terminal("feeds", "diff", left, right)
    (document,) = terminal("feeds", "diff", left, right, "--format", "json").rows

    flagged = next(d for d in document["differences"] if d["doubts"])
    assert (flagged["kind"], flagged["doubts"]) == ("doubted-left", ["one-source-other-file"])
    assert "one-source-other-file" in ran.out
    assert f"doubted: stated by {left}: 1" in ran.err


def test_a_row_of_which_nothing_else_is_known_is_no_difference_and_no_doubt(
    terminal: Terminal, tmp_path: Path
) -> None:
    left = write_feed(tmp_path / "left.jsonl")
    right = write_feed(tmp_path / "right.jsonl")
    terminal("seed", "--from", f"{left},{right}")

    (document,) = terminal("feeds", "diff", left, right, "--format", "json").rows

    assert document["differences"] == []


def test_a_scan_judges_by_the_rules_of_today_what_older_ones_have_judged(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal("seed", "--from", write_feed(tmp_path / "feed.jsonl", WRONG, REMOVED, LISTED))
    with closing(sqlite3.connect(terminal.state / "ledger.sqlite")) as ledger, ledger:
        for row_id, body in ledger.execute("SELECT id, body FROM verdict").fetchall():
            older = json.dumps({**json.loads(body), "support": []})
            ledger.execute("UPDATE verdict SET body = ? WHERE id = ?", (older, row_id))
        ledger.execute("UPDATE judged_by SET rules = '1'")

    words = ("scan", innocent(tmp_path / "app"), "--format", "jsonl")
    first, second = terminal(*words), terminal(*words)

    expected = [("possible", ["file-digest", "one-source-other-file", "one-source-other-name"])]
    assert (levels(first), levels(second)) == (expected, expected)
    assert "everything is judged again, this once" in first.err
    assert "judged again" not in second.err


def test_a_second_source_confirms_it(terminal: Terminal, tmp_path: Path) -> None:
    two = row(record_id="OTHER-1", root_source="another-lab")
    word = write_feed(tmp_path / "feed.jsonl", row(), two, REMOVED)
    terminal("seed", "--from", word)

    ran = terminal("ghosts", "show", "zz-ghost-lure")

    assert f"sha256:{GHOST.sha256}: stated by another-lab and demo-inspector\n" in ran.out
