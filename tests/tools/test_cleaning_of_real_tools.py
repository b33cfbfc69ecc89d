"""The commands of a notice take a hijacked release out of the locks of the real tools, and never fetch it.

The release was the newest of its package, and the index lists an older one only; where a case says nothing else,
another package requires it.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.reporting.cleaning import updates
from tests.servers.registries import Registries
from tests.servers.terminal import OFFLINE, Terminal
from tests.tools.bench import FOLDER, NEEDS_TOOLS, Case, Project
from tests.tools.node_locks import NODE
from tests.tools.python_locks import PYTHON

_LIB = "zz-ghost-lib"
_BY_NAME = {case.name: case for case in (*PYTHON, *NODE)}

pytestmark = [pytest.mark.slow, NEEDS_TOOLS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A project that was hit, and which of the ways of its format cleans it."""

    tool: str
    """Name of a case of `python_locks` or `node_locks`."""
    format: str
    way: int = 0
    named: bool = False
    """Whether the project itself names the package."""
    workspace: bool = False


_HITS = (
    Hit(tool="uv", format="uv"),
    Hit(tool="poetry", format="poetry"),
    Hit(tool="pdm", format="pdm"),
    Hit(tool="pipenv", format="pipfile"),
    Hit(tool="npm-3", format="npm", way=0, named=True),
    Hit(tool="npm-3", format="npm", way=1),
    Hit(tool="npm-3", format="npm", way=1, workspace=True),
    Hit(tool="yarn-berry", format="yarn", way=0, workspace=True),
    Hit(tool="yarn-1", format="yarn", way=1),
    Hit(tool="yarn-1", format="yarn", way=1, workspace=True),
    Hit(tool="pnpm-9", format="pnpm", way=0),
    Hit(tool="pnpm-9", format="pnpm", way=1, workspace=True),
    Hit(tool="pnpm-12", format="pnpm", way=1, workspace=True),
    Hit(tool="bun", format="bun", workspace=True),
)


@pytest.fixture(scope="module")
def registries() -> Iterator[Registries]:
    with Registries() as started:
        yield started


def _files(hit: Hit, case: Case) -> Mapping[str, str]:
    """Return the files of `case`, which require `zz-ghost-user` instead of what they require."""
    wanted = _LIB if hit.named else "zz-ghost-user"
    files = dict(case.files)
    if "Pipfile" in files:
        return files | {"Pipfile": files["Pipfile"].partition(_LIB)[0] + f'{wanted} = "*"\n'}
    if "pyproject.toml" in files:
        project = files["pyproject.toml"].replace(
            f'"{_LIB}==1.0.0", "zz-ghost-other"', f'"{wanted}"'
        )
        return files | {"pyproject.toml": project}
    own = f'{{"name": "app", "version": "1.0.0", "private": true, "dependencies": {{"{wanted}": "^1.0.0"}}}}'
    if not hit.workspace:
        return files | {"package.json": own}
    return files | {
        "package.json": '{"name": "all", "private": true, "workspaces": ["app"]}',
        "pnpm-workspace.yaml": "packages: [app]\n",
        "app/package.json": own,
    }


def _locked(hit: Hit, folder: Path, registries: Registries) -> Project:
    tools = Path(FOLDER).resolve() / "bin"
    case = _BY_NAME[hit.tool]
    if shutil.which(case.tool, path=str(tools)) is None and case.tool != "uv":
        pytest.skip(f"{case.tool} is not in {tools}; see what `.ci/tools` said")
    project = Project(folder=folder, case=case, registries=registries, tools=tools)
    (folder / "home").mkdir(parents=True)
    for path, text in _files(hit, case).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text.replace("NPM", registries.npm_url), "utf-8")
    for words in case.lock:
        ran = project.run(*words)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return project


def _pinned(lock: Path, folder: Path) -> set[str]:
    """Return the versions of the package that the lock pins, as ghostcrawl reads it."""
    (row,) = Terminal.at(folder, OFFLINE)("pins", "--format", "jsonl", str(lock)).rows
    return {pin["version"] for pin in row["pins"] if pin["name"] == _LIB}


def _words(command: str, tool: str) -> Sequence[str]:
    """Return the words of a command, whose tool is called otherwise in the folder of tools."""
    _, *words = shlex.split(command)
    return tool, *words


@pytest.mark.parametrize(
    "hit",
    _HITS,
    ids=lambda hit: (
        f"{hit.tool}-{'named' if hit.named else 'required'}{'-workspace' * hit.workspace}"
    ),
)
def test_the_command_of_a_notice_cleans_the_lock_and_does_not_fetch_the_release(
    hit: Hit, registries: Registries, tmp_path: Path
) -> None:
    registries.withhold(_LIB)
    project = _locked(hit, tmp_path / "project", registries)
    before = _pinned(project.lock, tmp_path / "before")
    registries.withhold(_LIB, "1.1.0")
    shutil.rmtree(project.folder / "home")
    (project.folder / "home").mkdir()
    registries.taken.clear()

    for command in updates(hit.format, project.case.path, _LIB)[hit.way].commands:
        ran = project.run(*_words(command, project.case.tool))
        assert ran.returncode == 0, ran.stdout + ran.stderr

    assert before == {"1.1.0"}
    assert _pinned(project.lock, tmp_path / "after") == {"1.0.0"}
    assert [file for file in registries.taken if "1.1.0" in file] == []


@pytest.mark.parametrize("tool", ["pip-compile", "uv pip compile"])
def test_the_command_in_a_compiled_file_cleans_it_with_one_more_option(
    tool: str, registries: Registries, tmp_path: Path
) -> None:
    registries.withhold(_LIB)
    project = Project(
        folder=tmp_path / "project",
        case=_BY_NAME["pip-compile"],
        registries=registries,
        tools=Path(FOLDER).resolve() / "bin",
    )
    (project.folder / "home").mkdir(parents=True)
    (project.folder / "requirements.in").write_text("zz-ghost-user\n", "utf-8")
    options = ("--generate-hashes", "--output-file=requirements.txt", "requirements.in")
    ran = project.run(*tool.split(), *options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    before = _pinned(project.lock, tmp_path / "before")
    registries.withhold(_LIB, "1.1.0")
    head = project.lock.read_text("utf-8").splitlines()
    command = next(line for line in head if line.startswith(f"#    {tool}")).removeprefix("#")

    ran = project.run(*shlex.split(command), "--upgrade-package", _LIB)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert before == {"1.1.0"}
    assert _pinned(project.lock, tmp_path / "after") == {"1.0.0"}
