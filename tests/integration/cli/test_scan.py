from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from sarif_pydantic import Sarif

from crawler.model import path_of
from tests.servers.git_repository import bare, commit, git
from tests.servers.lure import GHOST, GHOST_LOCK, INNOCENT_LOCK, row, write_feed
from tests.servers.terminal import Terminal


def test_a_ghost_that_a_feed_knows_is_confirmed_and_ends_with_1(
    seeded: Terminal, checkout: Path
) -> None:
    ran = seeded("scan", str(checkout), "--format", "jsonl")

    (finding,) = ran.rows
    assert ran.code == 1
    assert (finding["verdict"]["tier"], finding["verdict"]["level"]) == ("A", "confirmed")
    assert finding["artifact"]["purl"].startswith("pkg:pypi/zz-ghost-lure@1.0.0")
    assert (finding["lock"]["path"], finding["lock"]["line_start"]) == ("uv.lock", 10)
    assert "2 locks, 5 pins, 1 finding" in ran.err


def test_a_ghost_is_found_by_its_digest_however_the_lock_spells_its_registry(
    seeded: Terminal, tmp_path: Path
) -> None:
    registry = 'source = { registry = "https://index.example/simple" }'
    assert registry.encode() in GHOST_LOCK
    file = f"https://files.index.example{path_of(GHOST.blake2b_256, GHOST.filename)}"
    spellings = {
        "exact": registry,
        "slash": 'source = { registry = "https://index.example/simple/" }',
        "mirror": 'source = { registry = "https://mirror.example/pypi/simple" }',
        "direct": f'source = {{ url = "{file}" }}',
    }
    for name, source in spellings.items():
        (tmp_path / name).mkdir()
        lock = GHOST_LOCK.decode().replace(registry, source)
        (tmp_path / name / "uv.lock").write_text(lock, "utf-8")

    ran = seeded("scan", str(tmp_path), "--format", "jsonl")

    assert {
        (f["lock"]["path"].partition("/")[0], f["verdict"]["tier"], f["verdict"]["level"])
        for f in ran.rows
    } == {(name, "A", "confirmed") for name in spellings}


def test_a_clean_checkout_ends_with_0_and_says_nothing_on_stdout(
    seeded: Terminal, checkout: Path
) -> None:
    ran = seeded("scan", str(checkout / "tools"))

    assert (ran.code, ran.out) == (0, "")
    assert "coverage: complete" in ran.err


