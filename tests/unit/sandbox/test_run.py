"""What a child may and may not do, and what is left of it."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError
from crawler.sandbox import Completed, Confinement, Ended, SandboxLimits, run
from crawler.sandbox.confine import landlock_abi
from tests.servers.process import ends
from tests.servers.waiting import PATIENCE

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
needs_landlock = pytest.mark.skipif(landlock_abi() < 1, reason="this kernel has no Landlock")
ANYWHERE = Confinement.WHERE_POSSIBLE


def shell(script: str, cwd: Path, limits: SandboxLimits | None = None) -> Completed:
    limits = limits or SandboxLimits(seconds=10.0, confinement=ANYWHERE)
    return run(["sh", "-c", script], env=ENVIRONMENT, cwd=cwd, limits=limits)


def test_a_child_reads_its_input_and_its_output_comes_back(tmp_path: Path) -> None:
    limits = SandboxLimits(confinement=ANYWHERE)

    done = run(["cat"], env=ENVIRONMENT, cwd=tmp_path, limits=limits, stdin=b"x" * 300_000)

    assert (done.ok, done.stdout, done.stderr) == (True, b"x" * 300_000, b"")


def test_a_child_inherits_no_variable(tmp_path: Path) -> None:
    done = shell("env", tmp_path)

    names = {line.partition(b"=")[0] for line in done.stdout.splitlines()}
    assert names - {b"PWD", b"_", b"SHLVL"} == {b"PATH", b"LC_ALL"}


def test_the_exit_code_is_the_one_of_the_program(tmp_path: Path) -> None:
    done = shell("exit 125", tmp_path)

    assert (done.ended, done.returncode, done.ok) == (Ended.EXITED, 125, False)


def test_death_by_a_signal_is_a_result(tmp_path: Path) -> None:
    done = shell("kill -SEGV $$", tmp_path)

    assert (done.ended, done.signal, done.returncode) == (Ended.SIGNALLED, signal.SIGSEGV, None)


@needs_landlock
def test_only_the_job_directory_can_be_written(tmp_path: Path) -> None:
    job, outside = tmp_path / "job", tmp_path / "outside"
    job.mkdir()
    outside.mkdir()

    shell(f"echo x > inside; echo x > {outside}/file", job)

    assert list(tmp_path.glob("*/*")) == [job / "inside"]


@needs_landlock
def test_files_outside_the_system_cannot_be_read_unless_named(tmp_path: Path) -> None:
    job, secret = tmp_path / "job", tmp_path / "secret"
    job.mkdir()
    secret.write_text("secret")

    denied = shell(f"cat {secret}", job)
    allowed = shell(
        f"cat {secret}", job, SandboxLimits(readable=(secret,), confinement=Confinement.REQUIRED)
    )

    assert (denied.stdout, allowed.stdout) == (b"", b"secret")


@needs_landlock
def test_a_readable_folder_is_one_path_whatever_its_name_holds(tmp_path: Path) -> None:
    job, secret, named = tmp_path / "job", tmp_path / "secret", tmp_path / f"x:{tmp_path}"
    job.mkdir()
    named.mkdir(parents=True)
    secret.write_text("secret")
    limits = SandboxLimits(readable=(named,), confinement=Confinement.REQUIRED)

    done = shell(f"cat {secret}", job, limits)

    assert done.stdout == b""


@needs_landlock
def test_nothing_in_a_readable_folder_can_be_executed(tmp_path: Path) -> None:
    job, folder = tmp_path / "job", tmp_path / "folder"
    job.mkdir()
    folder.mkdir()
    program = folder / "program"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o755)
    limits = SandboxLimits(readable=(folder,), confinement=Confinement.REQUIRED)

    done = shell(f"cat {program}; {program}", job, limits)

    assert (done.stdout, done.returncode) == (program.read_bytes(), 126)


@pytest.mark.skipif(landlock_abi() < 4, reason="this kernel cannot restrict TCP")
def test_no_port_can_be_reached_unless_named(tmp_path: Path) -> None:
    script = "import socket; socket.create_connection(('127.0.0.1', 9))"

    errors = [
        run(
            [sys.executable, "-c", script],
            env=ENVIRONMENT,
            cwd=tmp_path,
            limits=SandboxLimits(ports=ports),
        ).stderr
        for ports in ((), (9,))
    ]

    assert b"PermissionError" in errors[0]
    assert b"ConnectionRefusedError" in errors[1]


def test_a_child_that_sleeps_is_killed_with_all_it_started(tmp_path: Path) -> None:
    started = time.monotonic()

    done = shell(
        "sleep 300 & echo $!; sleep 300", tmp_path, SandboxLimits(seconds=1.0, confinement=ANYWHERE)
    )

    assert done.ended is Ended.TIMED_OUT
    assert time.monotonic() - started < PATIENCE
    assert ends(int(done.stdout))


def test_what_a_child_leaves_running_is_killed_when_it_exits(tmp_path: Path) -> None:
    done = shell("sleep 300 & echo $!", tmp_path)

    assert done.ok
    assert ends(int(done.stdout))


@pytest.mark.parametrize("stream", ["1", "2"])
def test_a_child_that_talks_without_end_is_stopped(tmp_path: Path, stream: str) -> None:
    limits = SandboxLimits(stdout_bytes=100_000, stderr_bytes=100_000, confinement=ANYWHERE)

    done = shell(f"yes >&{stream}", tmp_path, limits)

    assert done.ended is Ended.TOO_MUCH_OUTPUT
    assert len(done.stdout) + len(done.stderr) == 100_000


def test_a_child_cannot_have_more_memory_than_it_may(tmp_path: Path) -> None:
    limits = SandboxLimits(address_space=256 * 1024 * 1024, confinement=ANYWHERE)
    argv = [sys.executable, "-c", "bytearray(1 << 30)"]

    done = run(argv, env=ENVIRONMENT, cwd=tmp_path, limits=limits)

    assert b"MemoryError" in done.stderr


def test_a_child_cannot_write_a_file_larger_than_it_may(tmp_path: Path) -> None:
    limits = SandboxLimits(file_bytes=100_000, confinement=ANYWHERE)

    shell("yes > big", tmp_path, limits)

    assert (tmp_path / "big").stat().st_size == 100_000


def test_a_child_leaves_no_core_file_that_holds_what_it_read(tmp_path: Path) -> None:
    limits = SandboxLimits(confinement=ANYWHERE)
    argv = [
        sys.executable,
        "-c",
        "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))",
    ]

    done = run(argv, env=ENVIRONMENT, cwd=tmp_path, limits=limits)

    assert done.stdout == b"(0, 0)\n"


def test_a_child_cannot_compute_for_longer_than_it_may(tmp_path: Path) -> None:
    done = shell(
        "while :; do :; done", tmp_path, SandboxLimits(cpu_seconds=1, confinement=ANYWHERE)
    )

    assert done.ended is Ended.SIGNALLED


def test_a_program_that_is_not_there_is_a_matter_of_configuration(tmp_path: Path) -> None:
    limits = SandboxLimits(confinement=ANYWHERE)

    with pytest.raises(ConfigurationError, match="nonexistent-program"):
        run(["nonexistent-program"], env=ENVIRONMENT, cwd=tmp_path, limits=limits)
