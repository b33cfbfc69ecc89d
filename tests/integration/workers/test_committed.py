"""The child that reads local repositories: what it is handed, what it hands back, and how it dies."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.model import Outcome, Refs
from crawler.sandbox import run
from crawler.sandbox.confine import landlock_abi
from tests.servers.git_repository import bare, commit
from workers.committed import LIMITS, read_committed


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    origin = bare(tmp_path / "o.git")
    commit(origin, {"uv.lock": b"\x00\n\xff", "b/poetry.lock": b"", "c/README": b"no lock"})
    return origin


def test_the_bytes_of_every_lock_come_back_as_they_are(repository: Path) -> None:
    visit = read_committed(repository, Refs.DEFAULT)

    assert {(b.path, b.data) for b in visit.blobs} == {
        ("uv.lock", b"\x00\n\xff"),
        ("b/poetry.lock", b""),
    }
    assert (visit.outcome, visit.repository.path) == (Outcome.VISITED, str(repository))


def test_a_child_that_runs_out_of_time_is_said(repository: Path) -> None:
    visit = read_committed(repository, Refs.BRANCHES, replace(LIMITS, seconds=0.01))

    assert visit.outcome is Outcome.FAILED
    assert visit.skipped[0].reason == "reading took more than 0 s and was ended"


@pytest.mark.parametrize("megabytes", [30, 40])
def test_a_child_without_memory_is_said(megabytes: int, repository: Path) -> None:
    limits = replace(LIMITS, address_space=megabytes * 1_000_000)

    visit = read_committed(repository, Refs.BRANCHES, limits)

    assert visit.outcome is Outcome.FAILED
    assert visit.skipped[0].reason.startswith(("the reader ended with ", "the reader died of "))


@pytest.mark.parametrize("name", ["nowhere", "file", "file/below", "loop"])
def test_what_is_no_folder_has_no_repository(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")

    visit = read_committed(tmp_path / name, Refs.BRANCHES)

    assert visit.outcome is Outcome.GONE
    assert visit.skipped[0].reason == f"no folder at {tmp_path / name}"


def test_more_output_than_is_taken_is_said(repository: Path) -> None:
    visit = read_committed(repository, Refs.BRANCHES, replace(LIMITS, stdout_bytes=100))

    assert visit.outcome is Outcome.FAILED
    assert visit.skipped[0].reason == "more files and refs than are taken from one repository"


def test_modules_in_the_folder_that_is_scanned_are_not_imported(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "marker"
    for name in ("git.py", "crawler.py", "json.py", "sitecustomize.py"):
        (repository / name).write_text(f"open({str(marker)!r}, 'w')\n")
    monkeypatch.chdir(repository)

    visit = read_committed(Path(), Refs.DEFAULT)

    assert len(visit.blobs) == 2
    assert not marker.exists()


@pytest.mark.skipif(landlock_abi() < 1, reason="this kernel has no Landlock")
def test_the_child_could_not_read_what_lies_beside_the_folder(
    repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    script = f"cat {shlex.quote(str(tmp_path))}/secret {shlex.quote(str(repository))}/HEAD"
    job = tmp_path / "job"
    job.mkdir()

    done = run(
        ["sh", "-c", script],
        env={"PATH": "/usr/bin:/bin"},
        cwd=job,
        limits=replace(LIMITS, readable=(*LIMITS.readable, repository)),
    )

    assert done.stdout == b"ref: refs/heads/main\n"
