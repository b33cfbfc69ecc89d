"""What installs without a lock is not read, and that is said: commands in scripts, images, CI and notebooks."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.servers.git_repository import bare, commit
from tests.servers.terminal import Terminal

INSTALLS = {
    "Dockerfile": "FROM debian\nRUN pip install \\\n    zz-a==1.0\n",
    "bin/setup.sh": "python3 -m pip install -U zz-a\n",
    "Makefile": "deps:\n\tnpm install --save-dev @zz/a@1.0.0\n",
    ".github/workflows/ci.yml": "steps:\n- run: uv pip install https://host.example/zz.whl\n",
    "bin/tool": '#!/bin/sh\nexec npx zz-a@1 "$@"\n',
    "notes.ipynb": '{"cells": [{"source": ["%pip install zz-a\\n"]}]}',
    "run.py": 'subprocess.run([sys.executable, "-m", "pip", "install", "zz-a"])\n',
}
TAKES_FROM_FILES = {
    "Dockerfile": "RUN pip install -r requirements.txt && npm ci && yarn install --frozen-lockfile\n",
    "setup.sh": "pip install -e '.[dev]'\npoetry install\nuv sync\nnpm run build\n",
    "run.py": "import pip\nprint('pipeline install')\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_commands_that_name_what_they_install_are_said_by_kind_and_make_no_scan_partial(
    seeded: Terminal, tmp_path: Path
) -> None:
    folder = write(tmp_path / "app", {**INSTALLS, "requirements.txt": "zz-b==1\n"})

    ran = seeded("scan", str(folder))

    assert ran.code == 0
    assert "not looked at (7):" in ran.err
    for kind in (
        "Dockerfiles",
        "shell scripts",
        "Makefiles",
        "CI files",
        "notebooks",
        "scripts without an ending",
    ):
        assert f"install commands in {kind} are not read" in ran.err
    assert "run.py: install commands in Python code are not read" in ran.err


def test_a_command_that_takes_what_a_file_names_is_not_said(
    seeded: Terminal, tmp_path: Path
) -> None:
    folder = write(tmp_path / "app", {**TAKES_FROM_FILES, "requirements.txt": "zz-b==1\n"})

    ran = seeded("scan", str(folder))

    assert "coverage: complete" in ran.err


def test_of_what_is_committed_such_files_and_submodules_are_said_by_name(
    seeded: Terminal, tmp_path: Path
) -> None:
    repository = bare(tmp_path / "app.git")
    files = {name: text.encode() for name, text in INSTALLS.items()}
    made = commit(repository, {**files, "requirements.txt": b"zz-b==1\n"})
    run = ("git", "--git-dir", str(repository))
    info = ["update-index", "--add", "--cacheinfo", f"160000,{made},vendor/lib"]
    subprocess.run([*run, "read-tree", made], check=True)
    subprocess.run([*run, *info], check=True)
    tree = subprocess.run([*run, "write-tree"], check=True, capture_output=True, text=True).stdout
    identity = ("-c", "user.name=zz", "-c", "user.email=zz@example.org")
    more = [*run, *identity, "commit-tree", tree.strip(), "-p", made, "-m", "more"]
    head = subprocess.run(more, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([*run, "update-ref", "refs/tags/more", head], check=True)

    ran = seeded("scan", str(repository), "--refs", "all")

    assert ran.code == 0
    assert (
        "and 5 more: may hold install commands or URLs of packages, which are not read" in ran.err
    )
    assert "vendor/lib: a submodule, which is another repository" in ran.err
