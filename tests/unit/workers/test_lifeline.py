from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from crawler.errors import StoreError
from tests.servers.process import ends
from tests.servers.waiting import PATIENCE
from workers.lifeline import Child, Launch


def launch(tmp_path: Path, program: str) -> Launch:
    return Launch(argv=(sys.executable, "-c", program), log=tmp_path / "log")


def test_a_child_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    child = Child(launch(tmp_path, "raise SystemExit(7)"))

    ended = child.wait(PATIENCE)

    assert ended
    assert child.exit_code == 7


def test_what_a_child_says_is_in_its_log_alone(tmp_path: Path) -> None:
    Child(launch(tmp_path, "print('hello')")).wait(PATIENCE)

    said = (tmp_path / "log").read_text()

    assert said == "hello\n"
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = "import signal,time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    child = Child(launch(tmp_path, deaf))
    while not (tmp_path / "log").read_text():
        child.wait(0.02)

    child.stop(0.2)

    assert child.exit_code == -signal.SIGKILL


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    nest = "import subprocess,sys; p=subprocess.Popen(['sleep','600']); print(p.pid, flush=True); sys.exit(0)"
    child = Child(launch(tmp_path, nest))
    child.wait(PATIENCE)

    grandchild = int((tmp_path / "log").read_text())

    assert ends(grandchild)


def test_the_environment_of_a_child_is_only_what_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORGE_TOKEN", "hunter2")

    Child(launch(tmp_path, "import os; print('FORGE_TOKEN' in os.environ)")).wait(PATIENCE)

    assert (tmp_path / "log").read_text() == "False\n"


def test_a_log_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreError, match="cannot be started"):
        Child(launch(tmp_path, "print(1)"))

    assert not (tmp_path / "elsewhere").exists()
