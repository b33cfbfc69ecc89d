"""The folder one stands in is data: nothing of a hostile checkout is run or believed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.checkout import Checkout, careless
from tests.servers.excerpt import Stage, excerpt, on_stage
from tests.servers.terminal import Ran, Terminal
from tests.servers.valkey import allow_loopback_and_unix

ROOT = Path(__file__).parents[2]
LAUNCHER = str(ROOT / "ghostcrawl")
INSTALLED = "import sys; from workers.cli.main import main; main()"
"""What the script of an installed package does; its own folder comes first on the path, not the current one."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two repositories, and a user who has seeded."""
    allow_loopback_and_unix()
    world = excerpt(("demo-03/mint-bot", "demo-04/copy-trader"))
    with on_stage(world, tmp_path_factory.mktemp("world")) as staged:
        assert staged.user("seed", "--from", "osv-mal,quarantine-feed").code == 0
        yield staged


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout.make(tmp_path / "checkout", tmp_path / "marks")


def launched(checkout: Checkout, user: Terminal, *words: str) -> Ran:
    """Run `./ghostcrawl` in the checkout, from a careless shell."""
    return _run([LAUNCHER, *words], checkout, careless(user.process_environment()))


def _run(command: list[str], checkout: Checkout, environment: dict[str, str]) -> Ran:
    ran = subprocess.run(
        command,
        cwd=checkout.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(code=ran.returncode, out=ran.stdout, err=ran.stderr)


needs_the_launcher = pytest.mark.skipif(
    Path(sys.prefix) != ROOT / ".venv", reason="runs in another environment than ./ghostcrawl makes"
)


def test_the_traps_are_set(checkout: Checkout) -> None:
    unguarded = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}

    _run([sys.executable, "-m", "workers.cli.main", "version"], checkout, unguarded)

    assert checkout.traces() == [
        "module workers/__init__",
        "module workers/cli/__init__",
        "module workers/cli/main",
    ]


@needs_the_launcher
def test_the_version_is_told_in_a_hostile_checkout(checkout: Checkout, stage: Stage) -> None:
    ran = launched(checkout, stage.user, "version")

    assert ran.code == 0, ran.err
    assert checkout.traces() == []


@needs_the_launcher
def test_a_hostile_checkout_is_scanned_also_in_the_child(checkout: Checkout, stage: Stage) -> None:
    ran = launched(checkout, stage.user, "scan", ".", "--summary", "--format", "jsonl")

    by_format = {row["format"]: row for row in ran.rows}
    requirements = by_format["requirements"]
    assert (requirements["files"], requirements["unreadable"]) == (2, 0), ran.err
    assert checkout.traces() == []


@pytest.mark.slow
@needs_the_launcher
def test_a_cluster_that_is_started_in_a_hostile_checkout_crawls(
    checkout: Checkout, stage: Stage
) -> None:
    ran = launched(checkout, stage.user, *stage.everywhere, "--format", "jsonl")

    assert ran.code == 1, ran.err
    assert {row["repo"]["full_name"] for row in ran.rows} == {
        "demo-03/mint-bot",
        "demo-04/copy-trader",
    }
    assert checkout.traces() == []


@needs_the_launcher
def test_the_doctor_says_that_the_configuration_of_a_checkout_is_ignored(
    checkout: Checkout, stage: Stage
) -> None:
    ran = launched(checkout, stage.user, "doctor")

    assert "ignored; to use it give --config ghostcrawl.toml" in ran.out
    assert checkout.traces() == []


@pytest.mark.slow
def test_an_installed_program_and_its_workers_run_nothing_of_a_checkout_and_find_relative_paths(
    checkout: Checkout, stage: Stage, tmp_path: Path
) -> None:
    program = tmp_path / "bin/ghostcrawl"
    program.parent.mkdir()
    program.write_text(INSTALLED)
    # Python itself has read PYTHONPATH before the program begins; all else is as careless.
    environment = careless(stage.user.process_environment()) | {"PYTHONPATH": f"{ROOT}"}
    for name in ("GHOSTCRAWL_CONFIG", "GHOSTCRAWL_STATE_DIR"):
        environment[name] = os.path.relpath(environment[name], checkout.folder)
    words = [*stage.everywhere, "--format", "jsonl"]

    ran = _run([sys.executable, str(program), *words], checkout, environment)

    assert ran.code == 1, ran.err
    assert len(ran.rows) >= 2
    assert checkout.traces() == []


def test_a_worker_leaves_the_folder_that_it_was_started_in(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "started-here"
    folder.mkdir()
    log = (tmp_path / "log").open("wb")
    words = stage.user.command("worker", "-Q", "api")

    with (
        log,
        subprocess.Popen(
            words, cwd=folder, env=stage.user.process_environment(), stdout=log, stderr=log
        ) as worker,
    ):
        current = Path(f"/proc/{worker.pid}/cwd")
        while worker.poll() is None and current.resolve() in {folder, ROOT}:
            time.sleep(0.02)
        at_last = current.resolve() if worker.poll() is None else None
        worker.terminate()

    assert at_last == stage.user.state.resolve()
