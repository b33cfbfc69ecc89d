"""What uv, poetry and npm lock of projects by chance has no entry that nothing requires."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.lockfiles import manifest_beside, orphans
from crawler.lockfiles.requiring import Release
from tests.servers.npm_registry import NpmRegistry
from tests.servers.registries import proxies_to
from tests.tools.bench import FOLDER, NEEDS_TOOLS, environment
from tests.tools.orphan_worlds import (
    Generated,
    GeneratedIndex,
    npm_packages,
    npm_project,
    python_project,
)
from workers.demo.loopback import Server

_TOOLS = ("uv", "poetry", "npm")

pytestmark = NEEDS_TOOLS


@contextmanager
def serving() -> Iterator[Server]:
    """Serve the generated packages of both ecosystems."""
    index = GeneratedIndex()
    with Server({"index.example": index, "127.0.0.1": NpmRegistry(npm_packages())}) as server:
        yield server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as served:
        yield served


def _made(tool: str, number: int) -> Generated:
    return npm_project(number) if tool == "npm" else python_project(tool, number)


def _marked(tool: str, number: int, server: Server, folder: Path) -> frozenset[Release] | None:
    """Lock a project in `folder`; return its orphans, or None where the tool finds no solution."""
    project = _made(tool, number)
    for path, content in project.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, "utf-8")
    (folder / ".npmrc").write_text(f"registry={server.base_url}/\n", "utf-8")
    ran = subprocess.run(
        project.lock,
        cwd=folder,
        env=environment(
            folder / "home", Path(FOLDER).resolve() / "bin", proxies_to(server.base_url)
        ),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if ran.returncode:
        return None
    beside = manifest_beside(project.path)
    manifest = None if beside is None else (folder / beside).read_bytes()
    return orphans(project.path, (folder / project.path).read_bytes(), manifest)


def _all_marked(
    tool: str, numbers: range, server: Server, folder: Path
) -> list[frozenset[Release]]:
    """Return the orphans of each project that the tool finds a solution for: most of them."""
    marked = []
    for number in numbers:
        (folder / str(number)).mkdir()
        marked.append(_marked(tool, number, server, folder / str(number)))
    told = [one for one in marked if one is not None]
    assert len(told) > len(marked) // 2
    return told


@pytest.mark.slow
@pytest.mark.parametrize("tool", _TOOLS)
def test_a_real_tool_locks_nothing_that_nothing_requires(
    tool: str, server: Server, tmp_path: Path
) -> None:
    assert set(_all_marked(tool, range(4), server, tmp_path)) == {frozenset()}


@pytest.mark.long
@pytest.mark.parametrize("tool", _TOOLS)
def test_no_real_tool_ever_locks_what_nothing_requires(
    tool: str, server: Server, tmp_path: Path
) -> None:
    assert set(_all_marked(tool, range(4, 104), server, tmp_path)) == {frozenset()}
