"""The real tools do with each damaged lock what the table of docs/locks.md says.

`.ci/tools FOLDER` installs the tools; `GHOSTCRAWL_TEST_TOOLS=FOLDER` names the folder here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.registries import Registries
from tests.tools.bench import FOLDER, NEEDS_TOOLS, Project
from tests.tools.node_locks import NODE
from tests.tools.node_refusals import NODE_TOOLS
from tests.tools.python_locks import PYTHON
from tests.tools.python_refusals import PYTHON_TOOLS
from tests.tools.refusals import Cell, Tool, cells

_CASES = {case.name: case for case in (*PYTHON, *NODE)}

pytestmark = [pytest.mark.slow, NEEDS_TOOLS]


@pytest.fixture
def registries() -> Iterator[Registries]:
    with Registries() as served:
        yield served


@pytest.mark.timeout(600)  # a dozen installations each
@pytest.mark.parametrize("tool", [*PYTHON_TOOLS, *NODE_TOOLS], ids=lambda tool: tool.title)
def test_each_cell_is_what_the_tool_does(
    tool: Tool, registries: Registries, tmp_path: Path
) -> None:
    folder = Path(FOLDER).resolve() / "bin"
    ((name, _),) = tool.locked.items()
    case = _CASES[name]
    if case.tool != "uv" and shutil.which(case.tool, path=str(folder)) is None:
        pytest.skip(f"{case.tool} is not in {folder}; see what `.ci/tools` said")
    project = Project.made(tmp_path / "made", case, registries, folder)
    for words in case.lock:
        ran = project.run(*words)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    text = project.lock.read_text("utf-8")
    if case.ghost:
        registries.remove("zz-ghost-lib")

    does: dict[tuple[str, str], bool] = {}
    for number, (condition, damage) in enumerate(tool.damaged()):
        damaged = project.cloned(tmp_path / str(number))
        for path, loosen in tool.loosened.items():
            file = damaged.folder / path
            file.write_bytes(loosen(file.read_text("utf-8")))
        damaged.lock.write_bytes(damage(text))
        damaged.run(*tool.install)
        found = damaged.folder.glob(tool.installed)
        does[condition, tool.title] = any(found)
        shutil.rmtree(damaged.folder)

    said = {key: cell is Cell.INSTALLS for key, cell in cells().items() if key[1] == tool.title}
    assert does == said
