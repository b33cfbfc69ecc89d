from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.lure import CLEAN, GHOST, GHOST_LOCK, INNOCENT_LOCK
from tests.servers.terminal import Terminal

URL = f"https://files.index.example/packages/{GHOST.blake2b_256[:2]}/{GHOST.blake2b_256[2:4]}/{GHOST.blake2b_256[4:]}/{GHOST.filename}"


def test_pins_of_a_file_are_one_json_object_with_the_documented_fields(
    terminal: Terminal, checkout: Path
) -> None:
    ran = terminal("pins", str(checkout / "uv.lock"), "--format", "jsonl")

    (lock,) = ran.rows
    pins = lock.pop("pins")
    assert ran.code == 0
    assert lock == {"file": "uv.lock", "format": "uv", "readable": True, "skipped": []}
    assert pins[0] == {
        "name": "zz-ghost-lure",
        "version": "1.0.0",
        "url": URL,
        "filename": "zz_ghost_lure-1.0.0-py3-none-any.whl",
        "hashes": {"sha256": [GHOST.sha256]},
        "source": "registry:https://index.example/simple",
        "lines": [10, 10],
    }


def test_a_source_without_a_location_is_told_by_its_kind(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("zz-ghost-lure==1.0.0\n", "utf-8")

    ran = terminal("pins", str(tmp_path))

    assert ran.out.splitlines()[1].split() == [
        "zz-ghost-lure",
        "1.0.0",
        "-",
        "-",
        "registry",
        "1-1",
    ]


def test_pins_of_a_folder_are_all_its_locks_in_a_stable_order(
    terminal: Terminal, checkout: Path
) -> None:
    ran = terminal("pins", str(checkout), "--format", "jsonl")

    assert ran.code == 0
    assert [lock["file"] for lock in ran.rows] == ["uv.lock", "tools/uv.lock"]
    assert ran.rows[1]["pins"][0]["hashes"] == {"sha256": [CLEAN.sha256]}


def test_several_files_are_named_as_they_were_given(terminal: Terminal, checkout: Path) -> None:
    given = [str(checkout / "uv.lock"), str(checkout / "tools/uv.lock")]

    ran = terminal("pins", *given, "--format", "jsonl")

    assert [lock["file"] for lock in ran.rows] == given


def test_of_several_folders_each_lock_is_named_behind_its_folder(
    terminal: Terminal, checkout: Path
) -> None:
    ran = terminal("pins", str(checkout), f"{checkout}/tools/", "--format", "jsonl")

    assert [lock["file"] for lock in ran.rows] == [
        f"{checkout}/uv.lock",
        f"{checkout}/tools/uv.lock",
        f"{checkout}/tools/uv.lock",
    ]


def test_pins_of_stdin_are_read_under_the_name_that_is_given(terminal: Terminal) -> None:
    ran = terminal(
        "pins", "-", "--as", "pylock.toml", "--format", "jsonl", stdin=b'lock-version = "1.0"\n'
    )

    assert ran.rows[0]["file"] == "pylock.toml"
    assert ran.rows[0]["format"] == "pylock"


def test_pins_of_stdin_are_those_of_a_uv_lock_unless_another_name_is_given(
    terminal: Terminal,
) -> None:
    ran = terminal("pins", "-", "--format", "jsonl", stdin=INNOCENT_LOCK)

    assert (ran.code, ran.rows[0]["format"]) == (0, "uv")


def test_a_torn_lock_is_partly_readable_and_ends_with_3(terminal: Terminal) -> None:
    torn = GHOST_LOCK[: GHOST_LOCK.index(b"zz-ghost-plain") + 30]

    ran = terminal("pins", "-", "--format", "jsonl", stdin=torn)

    assert ran.code == 3
    assert ran.rows[0]["readable"] == "partly"
    assert ran.rows[0]["pins"][0]["hashes"] == {"sha256": [GHOST.sha256]}
    assert ran.rows[0]["skipped"][0]["reason"]


def test_garbage_is_not_readable_and_says_why(terminal: Terminal) -> None:
    ran = terminal("pins", "-", "--format", "jsonl", stdin=b"\xff\xfe\x00garbage")

    assert ran.code == 3
    assert ran.rows[0]["readable"] is False
    assert ran.rows[0]["pins"] == []
    assert "UTF-16 or binary" in ran.rows[0]["skipped"][0]["reason"]


@pytest.mark.parametrize("style", ["table", "json", "jsonl"])
def test_a_lock_too_large_to_read_is_named_and_ends_with_3_although_the_others_are_whole(
    style: str, terminal: Terminal, checkout: Path
) -> None:
    with (checkout / "tools/uv.lock").open("wb") as large:
        large.truncate(20 * 1024 * 1024 + 1)

    ran = terminal("pins", str(checkout), "--format", style)

    assert ran.code == 3
    assert "not looked at: tools/uv.lock: " in ran.err


def test_the_table_for_people_names_file_and_lines(terminal: Terminal, checkout: Path) -> None:
    ran = terminal("pins", str(checkout / "uv.lock"))

    assert "zz-ghost-lure" in ran.out
    assert "10-10" in ran.out
    assert "3 pins, read fully" in ran.err


def test_a_file_that_is_not_there_is_a_usage_error(terminal: Terminal, tmp_path: Path) -> None:
    ran = terminal("pins", str(tmp_path / "nothing.lock"))

    assert (ran.code, ran.out) == (2, "")
    assert "nothing.lock: No such file or directory; name a lock" in ran.err


def test_what_a_file_says_of_indexes_is_the_source_of_its_pins_and_no_pin(
    terminal: Terminal, tmp_path: Path
) -> None:
    lines = "--index-url https://index.example/simple\nzz-ghost-lure==1.0.0\n"
    (tmp_path / "requirements.txt").write_text(lines, "utf-8")

    people = terminal("pins", str(tmp_path))
    (lock,) = terminal("pins", str(tmp_path), "--format", "jsonl").rows

    assert len(people.out.splitlines()) == 2
    assert "requirements, 1 pin, read fully" in people.err
    assert [(pin["name"], pin["source"]) for pin in lock["pins"]] == [
        ("zz-ghost-lure", "registry:https://index.example/simple")
    ]
