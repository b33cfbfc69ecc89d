"""`./ghostcrawl demo`, as a user runs it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import IO

import pytest

from tests.servers.terminal import Terminal


def findings(folder: Path) -> dict[str, tuple[str, str]]:
    """Return what the report says: id -> tier and level."""
    lines = (folder / "report/findings.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return {row["id"]: (row["verdict"]["tier"], row["verdict"]["level"]) for row in rows}


@pytest.mark.parametrize(
    "link", ["kept", "kept/urls.txt", "kept/state", "kept/state/ledger.sqlite"]
)
def test_a_demo_writes_through_no_link_of_a_folder_that_is_there(link: str, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "file").write_text("mine")
    place = tmp_path / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(own if place.suffix == "" else own / "file")

    ran = Terminal.at(tmp_path / "user", "")("demo", "--keep", str(tmp_path / "kept"))

    assert (ran.code, ran.out) == (2, "")
    assert f"{place} is a link; choose another folder with --keep" in ran.err
    assert [path.name for path in own.iterdir()] == ["file"]
    assert (own / "file").read_text() == "mine"


def test_a_demo_overwrites_no_folder_that_it_has_not_made(tmp_path: Path) -> None:
    config = tmp_path / "own/ghostcrawl.toml"
    config.parent.mkdir()
    config.write_text("# my own\n")

    ran = Terminal.at(tmp_path / "user", "")("demo", "--keep", str(config.parent))

    assert (ran.code, config.read_text()) == (2, "# my own\n")
    assert "no demo has made it" in ran.err


@pytest.mark.slow
@pytest.mark.timeout(600)  # the whole demo, twice
def test_the_demo_finds_what_is_true_says_so_and_finds_the_same_again(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    user = Terminal.at(tmp_path / "user", "")

    first = user.process("demo", "--keep", str(folder), seconds=600)
    found = findings(folder)
    second = user.process("demo", "--keep", str(folder), seconds=600)

    assert (first.code, second.code) == (0, 0), first.err + second.err
    for ran in (first, second):
        assert "confirmed: precision 100%, recall 100% (46 places)" in ran.out
        assert "105 places with a known truth, of which 46 hold something to confirm" in ran.err
        assert ran.err.count("(the watch was stopped by the demo)") == 1
        assert "GHOSTCRAWL_STATE_DIR would override its configuration" in ran.err
        assert "classes: 25 lures for letters, 6 victims for notices, 0 wrong" in ran.out
        assert re.search(
            r"^\d+ requests; files downloaded: 0; limits overspent: 0$", ran.out, re.MULTILINE
        )
        assert "differs from the truth" not in ran.out
        assert "while run works: 3 of 3 lures found" in ran.out
        assert re.search(r"^repos +\d+ s +\d+ s +1$", ran.out, re.MULTILINE)
        assert re.search(r"^limits overspent: 0$", ran.out, re.MULTILINE)
        assert f"report: {folder / 'report'}" in ran.err
        assert "not looked at" in ran.err
        typed = [line for line in ran.err.splitlines() if line.startswith("$ ")]
        assert len(typed) == 6
        assert all(f" -c {folder}/" in line for line in typed)
    assert len(found) > 100
    assert findings(folder) == found
    leads = Terminal(folder=folder)(
        "leads", "--least", "1", "--young", "3650d", "--format", "jsonl"
    )
    assert [row["package"].removeprefix("pkg:pypi/zz-ghost-") for row in leads.rows] == [
        "held@1.0.0",
        "limbo@1.0.0",
        "memory@0.1.1",
        "partly-held@1.0.1",
        "unknown@1.0.0",
    ]


@pytest.mark.slow
@pytest.mark.timeout(600)  # the whole demo, and a second day
def test_a_world_that_is_kept_up_has_a_second_day_for_the_state_that_the_demo_left(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    user = Terminal.at(tmp_path / "user", "")
    own = Terminal(folder=folder)
    demo = subprocess.Popen(
        user.command("demo", "--keep", str(folder), "--serve"),
        env=user.process_environment(),
        cwd=user.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stdin is not None
    assert demo.stderr is not None

    try:
        _read_until(demo.stderr, "the world stays up until Ctrl-C")
        before = own.process("findings", "list", "--format", "jsonl")
        demo.stdin.write("\n")
        demo.stdin.flush()
        _read_until(demo.stderr, "the second day: ")
        seeded = own.process("seed", "--from", "osv-mal,quarantine-feed")
        retracted = own.process("findings", "list", "--status", "retracted", "--format", "jsonl")
        demo.stdin.write("\n")
        demo.stdin.flush()
        _read_until(demo.stderr, "the world has no third day")
        demo.send_signal(signal.SIGINT)
        _, told = demo.communicate(timeout=600)
    finally:
        demo.kill()

    assert len(before.rows) > 100
    assert (before.code, seeded.code) == (0, 0), seeded.err
    assert {row["artifact"]["purl"] for row in retracted.rows} == {
        "pkg:pypi/zz-ghost-ledger@1.1.5.post1"
    }
    assert demo.returncode == 0, told


def _read_until(lines: IO[str], words: str) -> None:
    """Read on until a line has `words`; fails where there is none."""
    seen = []
    for line in lines:
        seen.append(line)
        if words in line:
            return
    raise AssertionError("".join(seen))
