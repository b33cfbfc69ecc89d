"""What nothing requires is told from what groups, extras, peers, workspaces and overrides require."""

from __future__ import annotations

import json

import pytest

from crawler.lockfiles import manifest_beside, orphans
from crawler.lockfiles.python.uv_requiring import requirements_of_uv

GHOST = ("zz-ghost-lib", "1.0.0")
UV = """\
version = 1

[[package]]
name = "zz-ghost-app"
version = "0.1.0"
source = { virtual = "." }
{project}
[[package]]
name = "zz-ghost-near"
version = "2.0.0"
source = { registry = "http://index.example/simple/" }
{near}
[[package]]
name = "zz-ghost-lib"
version = "1.0.0"
source = { registry = "http://index.example/simple/" }
{ghost}
"""
NEAR = 'dependencies = [{ name = "zz-ghost-near" }]'
LIB = 'dependencies = [{ name = "zz-ghost-lib" }]'
POETRY = """\
[[package]]
name = "zz-ghost-near"
version = "2.0.0"
files = []
{near}
[[package]]
name = "zz-ghost-lib"
version = "1.0.0"
files = []

[metadata]
lock-version = "2.1"
content-hash = "0390b474ef0d9961b4c5d4bbdb4fca7cac6b154974d77b9eb0348d15bff69025"
"""
DIGEST = "0390b474ef0d9961b4c5d4bbdb4fca7cac6b154974d77b9eb0348d15bff69025"
"""Of PROJECT, as poetry 2.5.1 writes it."""
PROJECT = '[project]\nname = "zz-ghost-app"\nversion = "0.1.0"\ndependencies = ["zz-ghost-near"]\n'


def uv(*, project: str = NEAR, near: str = "", ghost: str = "", behind: str = "") -> bytes:
    filled = UV.replace("{project}", project).replace("{near}", near).replace("{ghost}", ghost)
    return (filled + behind).encode()


def npm(root: object, entries: object) -> bytes:
    return json.dumps({"lockfileVersion": 3, "packages": {"": root, **entries}}).encode()  # type: ignore[dict-item]


def test_an_entry_of_a_uv_lock_that_nothing_requires_is_an_orphan() -> None:
    assert orphans("uv.lock", uv()) == frozenset({GHOST})


@pytest.mark.parametrize(
    "lock",
    [
        uv(project=NEAR.replace("]", ', { name = "zz-ghost-lib", marker = "x" }]')),
        uv(near=LIB),
        uv(project=f"{NEAR}\n[package.optional-dependencies]\nextra = [{{ name = 'zz-ghost-lib' }}]"),
        uv(project=f"{NEAR}\n[package.dev-dependencies]\ndev = [{{ name = 'zz-ghost-lib' }}]"),
        uv(behind="[manifest]\nmembers = ['zz-ghost-lib']"),
        uv(behind="[manifest]\nrequirements = [{ name = 'zz-ghost-lib' }]"),
        uv(behind="[manifest]\noverrides = [{ name = 'zz-ghost-lib', specifier = '==1' }]"),
        uv(behind="[manifest.dependency-groups]\ndev = [{ name = 'zz-ghost-lib' }]"),
        uv(project=NEAR.replace(" }", " }, { name = 'zz-ghost-lib', version = '1.0.0' }")),
    ],
)  # fmt: skip
def test_what_anything_in_a_uv_lock_requires_is_none(lock: bytes) -> None:
    assert orphans("uv.lock", lock) == frozenset()


@pytest.mark.parametrize(
    "lock",
    [
        uv(ghost=LIB),
        uv(project="dependencies = [{ name = 'zz-ghost-near' }, { name = 'zz-ghost-lib', version = '9' }]"),
        uv(behind="[manifest]\nconstraints = [{ name = 'zz-ghost-lib' }]"),
        uv(project="# dependencies = [{ name = 'zz-ghost-lib' }]\n" + NEAR),
        uv(behind="[package.metadata]\nrequires-dist = [{ name = 'zz-ghost-lib' }]"),
    ],
    ids=["itself", "other version", "constraint", "comment", "metadata"],
)  # fmt: skip
def test_what_only_seems_to_require_an_entry_does_not(lock: bytes) -> None:
    assert orphans("uv.lock", lock) == frozenset({GHOST})


def test_what_a_project_requires_over_and_over_is_one_root() -> None:
    again = "[manifest]\nrequirements = [" + '{ name = "zz-ghost-lib" },' * 50 + "]\n"

    of_uv = requirements_of_uv(uv(behind=again))

    assert of_uv is not None
    assert sorted(of_uv.roots) == [0, 2]


def test_two_that_only_require_one_another_are_orphans_both() -> None:
    lock = uv(project="", near=LIB, ghost=NEAR)

    assert orphans("uv.lock", lock) == frozenset({GHOST, ("zz-ghost-near", "2.0.0")})


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("uv.lock", b'version = 1\n\n[[package]]\nname = "zz-ghost-lib"\nversion = "1.0.0"\n'),
        ("uv.lock", b"<<<<<<< ours\n"),
        ("package-lock.json", npm({}, {}).replace(b'"": {}', b'"a": {}')),
        ("package-lock.json", b'{"lockfileVersion": 1, "dependencies": {}}'),
        ("package-lock.json", b"[" * 100_000),
        ("yarn.lock", b""),
    ],
)
def test_of_a_lock_without_roots_or_sense_nothing_is_told(path: str, data: bytes) -> None:
    assert orphans(path, data) is None


