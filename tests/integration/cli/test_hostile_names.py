"""Names that others chose never reach the terminal raw, and never speak to a CI runner."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.servers.git_repository import bare, commit
from tests.servers.lure import GHOST, GHOST_LOCK, row, write_feed
from tests.servers.terminal import Ran, Terminal

HOSTILE = (
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\u202egnp.exe",
    "::set-output name=token::1",
    "a\r\n::error ::b",
    "\x9b31m",
    "a\u2028::warning ::b",
)
_RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|^\s*::", re.MULTILINE)


def raw(ran: Ran) -> list[str]:
    """Return what a terminal or a runner would take for more than text."""
    return _RAW.findall(ran.out + ran.err)


def hostile_lock(name: str) -> bytes:
    """Return a lock whose strings hold `name`, escaped as TOML wants it."""
    escaped = "".join(c if " " < c < "\x7f" and c != '"' else f"\\u{ord(c):04X}" for c in name)
    return (
        f'version = 1\nrevision = 3\n[[package]]\nname = "{escaped}"\nversion = "{escaped}"\n'
        f'source = {{ registry = "https://{escaped}/simple" }}\n'
        f'sdist = {{ url = "https://files.index.example/{escaped}.tar.gz" }}\n'
        f'[[package]]\nname = "{escaped}"\nversion = 1\n'
    ).encode()


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("words", [("pins",), ("pins", "--format", "jsonl"), ("scan",)])
def test_a_hostile_string_of_a_lock_is_harmless(
    words: tuple[str, ...], name: str, seeded: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "uv.lock").write_bytes(hostile_lock(name))

    ran = seeded(*words, str(tmp_path / "uv.lock"))

    assert ran.code in {0, 3}
    assert ran.out or ran.err
    assert raw(ran) == []


@pytest.mark.parametrize("name", [n for n in HOSTILE if "/" not in n])
@pytest.mark.parametrize("data", [GHOST_LOCK, b"\x00torn"])
def test_a_hostile_path_of_a_checkout_is_harmless(
    data: bytes, name: str, seeded: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "checkout" / name
    folder.mkdir(parents=True)
    (folder / "uv.lock").write_bytes(data)
    (folder / "pylock.toml").symlink_to("uv.lock")

    ran = seeded("scan", str(tmp_path / "checkout"))

    assert ran.code in {1, 3}
    assert raw(ran) == []


def test_a_hostile_path_of_a_commit_is_harmless(seeded: Terminal, tmp_path: Path) -> None:
    repository = bare(tmp_path / "task.git")
    commit(repository, {"::error ::a\x1b[2J/uv.lock": GHOST_LOCK, "\u202eb/uv.lock": b"\x00"})

    ran = seeded("scan", str(repository), "--refs", "branches")

    assert ran.code == 1
    assert raw(ran) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_source_of_a_feed_is_harmless(
    name: str, terminal: Terminal, tmp_path: Path
) -> None:
    told = row(root_source=name, reference=f"https://git.example/{name}")
    broken = row(record_id="DEMO-2", name=name)
    word = write_feed(tmp_path / "feed.jsonl", told, broken)

    ran = [
        terminal("seed", "--from", word),
        terminal("ghosts", "list"),
        terminal("ghosts", "show", "zz-ghost-lure"),
        terminal("ghosts", "show", "zz-ghost-lure", "--format", "json"),
        terminal("feeds", "list"),
        terminal("status"),
    ]

    assert [one.code for one in ran] == [0, 0, 0, 0, 0, 0]
    assert "found by" in ran[2].out
    assert [raw(one) for one in ran] == [[], [], [], [], [], []]


def test_a_hostile_version_of_the_ghost_is_harmless_in_its_finding(
    seeded: Terminal, tmp_path: Path
) -> None:
    whole, _, _ = hostile_lock("x").rpartition(b"[[package]]")
    lock = whole.replace(b'version = "x"', b'version = "\\u001B[2J"').replace(
        b'x.tar.gz" }', f'x.tar.gz", hash = "sha256:{GHOST.sha256}" }}'.encode()
    )
    (tmp_path / "uv.lock").write_bytes(lock)

    table = seeded("scan", str(tmp_path / "uv.lock"))
    machine = seeded("scan", str(tmp_path / "uv.lock"), "--format", "jsonl")

    assert (table.code, machine.code) == (1, 1)
    assert (raw(table), raw(machine)) == ([], [])
