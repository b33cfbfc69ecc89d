"""What may bring a ghost in and is not decided is said by name, and nothing is said of an ordinary folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.servers.git_repository import bare, commit
from tests.servers.lure import GHOST, GHOST_LOCK, INNOCENT_LOCK
from tests.servers.terminal import Terminal

RANGE = '[project]\nname = "app"\nversion = "1"\ndependencies = ["zz-ghost-lure~=1.0"]\n'
SAID = "pypi package zz-ghost-lure is named with ~=1.0, which may bring in 1.0.0"
PINNED = f"zz-ghost-lure==1.0.0 --hash=sha256:{GHOST.sha256}\n"
MANY = "".join(f"-r parts/p{number}.list\n" for number in range(201))


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_a_range_that_lets_a_ghost_in_is_said_and_makes_no_scan_partial(
    seeded: Terminal, tmp_path: Path
) -> None:
    app = write(
        tmp_path / "app",
        {
            "pyproject.toml": RANGE,
            "BUILD": 'python_requirement(requirements=["zz-ghost-lure==1.0.0"])\n',
            "other/pyproject.toml": RANGE.replace("~=1.0", ">=1.1"),
        },
    )

    ran = seeded("scan", str(app))

    assert ran.code == 0
    assert f"pyproject.toml line 4: {SAID}" in ran.err
    assert "BUILD line 1: pypi package zz-ghost-lure is named with ==1.0.0" in ran.err
    assert "not looked at (2):" in ran.err


def test_a_range_is_not_said_where_a_lock_with_the_package_decides_but_where_it_has_none(
    seeded: Terminal, tmp_path: Path
) -> None:
    lock = GHOST_LOCK.decode()
    app = write(tmp_path / "app", {"pyproject.toml": RANGE, "uv.lock": lock})
    stale = {"pyproject.toml": RANGE, "uv.lock": INNOCENT_LOCK.decode()}
    other = write(tmp_path / "other", stale)

    assert SAID not in seeded("scan", str(app)).err
    assert SAID in seeded("scan", str(other)).err


def test_a_file_that_a_command_takes_requirements_from_is_read_wherever_it_lies(
    seeded: Terminal, tmp_path: Path
) -> None:
    app = write(
        tmp_path / "app",
        {
            "ci/install.sh": "pip install --no-deps -r ci/pins.list\n",
            "Dockerfile": "RUN uv pip sync docker/all\n",
            "ci/pins.list": PINNED,
            "docker/all": PINNED,
            "requirements.txt": "-r more/pins.json\n",
            "more/pins.json": PINNED,
            "docker/Dockerfile": "ENV PIP_INDEX_URL=https://index.mine.example/\n",
        },
    )

    ran = seeded("scan", str(app), "--format", "jsonl")

    found = sorted(one["lock"]["path"] for one in ran.rows)
    assert found == ["ci/pins.list", "docker/all", "more/pins.json"]
    assert "docker/Dockerfile: a command or a variable names an index" in ran.err


def test_more_included_files_than_are_followed_are_said(seeded: Terminal, tmp_path: Path) -> None:
    parts = {f"parts/p{number}.list": "zz-b==1\n" for number in range(201)}
    app = write(tmp_path / "app", {"requirements.txt": MANY, **parts})

    assert "more than 200 included files" in seeded("scan", str(app)).err


def test_copies_of_locks_are_read_by_their_content(seeded: Terminal, tmp_path: Path) -> None:
    lock = GHOST_LOCK.decode()
    names = ["a/uv.lock.bak", "b/uv.lock~", "c/uv.lock.orig.1", "d/uv.lock.tmpl"]
    app = write(tmp_path / "app", dict.fromkeys(names, lock))

    ran = seeded("scan", str(app), "--format", "jsonl")

    assert [one["lock"]["path"] for one in ran.rows] == names


def test_a_bare_repository_is_named_and_with_refs_its_older_commits_are(
    seeded: Terminal, tmp_path: Path
) -> None:
    repository = bare(tmp_path / "kept" / "app.git")
    for text in (b"one", b"two"):
        commit(repository, {"a.txt": text})
    subprocess.run(["git", "-C", repository, "pack-refs", "--all"], check=True)

    there = seeded("scan", str(tmp_path / "kept"))
    committed = seeded("scan", "--refs", "all", str(repository))

    assert "app.git/: not entered: a bare Git repository" in there.err
    assert "history: what only older commits hold is not read" in committed.err
    assert committed.code == 0