def test_an_entry_of_npm_that_no_folder_above_it_requires_is_an_orphan() -> None:
    lock = npm(
        {"dependencies": {"zz-ghost-near": "2"}},
        {
            "node_modules/zz-ghost-near": {"version": "2.0.0"},
            "node_modules/zz-ghost-near/node_modules/zz-ghost-lib": {"version": "1.0.0"},
        },
    )

    assert orphans("package-lock.json", lock) == frozenset({GHOST})


@pytest.mark.parametrize(
    ("root", "entries"),
    [
        ({"dependencies": {"zz-ghost-lib": "1"}}, {}),
        ({"devDependencies": {"zz-ghost-lib": "1"}}, {}),
        ({"optionalDependencies": {"zz-ghost-lib": "1"}}, {}),
        ({"peerDependencies": {"zz-ghost-lib": "1"}}, {}),
        ({"workspaces": ["a"]}, {"a": {"dependencies": {"zz-ghost-lib": "1"}}}),
        (
            {"dependencies": {"near": "npm:zz-ghost-near"}},
            {
                "node_modules/near": {
                    "name": "zz-ghost-near",
                    "version": "2.0.0",
                    "dependencies": {"zz-ghost-lib": "1"},
                }
            },
        ),
        ({}, {"node_modules/zz-ghost-lib": {"version": "1.0.0", "extraneous": True}}),
    ],
    ids=["dependency", "dev", "optional", "peer", "workspace", "behind an alias", "extraneous"],
)
def test_what_anything_in_a_lock_of_npm_requires_is_none(root: object, entries: object) -> None:
    lock = npm(root, {"node_modules/zz-ghost-lib": {"version": "1.0.0"}, **entries})  # type: ignore[dict-item]

    assert orphans("package-lock.json", lock) == frozenset()


@pytest.mark.parametrize(
    "near",
    [
        {"bundleDependencies": ["zz-ghost-other"]},
        {"hasShrinkwrap": True},
    ],
)
def test_what_comes_with_another_package_of_npm_is_the_matter_of_that(near: object) -> None:
    lock = npm(
        {"dependencies": {"zz-ghost-near": "2"}},
        {
            "node_modules/zz-ghost-near": {"version": "2.0.0", **near},  # type: ignore[dict-item]
            "node_modules/zz-ghost-near/node_modules/zz-ghost-other": {"version": "3.0.0"},
        },
    )

    assert orphans("package-lock.json", lock) == frozenset()


def test_the_roots_of_a_lock_of_poetry_are_those_of_the_manifest_that_it_is_for() -> None:
    lock = POETRY.replace("{near}", "").encode()
    near = POETRY.replace("{near}", '[package.dependencies]\n"ZZ_Ghost.lib" = ">=1"\n').encode()

    assert manifest_beside("app/poetry.lock") == "app/pyproject.toml"
    assert manifest_beside("app/uv.lock") is None
    assert orphans("poetry.lock", lock, PROJECT.encode()) == frozenset({GHOST})
    assert orphans("poetry.lock", near, PROJECT.encode()) == frozenset()
    assert orphans("poetry.lock", lock) is None
    assert orphans("poetry.lock", lock, PROJECT.replace("near", "far").encode()) is None


@pytest.mark.parametrize(
    ("manifest", "digest"),
    [
        (
            PROJECT.replace("near", "lib"),
            "78dfc303ce2bdc4df89a4d4d6cc7fb84b0c618955bfec7681818de3a1ef1d920",
        ),
        (
            PROJECT.replace('["zz-ghost-near"]', "[]")
            + "[project.optional-dependencies]\nextra = [\"zz-ghost-lib[some] >= 1; os_name == 'x'\"]\n",
            "ba8867359ea276d520958750beeb5f501e44b1694e2cada8c685bd9dcc241eb4",
        ),
        (
            '[dependency-groups]\ndev = [{ include-group = "more" }]\nmore = ["ZZ_ghost.lib"]\n',
            "ebe342d34b620d01b49e90af764c92dab3630aa70cda89cfac3828d087fb146b",
        ),
        (
            '[tool.poetry.dependencies]\nzz-ghost-lib = "^1"\n',
            "19c942527b8a94f2950e8ebcc3fc00e1cd6d5e37cb0bcb6b70b3fa8010c531bc",
        ),
        (
            '[tool.poetry.dev-dependencies]\nzz-ghost-lib = "^1"\n',
            "0916fe0cb502d4e4ff000671371bf80741b03700722585fc3d802db30394b488",
        ),
        (
            '[tool.poetry.group.docs.dependencies]\nzz-ghost-lib = "^1"\n',
            "97610cd015f07045aab5a8a8b15795c61cf87d58bfe879928e702be5d73d7d79",
        ),
    ],
    ids=["dependency", "extra", "included group", "tool", "dev", "group of the tool"],
)
def test_what_any_table_of_the_manifest_requires_is_none(manifest: str, digest: str) -> None:
    lock = POETRY.replace("{near}", "").replace(DIGEST, digest).encode()

    assert orphans("poetry.lock", lock, manifest.encode()) == frozenset(
        {("zz-ghost-near", "2.0.0")}
    )
