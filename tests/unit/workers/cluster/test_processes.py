from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.errors import Stop
from tests.servers.waiting import PATIENCE, eventually
from workers.cluster.processes import DEFAULT_COMMAND, Respawn, WorkerGroup, WorkerSpec

SLEEPER = (
    sys.executable,
    "-c",
    "import sys,time; print(sys.argv[1:], flush=True); time.sleep(600)",
)
ENDING_ONCE = """
import pathlib, sys, time
been = pathlib.Path(sys.argv[1], "been-" + sys.argv[3])
if been.exists():
    time.sleep(600)
been.touch()
"""
DYING = (sys.executable, "-c", "raise SystemExit(3)")
GIT = WorkerSpec(name="git", pool="git", threads=24, kinds=("verify", "visit"))
API = WorkerSpec(name="api", pool="api", threads=8)


def group(tmp_path: Path, command: tuple[str, ...], **kept: Respawn) -> WorkerGroup:
    return WorkerGroup(
        [API, GIT], log_directory=tmp_path / "logs", clock=time.monotonic, command=command, **kept
    )


def test_workers_get_their_queues_on_the_command_line_and_a_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "worker-git.log"
    with group(tmp_path, SLEEPER) as workers:
        running = sorted(workers.pids)

        eventually(lambda: log.exists() and log.read_text())

    assert running == ["api", "git"]
    assert log.read_text() == "['-Q', 'git', '-c', '24', '--kinds', 'verify,visit']\n"
    assert DEFAULT_COMMAND[1:] == ("-P", "-m", "workers.cli.main", "worker")


def test_a_worker_that_ended_by_itself_is_started_again_and_has_not_died(tmp_path: Path) -> None:
    command = (sys.executable, "-c", ENDING_ONCE, str(tmp_path))
    with group(tmp_path, command, respawn=Respawn(deaths=1, seconds=60)) as workers:
        eventually(lambda: not workers.pids)

        deaths = workers.watch()

        assert sorted(workers.pids) == ["api", "git"]
    assert deaths == ()


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with group(tmp_path, SLEEPER) as workers:
        old = dict(workers.pids)
        subprocess.run(["kill", "-9", str(old["git"])], check=True)
        eventually(lambda: "git" not in workers.pids)

        deaths = workers.watch()
        new = dict(workers.pids)

    assert [(death.name, death.exit_code) for death in deaths] == [("git", -9)]
    assert new["api"] == old["api"]
    assert new["git"] != old["git"]


def test_a_worker_that_dies_too_often_is_not_started_for_ever(tmp_path: Path) -> None:
    with group(tmp_path, DYING, respawn=Respawn(deaths=3, seconds=60)) as workers:
        for _ in range(2):
            eventually(lambda: not workers.pids)
            workers.watch()
        eventually(lambda: not workers.pids)

        with pytest.raises(Stop, match=r"died 3 times in 60 s \(last exit code 3\); see .*log"):
            workers.watch()


def test_all_workers_end_with_the_group(tmp_path: Path) -> None:
    workers = group(tmp_path, SLEEPER)
    workers.start()
    pids = list(workers.pids.values())

    workers.stop(PATIENCE)

    assert [Path(f"/proc/{pid}").exists() for pid in pids] == [False, False]


def test_a_log_that_grew_large_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "worker-git.log").write_bytes(b"x" * (11 * 1024 * 1024))

    with group(tmp_path, SLEEPER):
        pass

    assert (tmp_path / "logs" / "worker-git.log.1").stat().st_size == 11 * 1024 * 1024
    assert (tmp_path / "logs" / "worker-git.log").stat().st_size < 1000