def test_a_folder_without_a_lock_is_not_called_complete(seeded: Terminal, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    ran = seeded("scan", str(empty), "--format", "jsonl")

    assert ran.code == 0
    assert "no lock was found" in ran.err
    assert "coverage: complete" not in ran.err


def test_a_ghost_below_fail_on_is_shown_and_ends_with_0(seeded: Terminal, checkout: Path) -> None:
    ran = seeded("scan", str(checkout), "--fail-on", "never")

    assert ran.code == 0
    assert "zz-ghost-lure@1.0.0" in ran.out


def test_a_finding_has_one_id_whatever_the_folder_of_the_checkout_is_called(
    seeded: Terminal, checkout: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere" / "build-17"
    shutil.copytree(checkout, moved)

    ids = [seeded("scan", str(f), "--format", "jsonl").rows[0]["id"] for f in (checkout, moved)]

    assert ids[0] == ids[1]


def test_findings_in_several_files_are_told_apart(seeded: Terminal, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "uv.lock").write_bytes(GHOST_LOCK)
    given = [str(tmp_path / "one/uv.lock"), str(tmp_path / "two/uv.lock")]

    ran = seeded("scan", *given, "--format", "jsonl")

    assert [row["lock"]["path"] for row in ran.rows] == given
    assert len({row["id"] for row in ran.rows}) == 2


def test_a_finding_is_shown_with_the_reason_that_limits_it(
    seeded: Terminal, tmp_path: Path
) -> None:
    release = row(level="release", record_id="DEMO-2")
    seeded("seed", "--from", write_feed(tmp_path / "releases.jsonl", release))
    lock = tmp_path / "requirements.txt"
    lock.write_text("--index-url https://private.example/simple\nzz-ghost-lure==1.0.0\n")

    ran, whole = seeded("scan", str(lock)), seeded("scan", str(lock), "--format", "jsonl")

    codes = [reason["code"] for reason in whole.rows[0]["verdict"]["reasons"]]
    assert (codes[-1], whole.rows[0]["verdict"]["level"]) == ("asks-the-index", "possible")
    (line,) = [line for line in ran.out.splitlines() if "zz-ghost-lure" in line]
    assert "  private-registry  " in line


def test_without_any_feed_a_scan_says_that_nothing_is_known(
    terminal: Terminal, checkout: Path
) -> None:
    ran = terminal("scan", str(checkout))

    assert (ran.code, ran.out) == (5, "")
    assert "nothing is known of any ghost yet, run seed first" in ran.err
    assert not terminal.state.exists()


@pytest.mark.parametrize(
    "data", [b"\x00\x01", b"version https://git-lfs.github.com/spec/v1\n", GHOST_LOCK[:-200]]
)
def test_a_lock_that_cannot_be_read_whole_is_never_clean(
    data: bytes, seeded: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "uv.lock").write_bytes(data)

    ran = seeded("scan", str(tmp_path / "uv.lock"), "--fail-on", "never")

    assert ran.code == 3
    assert "not looked at (1):\n  uv.lock " in ran.err


def test_links_and_installed_packages_are_said_to_be_left_out(
    seeded: Terminal, checkout: Path
) -> None:
    (checkout / "node_modules").mkdir()
    (checkout / "node_modules/uv.lock").write_bytes(GHOST_LOCK)
    (checkout / "pylock.toml").symlink_to("/etc/hostname")
    (checkout / "uv.lock").unlink()

    ran = seeded("scan", str(checkout))

    assert (ran.code, ran.out) == (3, "")
    assert "node_modules/: not entered: installed packages" in ran.err
    assert "pylock.toml: not a regular file; links are never followed" in ran.err


def test_many_files_that_cannot_be_read_are_one_line_behind_a_known_lock(
    seeded: Terminal, checkout: Path
) -> None:
    for n in range(30):
        (checkout / f"{n:02d}.lock").write_bytes(b"?")
    (checkout / "poetry.lock").symlink_to("/etc/hostname")

    ran = seeded("scan", str(checkout), "--fail-on", "never")

    assert "not looked at (31):\n  poetry.lock: not a regular file" in ran.err
    assert "\n  00.lock document and 29 more: no lock of a format that is read" in ran.err


def test_a_list_that_is_cut_says_how_much_more_there_is(seeded: Terminal, tmp_path: Path) -> None:
    folders = [tmp_path / f"{n:02d}" for n in range(25)]
    for folder in folders:
        (folder / "node_modules").mkdir(parents=True)
        (folder / ".venv").mkdir()

    ran = seeded("scan", *map(str, folders))

    lines = ran.err[ran.err.index("not looked at") :].splitlines()
    assert lines[0] == "not looked at (50):"
    assert lines[1] == f"  {folders[0]} .venv/: not entered: a virtual environment"
    assert lines[20].startswith(f"  {folders[19]} ")
    assert lines[21:] == ["  and 30 more; --format json lists all"]


def test_the_summary_counts_per_format(seeded: Terminal, checkout: Path) -> None:
    (checkout / "pylock.toml").write_bytes(b"\xff")

    ran = seeded("scan", str(checkout), "--summary", "--format", "jsonl")

    counted = {
        row["format"]: (row["files"], row["readable"], row["unreadable"]) for row in ran.rows
    }
    assert counted == {"uv": (2, 2, 0), "pylock": (1, 0, 1)}


def test_a_lock_on_another_branch_is_found_only_when_branches_are_asked_for(
    seeded: Terminal, tmp_path: Path
) -> None:
    repository = bare(tmp_path / "task.git")
    commit(repository, {"uv.lock": INNOCENT_LOCK})
    commit(repository, {"deep/uv.lock": GHOST_LOCK}, branch="task")

    default = seeded("scan", str(repository), "--refs", "default", "--format", "jsonl")
    every = seeded("scan", str(repository), "--refs", "branches", "--format", "jsonl")

    (finding,) = every.rows
    assert (default.code, default.rows) == (0, [])
    assert every.code == 1
    assert (finding["lock"]["path"], finding["verdict"]["tier"]) == ("deep/uv.lock", "A")


def test_a_lock_in_a_strangers_request_is_found_with_all_refs_and_named_as_such(
    seeded: Terminal, tmp_path: Path
) -> None:
    repository = bare(tmp_path / "task.git")
    commit(repository, {"uv.lock": INNOCENT_LOCK})
    stranger = commit(repository, {"uv.lock": GHOST_LOCK}, branch="request")
    git(repository, "update-ref", "refs/merge-requests/3/head", stranger)
    git(repository, "update-ref", "-d", "refs/heads/request")

    branches = seeded("scan", str(repository), "--refs", "branches", "--format", "jsonl")
    every = seeded("scan", str(repository), "--refs", "all", "--format", "jsonl")

    (finding,) = every.rows
    assert (branches.code, branches.rows) == (0, [])
    assert (finding["lock"]["ref"], finding["lock"]["commit"]) == (
        "refs/merge-requests/3/head",
        stranger,
    )
    assert (finding["verdict"]["tier"], finding["verdict"]["level"]) == ("A", "likely")
    assert finding["verdict"]["reasons"][-1]["code"] == "strangers-request"


def test_committed_bytes_are_read_by_each_of_their_names(seeded: Terminal, tmp_path: Path) -> None:
    repository = bare(tmp_path / "task.git")
    commit(repository, {"Chart.lock": GHOST_LOCK, "uv.lock": GHOST_LOCK})
    commit(repository, {"Scarb.lock": GHOST_LOCK, "x/uv.lock": GHOST_LOCK}, branch="task")

    ran = seeded("scan", str(repository), "--refs", "branches", "--format", "jsonl")

    assert sorted(row["lock"]["path"] for row in ran.rows) == ["uv.lock", "x/uv.lock"]
    assert "2 locks, 3 pins, 2 findings" in ran.err


def test_a_folder_that_is_no_repository_has_no_branches(seeded: Terminal, checkout: Path) -> None:
    ran = seeded("scan", str(checkout), "--refs", "branches")

    assert (ran.code, ran.out) == (2, "")
    assert (
        f"no Git repository in {checkout}; name the folder that holds .git, or scan without --refs"
    ) in ran.err


def test_a_repository_that_lies_elsewhere_is_named_and_the_others_are_scanned(
    seeded: Terminal, tmp_path: Path
) -> None:
    origin = bare(tmp_path / "origin.git")
    commit(origin, {"uv.lock": GHOST_LOCK})
    git(tmp_path, "clone", "-q", str(origin), "main")
    git(tmp_path / "main", "worktree", "add", "-q", "../linked")
    linked, main = str(tmp_path / "linked"), str(tmp_path / "main")

    alone = seeded("scan", linked, "--refs", "default")
    both = seeded("scan", linked, main, "--refs", "default", "--format", "jsonl")

    assert (alone.code, alone.out) == (3, "")
    assert f"scan {main} itself" in alone.err
    assert (both.code, len(both.rows)) == (1, 1)
    assert f"scan {main} itself" in both.err


def test_a_repository_that_waits_for_ever_is_said_and_what_is_sound_is_scanned(
    seeded: Terminal, tmp_path: Path
) -> None:
    origin = bare(tmp_path / "origin.git")
    commit(origin, {"uv.lock": GHOST_LOCK})
    (origin / "HEAD").unlink()
    os.mkfifo(origin / "HEAD")

    ran = seeded("scan", str(origin), "--refs", "default", "--format", "jsonl")

    assert (ran.code, len(ran.rows)) == (1, 1)
    assert "HEAD and 1 more: not a regular file" in ran.err


def test_code_scanning_gets_sarif_with_the_line_of_the_pin(
    seeded: Terminal, checkout: Path
) -> None:
    ran = seeded("scan", str(checkout), "--format", "sarif")
    log = Sarif.model_validate_json(ran.out)

    (run,) = log.runs
    assert ran.code == 1
    assert [result.rule_id for result in run.results or ()] == ["GC001"]
    assert '"startLine": 10' in ran.out
    assert '"uri": "uv.lock"' in ran.out
