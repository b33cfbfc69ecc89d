"""What the names around a lock say of it; and which names are asked for at all."""

from __future__ import annotations

import pytest

from crawler.lockfiles import Neighbourhood, around, is_renamed

COMMIT = "1" * 40
TASK = ("README.md", "pyproject.toml", "uv.lock", "src/main.py", "tests/test_main.py")


@pytest.mark.parametrize(
    ("lock", "names"),
    [
        ("uv.lock", TASK),
        ("uv.lock", ("uv.lock", "README.md")),
        ("app/uv.lock", ("app/uv.lock", "app/pyproject.toml", "app/test_app.py")),
        ("web/yarn.lock", ("web/yarn.lock", "web/package.json", "web/app.test.ts", "uv.lock")),
        ("tool.py.lock", ("tool.py.lock", "tool.py")),
        ("ci/requirements.txt", ("ci/requirements.txt",)),
        ("a/pylock.toml", ("a/pylock.toml",)),
        (
            "services/api/uv.lock",
            (
                *[f"services/{name}/uv.lock" for name in ("api", "web", "jobs")],
                *[f"services/{name}/pyproject.toml" for name in ("api", "web", "jobs")],
                *[f"services/{name}/{name}.py" for name in ("api", "web", "jobs")],
            ),
        ),
    ],
)
def test_a_project_that_is_installed_from_shows_nothing(lock: str, names: tuple[str, ...]) -> None:
    seen = around(lock, set(names), COMMIT)

    assert (seen.lacks, seen.twins, seen.tests) == ((), 0, "")
    assert seen.tools <= 2


@pytest.mark.parametrize(
    ("lock", "lacks"),
    [
        ("a/uv.lock", ("pyproject.toml",)),
        ("a/tool.py.lock", ("tool.py",)),
        ("a/poetry.lock", ("pyproject.toml",)),
        ("a/pdm.lock", ("pyproject.toml",)),
        ("a/Pipfile.lock", ("Pipfile",)),
        ("a/package-lock.json", ("package.json",)),
        ("a/yarn.lock", ("package.json",)),
        ("a/bun.lock", ("package.json",)),
        ("a/pnpm-lock.yaml", ("package.json", "package.yaml", "package.json5")),
        ("a/pixi.lock", ("pixi.toml", "pyproject.toml", "mojoproject.toml")),
    ],
)
def test_a_lock_below_the_root_without_its_manifest(lock: str, lacks: tuple[str, ...]) -> None:
    assert around(lock, {lock, "a/README.md", lacks[0]}, COMMIT).lacks == lacks
    assert around(lock, {lock, f"a/{lacks[-1]}"}, COMMIT).lacks == ()


def test_folders_that_hold_the_same_names_are_counted() -> None:
    names = {f"zoo/{n}/{file}" for n in range(3) for file in ("package.json", "package-lock.json")}

    seen = around("zoo/1/package-lock.json", {*names, "zoo/3/package-lock.json"}, COMMIT)

    assert (seen.twins, seen.namesakes) == (2, 3)


def test_tools_with_a_lock_in_one_folder_are_counted() -> None:
    names = {
        "uv.lock",
        "pylock.toml",
        "poetry.lock",
        "Pipfile.lock",
        "package-lock.json",
        "a/yarn.lock",
    }
    others = {"pyproject.toml", ".npmrc", "before.pdm.lock", "package.json"}

    assert around("uv.lock", names | others, COMMIT).tools == 4


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        ("checks/data/one/uv.lock", "checks/test_parser.py"),
        ("pkg/data/yarn.lock", "pkg/scan_test.go"),
        ("spec/files/uv.lock", "spec/reader_spec.rb"),
        ("lib/inputs/package-lock.json", "lib/parse.spec.ts"),
        ("src/x/poetry.lock", "src/ParserTest.java"),
        ("checks/uv.lock", "checks/conftest.py"),
    ],
)
def test_code_that_tests_lies_around_the_lock(lock: str, code: str) -> None:
    assert around(lock, {lock, code, "main.py"}, COMMIT).tests == code


@pytest.mark.parametrize(
    ("path", "renamed"),
    [
        ("before-merge.uv.lock", True),
        ("a/001.package-lock.json", True),
        ("uv.lock", False),
        ("tool.py.lock", False),
        ("pnpm-lock.main.yaml", False),
        ("tools.pex.lock", False),
        ("README.md", False),
    ],
)
def test_a_lock_under_a_name_that_its_tool_does_not_read(path: str, renamed: bool) -> None:  # noqa: FBT001
    assert is_renamed(path) is renamed


def test_only_names_of_folders_around_the_locks_are_asked_for() -> None:
    near = Neighbourhood({"a/b/uv.lock", "poetry.lock"})

    wanted = {
        path
        for path in (
            "README.md",
            "a/x.py",
            "a/b/pyproject.toml",
            "a/c/uv.lock",
            "a/c/d/uv.lock",
            "z/uv.lock",
            "a/b/c/x.py",
        )
        if near.wants(path)
    }

    assert wanted == {"README.md", "a/x.py", "a/b/pyproject.toml", "a/c/uv.lock"}
    assert [near.wants_text(p) for p in ("a/ReadMe.rst", "a/c/README.md", "a/x.py")] == [
        True,
        False,
        False,
    ]


def test_of_too_many_names_nothing_is_known() -> None:
    near = Neighbourhood({"uv.lock"})

    kept = sum(near.wants(f"{number}.txt") for number in range(20_001))

    assert (kept, near.is_whole) == (20_000, False)
