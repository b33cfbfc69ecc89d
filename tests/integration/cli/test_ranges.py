"""A record that states a range of versions, as a user sees it: `seed`, `scan`, `ghosts show` and `ghosts explain`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.servers.terminal import Ran, Terminal

BOUNDED = [{"type": "SEMVER", "events": [{"introduced": "1.0.0"}, {"fixed": "2.0.0"}]}]
OPEN = [{"type": "SEMVER", "events": [{"introduced": "0"}, {"last_affected": "1.23.0"}]}]


def feed(folder: Path, name: str, *ranges: object) -> str:
    path = folder / name
    rows = (
        {"id": f"MAL-2026-{n}", "name": "zz-ghost-node", "published": "2026-05-01", "ranges": one}
        for n, one in enumerate(ranges)
    )
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return f"file:{path}?ecosystem=npm"


def app(folder: Path, version: str) -> str:
    folder.mkdir()
    url = f"https://registry.npm.example/zz-ghost-node/-/zz-ghost-node-{version}.tgz"
    entry = {"version": version, "resolved": url, "integrity": f"sha512-{'A' * 86}=="}
    root = {"dependencies": {"zz-ghost-node": version}}
    lock = {"lockfileVersion": 3, "packages": {"": root, "node_modules/zz-ghost-node": entry}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return str(folder)


def found(ran: Ran) -> list[tuple[str, str]]:
    return [
        (row["verdict"]["level"], row["verdict"]["reasons"][0]["code"])
        for row in ran.rows
        if row["verdict"]["tier"] != "T"
    ]


def test_a_range_is_compared_with_what_a_lock_pins(terminal: Terminal, tmp_path: Path) -> None:
    terminal("seed", "--from", feed(tmp_path, "feed.jsonl", BOUNDED))

    inside = terminal("scan", app(tmp_path / "inside", "1.9.3"), "--format", "jsonl")
    behind = terminal("scan", app(tmp_path / "behind", "2.0.0"), "--format", "jsonl")

    assert found(inside) == [("possible", "listed-range")]
    assert found(behind) == []


def test_ghosts_show_and_explain_name_the_range_that_holds_a_version(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal("seed", "--from", feed(tmp_path, "feed.jsonl", BOUNDED, OPEN))
    words = ("--ecosystem", "npm")

    inside = terminal("ghosts", "show", "zz-ghost-node@1.9.3", *words).out
    outside = terminal("ghosts", "show", "zz-ghost-node@5.0.0", *words).out
    explained = terminal("ghosts", "explain", "pkg:npm/zz-ghost-node@1.9.3")

    assert "pkg:npm/zz-ghost-node@vers:npm/>=1.0.0|<2.0.0: malicious" in inside
    assert "pkg:npm/zz-ghost-node@vers:npm/>=0|<=1.23.0: malicious" in inside
    assert "vers:" not in outside
    assert "MAL-2026-0" in explained.out + explained.err
