"""`./ghostcrawl`: the set-up, with a small checkout and an installer that only notes what it is asked."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-postgres.lock", "requirements-dev.lock")
UV = f"""#!/bin/bash
case $1 in
  venv) exec {sys.executable} -m venv --without-pip "${{@: -1}}" ;;
  pip)
    echo "${{@: -1}}" >>"$NOTES"
    touch "$ROOT/.venv/half-a-package"
    [ -z "${{FAILING-}}" ] || exit 1
    sleep "${{SECONDS_TO_INSTALL-0}}"
    rm "$ROOT/.venv/half-a-package" ;;
esac
"""
MAIN = "import sys; print('ran', *sys.argv[1:])\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """A checkout with the real launcher and next to nothing else."""

    root: Path
    notes: Path

    @property
    def installed(self) -> list[str]:
        """Which locks the installer was asked to install, in order."""
        return self.notes.read_text().split() if self.notes.exists() else []

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        path = f"{self.root / 'programs'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            [self.root / "ghostcrawl", *words],
            env={"PATH": path, "NOTES": str(self.notes), "ROOT": str(self.root)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **variables: str) -> tuple[int, str, str]:
        process = self.start(*words, **variables)
        out, err = process.communicate()
        return process.returncode, out, err


@pytest.fixture
def small(tmp_path: Path) -> Small:
    root = tmp_path / "root"
    for package in ("crawler", "feeds", "workers/cli", "programs"):
        (root / package).mkdir(parents=True)
    (root / "workers/cli/main.py").write_text(MAIN)
    (root / "programs/uv").write_text(UV)
    (root / "programs/uv").chmod(0o755)
    for name in ("ghostcrawl", *LOCKS):
        shutil.copy2(ROOT / name, root / name)
    return Small(root=root, notes=tmp_path / "notes")


def test_the_first_command_sets_up_and_the_second_does_not(small: Small) -> None:
    first = small.run("scan", ".")
    second = small.run("scan", ".")

    assert (first[0], first[1]) == (0, "ran scan .\n")
    assert first[2] == "ghostcrawl: one-time set-up: installing requirements.lock into .venv\n"
    assert second == (0, "ran scan .\n", "")
    assert small.installed == ["requirements.lock"]
    assert list((small.root / "workers/cli/__pycache__").glob("main.*.pyc"))


@pytest.mark.parametrize(
    "words", [("test",), ("test", "--help"), ("-v", "test", "-h"), ("--help",)]
)
def test_no_command_installs_more_than_it_needs_to_start(
    words: tuple[str, ...], small: Small
) -> None:
    small.run(*words)

    assert small.installed == ["requirements.lock"]


def test_a_larger_lock_holds_the_smaller_ones(small: Small) -> None:
    small.run("--set-up", "requirements-postgres.lock")
    small.run("version")
    small.run("--set-up", "requirements-dev.lock")
    small.run("--set-up", "requirements-postgres.lock")
    small.run("version")

    assert small.installed == ["requirements-postgres.lock", "requirements-dev.lock"]


def test_a_lock_that_changed_is_installed_again(small: Small) -> None:
    small.run("version")
    with (small.root / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")

    small.run("version")

    assert small.installed == ["requirements.lock", "requirements.lock"]


def test_a_set_up_that_was_killed_is_begun_anew(small: Small) -> None:
    killed = small.start("version", SECONDS_TO_INSTALL="60")
    while not (small.root / ".venv/half-a-package").exists():
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    (small.root / ".venv/left").touch()

    code, out, _ = small.run("version")

    assert (code, out) == (0, "ran version\n")
    assert not (small.root / ".venv/left").exists()
    assert small.installed == ["requirements.lock", "requirements.lock"]


def test_an_environment_whose_python_is_gone_is_made_anew(small: Small) -> None:
    small.run("version")
    (small.root / ".venv/bin/python").unlink()

    code, out, _ = small.run("version")

    assert (code, out) == (0, "ran version\n")


def test_two_commands_at_once_set_up_once(small: Small) -> None:
    processes = [small.start("version", SECONDS_TO_INSTALL="1") for _ in range(2)]
    ended = [(process.communicate()[0], process.returncode) for process in processes]

    assert ended == [("ran version\n", 0), ("ran version\n", 0)]
    assert small.installed == ["requirements.lock"]


def test_a_set_up_that_fails_ends_with_4_and_is_tried_again(small: Small) -> None:
    failed = small.run("version", FAILING="yes")
    again = small.run("version")

    assert failed[:2] == (4, "")
    assert "the set-up failed; run the same command to try again" in failed[2]
    assert again[:2] == (0, "ran version\n")


@pytest.mark.parametrize("words", [(), ("pyproject.toml",), ("../requirements.lock",)])
def test_only_our_own_locks_can_be_set_up(words: tuple[str, ...], small: Small) -> None:
    code, out, err = small.run("--set-up", *words)

    assert (code, out) == (2, "")
    assert "usage: ./ghostcrawl --set-up" in err
    assert small.installed == []


def test_a_link_to_the_launcher_finds_the_checkout(small: Small, tmp_path: Path) -> None:
    link = tmp_path / "bin/ghostcrawl"
    link.parent.mkdir()
    link.symlink_to(small.root / "ghostcrawl")
    small.run("version")

    ran = subprocess.run([link, "scan"], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, "ran scan\n")
