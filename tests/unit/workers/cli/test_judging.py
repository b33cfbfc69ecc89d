"""Much to read is read on all cores, with the same answer; a core that is lost loses no file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.matching import WatchKeys
from crawler.model import Repository, Skipped, Verdict
from tests.values import REGISTRIES, SHA, ghost_file, verdict
from workers import files
from workers.cli.judging import Judged, Told, judge_files
from workers.cli.open_verdicts import OpenVerdicts

HERE = Repository(host="local", path="here", clone_url=".")
PADDING = ("# " + "innocent " * 1_000 + "\n") * 66
GHOST = f"""\
version = 1

[[package]]
name = "zz-ghost"
version = "1.0"
source = {{ registry = "https://index.example/simple" }}
wheels = [
    {{ url = "https://files.index.example/zz_ghost-1.0-py3-none-any.whl", hash = "sha256:{SHA}" }},
]
"""


def _known(_: WatchKeys) -> tuple[Verdict, ...]:
    return (verdict(file=ghost_file()),)


KNOWN = OpenVerdicts(lookup=_known, registries=REGISTRIES, knows_ghosts=True)


@contextmanager
def _opened() -> Iterator[OpenVerdicts]:
    yield KNOWN


def _lost() -> AbstractContextManager[OpenVerdicts]:
    os._exit(9)


@pytest.fixture
def found(tmp_path: Path) -> list[files.Found]:
    """Ten files that are 6 MB together: two pin a ghost, one is broken, one pins nothing."""
    for number in range(10):
        folder = tmp_path / f"p{number}"
        folder.mkdir()
        text = GHOST if number in {3, 8} else "[[package\n" if number == 5 else "version = 1\n"
        (folder / "uv.lock").write_text(text + PADDING, "utf-8")
    (tmp_path / "Dockerfile").write_text("FROM debian\n", "utf-8")
    (tmp_path / "gone").mkdir()
    gone = files.Found(path="gone/uv.lock", file=tmp_path / "gone/uv.lock")
    return [*(f for f in files.find(tmp_path) if isinstance(f, files.Found)), gone]


def _timeless(told: Told) -> Told:
    return replace(told, seconds=0.0) if isinstance(told, Judged) else told


def test_all_cores_tell_what_one_tells(found: list[files.Found]) -> None:
    begun = time.perf_counter()
    alone = list(judge_files(KNOWN, HERE, found))
    took = time.perf_counter() - begun
    together = list(judge_files(replace(KNOWN, reopen=_opened), HERE, found))

    assert [len(t.findings) for t in alone if isinstance(t, Judged)] == [
        *(0, 0, 0, 1, 0),
        *(0, 0, 0, 1, 0),
    ]
    assert [t.context for t in alone if isinstance(t, Skipped)] == ["gone/uv.lock"]
    assert 0 < sum(t.seconds for t in alone if isinstance(t, Judged)) <= took
    assert list(map(_timeless, together)) == list(map(_timeless, alone))


def test_a_process_that_is_lost_leaves_its_files_to_the_others(found: list[files.Found]) -> None:
    alone = list(judge_files(KNOWN, HERE, found))

    told = list(judge_files(replace(KNOWN, reopen=_lost), HERE, found))

    assert list(map(_timeless, told)) == list(map(_timeless, alone))


def test_a_file_that_is_no_lock_and_names_nothing_is_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\n", "utf-8")
    dockerfile = files.Found(path="Dockerfile", file=tmp_path / "Dockerfile")

    assert list(judge_files(KNOWN, HERE, [dockerfile])) == []
