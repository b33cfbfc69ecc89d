"""Where a pin really comes from decides how sure a finding is: the whole way from a feed to `scan`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers.git_repository import bare, commit
from tests.servers.lure import write_feed
from tests.servers.terminal import OFFLINE, Terminal

HEX, OTHER = "ab" * 32, "cd" * 32
PIN = "zz-ghost-one==1.0.0"
SOURCE = '[[tool.poetry.source]]\nname = "private"\nurl = "https://private.example/simple"\n'
POETRY = (
    f'[[package]]\nname = "zz-ghost-one"\nversion = "1.0.0"\n'
    f'files = [\n    {{file = "zz_ghost_one-1.0.0.tar.gz", hash = "sha256:{OTHER}"}},\n]\n'
    '\n[metadata]\nlock-version = "2.1"\n'
)
NPM = json.dumps({
    "lockfileVersion": 3,
    "packages": {"node_modules/@zz/ghost": {"version": "1.0.0"}},
})  # fmt: skip
PRIVATE_NPM = "https://npm.private.example/"


def statement(name: str, claim: str, **more: object) -> Mapping[str, object]:
    row = {
        "schema": "ghostcrawl.assertion/v1",
        "ecosystem": "pypi" if name.startswith("zz-") else "npm",
        "name": name,
        "level": "release",
        "versions": ["1.0.0"],
        "claim": claim,
        "record_id": f"DEMO-{name}-{claim}-{more.get('filename', '')}",
        "observed_at": "2026-06-05T00:00:00Z",
        "root_source": "index" if claim == "removed" else "demo-inspector",
    }
    return row | more


@pytest.fixture
def knowing(tmp_path: Path) -> Terminal:
    """A user of both registries who knows two releases as malicious and gone from them."""
    npm = '\n[registries.npm]\nindex_url = "https://npm.index.example/"\n'
    terminal = Terminal.at(tmp_path / "user", OFFLINE + npm)
    rows = [
        statement(name, claim)
        for name in ("zz-ghost-one", "@zz/ghost")
        for claim in ("malicious", "removed")
    ]
    assert terminal("seed", "--from", write_feed(tmp_path / "feed.jsonl", *rows)).code == 0
    return terminal


def found(user: Terminal, folder: Path, *options: str) -> list[tuple[str, list[str]]]:
    """Return level and reasons of each finding below `folder`."""
    ran = user("scan", str(folder), "--format", "jsonl", *options)
    return [
        (row["verdict"]["level"], [reason["code"] for reason in row["verdict"]["reasons"]])
        for row in ran.rows
    ]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


ASKS = ("likely", ["listed-release", "asks-the-index"])
PRIVATE = ("possible", ["listed-release", "asks-the-index", "private-registry"])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"requirements.txt": PIN}, ASKS, id="nothing says otherwise"),
        pytest.param(
            {"requirements.txt": f"--extra-index-url https://wheels.example/\n{PIN}"},
            ASKS,
            id="an extra index",
        ),
        pytest.param(
            {
                "ci/requirements.txt": PIN,
                "pip.conf": "[global]\nindex-url = https://private.example/",
            },
            PRIVATE,
            id="pip.conf",
        ),
        pytest.param(
            {
                "requirements.txt": PIN,
                "uv.toml": '[[index]]\nurl = "https://private.example/"\ndefault = true',
            },
            PRIVATE,
            id="uv.toml",
        ),
        pytest.param(
            {"requirements.txt": PIN, "uv.toml": '[[index]]\nurl = "https://more.example/"'},
            ASKS,
            id="uv.toml with one besides",
        ),
        pytest.param({"poetry.lock": POETRY, "pyproject.toml": SOURCE}, PRIVATE, id="poetry"),
        pytest.param({"poetry.lock": POETRY}, ASKS, id="poetry without a source"),
        pytest.param(
            {"package-lock.json": NPM, ".npmrc": f"@zz:registry={PRIVATE_NPM}"},
            PRIVATE,
            id="a scope in .npmrc",
        ),
        pytest.param(
            {"package-lock.json": NPM, ".npmrc": f"@other:registry={PRIVATE_NPM}"},
            ASKS,
            id="another scope in .npmrc",
        ),
    ],
)
def test_the_registry_that_a_repository_names_is_the_one_that_is_asked(
    files: Mapping[str, str], expected: tuple[str, list[str]], knowing: Terminal, tmp_path: Path
) -> None:
    folder = write(tmp_path / "checkout", files)

    assert found(knowing, folder) == [expected]


def test_settings_that_are_committed_count_for_what_is_committed(
    knowing: Terminal, tmp_path: Path
) -> None:
    conf = "[global]\nindex-url = https://private.example/"
    repository = bare(tmp_path / "task.git")
    commit(repository, {"requirements.txt": PIN.encode(), "pip.conf": conf.encode()})

    assert found(knowing, repository, "--refs", "default") == [PRIVATE]


@pytest.mark.parametrize(
    ("known", "lock", "level"),
    [
        pytest.param((HEX, "12" * 32), f"{PIN} --hash=sha256:{OTHER}", "possible", id="of neither"),
        pytest.param((HEX, None), f"{PIN} --hash=sha256:{OTHER}", "likely", id="one is not known"),
        pytest.param((HEX, OTHER), f"{PIN} --hash=sha256:{OTHER}", "likely", id="of one of them"),
    ],
)
def test_a_hash_is_compared_with_every_file_of_the_release(
    known: tuple[str | None, ...], lock: str, level: str, terminal: Terminal, tmp_path: Path
) -> None:
    names = ("zz_ghost_one-1.0.0-py3-none-any.whl", "zz_ghost_one-1.0.0.tar.gz")
    rows = [
        statement("zz-ghost-one", "malicious"),
        statement("zz-ghost-one", "removed"),
        *(
            statement("zz-ghost-one", "created", level="file", filename=name, sha256=digest)
            for name, digest in zip(names, known, strict=True)
        ),
    ]
    assert terminal("seed", "--from", write_feed(tmp_path / "feed.jsonl", *rows)).code == 0
    write(tmp_path, {"a/requirements.txt": lock})
    pipfile = {"zz-ghost-one": {"version": "==1.0.0", "hashes": [f"sha256:{OTHER}"]}}
    write(tmp_path, {"b/Pipfile.lock": json.dumps({"_meta": {}, "default": pipfile})})

    for folder in ("a", "b"):
        ((confidence, _),) = found(terminal, tmp_path / folder)
        assert confidence == level
