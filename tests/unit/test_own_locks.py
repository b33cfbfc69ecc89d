"""Our own locks can be installed by pip with `--require-hashes`, as old as it may be, and hold what is used."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, distributions, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))


def pinned(lock: str) -> Mapping[NormalizedName, frozenset[str]]:
    """Return the extras of each project that a lock pins on this machine."""
    lines = re.findall(r"^[^\s#].*?(?= \\$)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    requirements = [Requirement(line) for line in lines]
    return {
        canonicalize_name(r.name): frozenset(map(canonicalize_name, r.extras))
        for r in requirements
        if r.marker is None or r.marker.evaluate()
    }


def asked_by(distribution: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    """Yield what an installed distribution, with these extras, depends on here."""
    for text in distribution.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_every_extra_that_a_dependency_asks_for_is_pinned_with_it(lock: str) -> None:
    pins = pinned(lock)
    installed = {canonicalize_name(d.metadata["Name"]): d for d in distributions()}
    asked = {
        (name, canonicalize_name(requirement.name), extra)
        for name, extras in pins.items()
        if name in installed
        for requirement in asked_by(installed[name], extras)
        for extra in map(canonicalize_name, requirement.extras)
    }

    missing = {row for row in asked if row[2] not in pins.get(row[1], frozenset())}

    assert ("pygithub", "pyjwt", "crypto") in asked
    assert missing == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_of_what_is_pinned_is_pinned(lock: str) -> None:
    pins = pinned(lock)
    installed = {canonicalize_name(d.metadata["Name"]): d for d in distributions()}

    missing = {
        (name, requirement.name)
        for name, extras in pins.items()
        if name in installed
        for requirement in asked_by(installed[name], extras)
        if canonicalize_name(requirement.name) not in pins
    }

    assert missing == set()


def declared(lines: Iterable[str]) -> set[NormalizedName]:
    """Return the projects that lines of `pyproject.toml` name."""
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported(*folders: str) -> set[NormalizedName]:
    """Return the projects that the modules below `folders` import from."""
    own = {"benchmarks", "crawler", "feeds", "tests", "workers"}
    providers = packages_distributions()
    modules = {name for folder in folders for name in modules_of(folder)}
    foreign = modules - own - sys.stdlib_module_names
    return {canonicalize_name(project) for name in foreign for project in providers[name]}


@cache
def modules_of(folder: str) -> frozenset[str]:
    return frozenset(
        name.partition(".")[0]
        for file in (ROOT / folder).rglob("*.py")
        if "data" not in file.relative_to(ROOT).parts
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        for name in names(node)
    )


def names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module


@pytest.fixture(scope="module")
def pyproject() -> Mapping[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_what_the_program_imports_is_what_it_depends_on(pyproject: Mapping[str, Any]) -> None:
    project = pyproject["project"]
    optional = declared(
        line for lines in project["optional-dependencies"].values() for line in lines
    )

    found = imported("crawler", "feeds", "workers")

    assert found - optional == declared(project["dependencies"])


def test_what_the_tests_import_is_declared(pyproject: Mapping[str, Any]) -> None:
    project, group = pyproject["project"], pyproject["dependency-groups"]["test"]

    undeclared = imported("tests", "benchmarks") - declared([*project["dependencies"], *group])

    assert undeclared == set()


def test_what_only_the_tests_import_is_not_installed_with_the_program() -> None:
    only_tests = imported("tests") - imported("crawler", "feeds", "workers")

    assert {"graphql-core", "hypothesis", "pytest"} <= only_tests
    assert (
        only_tests & {"graphql-core", "hypothesis", "pytest"} & pinned("requirements.lock").keys()
        == set()
    )
