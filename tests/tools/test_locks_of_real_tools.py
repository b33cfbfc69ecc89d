"""Locks made by the real tools are read to the last pin, and install what was removed.

`.ci/tools FOLDER` installs the tools; `GHOSTCRAWL_TEST_TOOLS=FOLDER` names the folder here.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.registries import Registries
from tests.servers.terminal import OFFLINE, Terminal
from tests.tools.bench import FOLDER, NEEDS_TOOLS, Case, Project, Stated
from tests.tools.node_locks import NODE
from tests.tools.python_locks import PYTHON

_CASES = (*PYTHON, *NODE)
_GHOSTS = tuple(case for case in _CASES if case.install and case.ghost)
_ASKING = tuple(case for case in _CASES if case.install and not case.ghost)

pytestmark = [pytest.mark.slow, NEEDS_TOOLS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Locks each case once, for all tests."""

    folder: Path
    tools: Path
    stack: ExitStack
    locked: dict[str, Project]

    def project(self, case: Case) -> Project:
        """Return the project of `case` with its lock."""
        if shutil.which(case.tool, path=str(self.tools)) is None and case.tool != "uv":
            pytest.skip(f"{case.tool} is not in {self.tools}; see what `.ci/tools` said")
        if case.name not in self.locked:
            registries = self.stack.enter_context(Registries())
            project = Project.made(self.folder / case.name, case, registries, self.tools)
            for words in case.lock:
                ran = project.run(*words)
                assert ran.returncode == 0, ran.stdout + ran.stderr
            self.locked[case.name] = project
        return self.locked[case.name]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with ExitStack() as stack:
        tools = Path(FOLDER).resolve() / "bin"
        folder = tmp_path_factory.mktemp("projects")
        yield Bench(folder=folder, tools=tools, stack=stack, locked={})


@pytest.fixture
def locked(request: pytest.FixtureRequest, bench: Bench) -> Project:
    """A project that its tool has locked."""
    return bench.project(request.param)


def _each(cases: tuple[Case, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("locked", cases, ids=lambda case: case.name, indirect=True)


def _stated(pin: Mapping[str, Any]) -> Stated:
    return Stated(
        name=pin["name"],
        version=pin["version"],
        url=pin["url"],
        filename=pin["filename"],
        hashes=tuple(
            sorted(f"{a}:{digest}" for a, all_ in pin["hashes"].items() for digest in all_)
        ),
    )


def _lines(lock: str, pin: Mapping[str, Any]) -> str:
    first, last = pin["lines"]
    return "\n".join(lock.split("\n")[first - 1 : last])


def _spellings(digest: str) -> tuple[str, str]:
    """Return a digest in hex and as subresource integrity writes it."""
    return digest, base64.b64encode(bytes.fromhex(digest)).decode()


@_each(_CASES)
def test_the_lock_of_a_tool_is_read_fully_and_pins_exactly_the_files_that_are_served(
    locked: Project, tmp_path: Path
) -> None:
    user = Terminal.at(tmp_path, OFFLINE)

    shown = user("pins", "--format", "jsonl", str(locked.lock))

    (row,) = shown.rows
    assert (shown.code, row["readable"], row["skipped"]) == (0, True, [])
    pins = [_stated(pin) for pin in row["pins"]]
    assert len(pins) == len(set(pins))
    assert set(pins) == set(locked.case.pins(locked.registries))
    assert [
        p["source"] for p in row["pins"] if not p["source"].startswith(locked.case.source)
    ] == []
    assert locked.registries.traffic().unknown_hosts == ()


@_each(_CASES)
def test_the_lines_of_a_pin_hold_its_url_and_its_digests(locked: Project, tmp_path: Path) -> None:
    user = Terminal.at(tmp_path, OFFLINE)
    text = locked.lock.read_text("utf-8")

    (row,) = user("pins", "--format", "jsonl", str(locked.lock)).rows

    for pin in row["pins"]:
        lines = _lines(text, pin)
        assert (pin["url"] or pin["filename"] or pin["name"]) in lines
        for digest in (digest for digests in pin["hashes"].values() for digest in digests):
            assert any(spelling in lines for spelling in _spellings(digest))


@_each(_GHOSTS)
def test_a_removed_package_still_installs_from_the_lock_without_an_answer_of_the_index(
    locked: Project, tmp_path: Path
) -> None:
    locked.registries.remove("zz-ghost-lib")
    before = locked.registries.index_hits()
    stranger = locked.cloned(tmp_path / "clone")

    ran = stranger.run(*locked.case.install)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list(stranger.folder.glob(locked.case.installed)) != []
    assert (locked.registries.index_hits() > before) == locked.case.asks


@_each(_ASKING)
def test_a_tool_that_asks_the_index_first_cannot_install_a_removed_package(
    locked: Project, tmp_path: Path
) -> None:
    locked.registries.remove("zz-ghost-lib")
    before = locked.registries.index_hits()
    stranger = locked.cloned(tmp_path / "clone")

    ran = stranger.run(*locked.case.install)

    assert ran.returncode != 0, ran.stdout + ran.stderr
    assert locked.registries.index_hits() > before
