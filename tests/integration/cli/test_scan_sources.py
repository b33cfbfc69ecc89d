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
BESIDES = ("possible", ["listed-release", "asks-the-index", "other-index-asked"])
PRIVATE = ("possible", ["listed-release", "asks-the-index", "private-registry"])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"requirements.txt": PIN}, ASKS, id="nothing says otherwise"),
        pytest.param(
            {"requirements.txt": f"--extra-index-url https://wheels.example/\n{PIN}"},
            ("possible", ["listed-release", "other-index-asked", "asks-the-index"]),
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
            BESIDES,
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


INDEX = "--index-url https://private.example/simple"


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": f"{INDEX}\n-r base.txt", "base.txt": PIN},
        {"requirements.txt": f"-c opts.conf\n{PIN}", "opts.conf": INDEX},
        {"ci/dev.in": f"-r ../a.cfg\n{INDEX}", "a.cfg": "-r b.cfg", "b.cfg": PIN},
        {"all.txt": "-r index.txt\n-r base.txt", "index.txt": INDEX, "base.txt": PIN},
        {
            "dev.txt": "--extra-index-url https://more.example/\n-r requirements.txt",
            "requirements.txt": PIN,
        },
        {"dev.txt": "--no-index\n-f wheels\n-r requirements.txt", "requirements.txt": PIN},
        {"dev.txt": "-f https://links.example/\n-r requirements.txt", "requirements.txt": PIN},
        {"requirements.txt": f"-f ./wheels\n{PIN}"},
        {"requirements.txt": f"-c opts.txt\n{PIN}", "opts.txt": f"\ufeff{INDEX}"},
        {"requirements.txt": f"-c opts.txt\n{PIN}", "opts.txt": f"# of old\r{INDEX}"},
        {
            "environment.yml": f"dependencies:\n- pip:\n  - {INDEX}\n  - -r base.txt",
            "base.txt": PIN,
        },
        {"environment.yml": f"dependencies:\n- pip:\n  - -r i.txt\n  - {PIN}", "i.txt": INDEX},
        {"tox.ini": f"[testenv]\ndeps =\n  {INDEX}\n  -r base.txt", "base.txt": PIN},
        {"tox.ini": f"[testenv]\ndeps =\n  {INDEX}\n  {PIN}"},
        {
            "tox.toml": f'[env_run_base]\ndeps = ["{INDEX}", "-r{{tox_root}}/base.txt"]',
            "base.txt": PIN,
        },
        {
            "pyproject.toml": f'[tool.tox.env_run_base]\ndeps = ["{INDEX}", "-r base.txt"]',
            "base.txt": PIN,
        },
        {
            "noxfile.py": 'import nox\ndef a(s):\n    s.install("-r", "base.txt", "-i", "https://p.example")',
            "base.txt": PIN,
        },
        {
            "ci/dev.txt": "-r ../requirements.txt",
            "ci/pip.conf": "[install]\nindex-url = https://private.example/",
            "requirements.txt": PIN,
        },
    ],
)
def test_what_one_file_of_a_run_of_pip_says_of_indexes_counts_for_all_of_it(
    files: Mapping[str, str], knowing: Terminal, tmp_path: Path
) -> None:
    ((level, reasons),) = found(knowing, write(tmp_path / "checkout", files))

    assert level == "possible"
    assert {"other-index-asked", "private-registry"} & set(reasons)


@pytest.mark.parametrize(
    "files",
    [
        {
            "requirements.txt": "--index-url https://index.example/simple\n-r base.txt",
            "base.txt": PIN,
        },
        {"requirements.txt": PIN, "other.txt": f"{INDEX}\nzz-other==1"},
        {"requirements.txt": f"-r gone.txt\n--pre\n{PIN}", "a/gone.txt": INDEX},
        {
            "setup.cfg": "[options]\ninstall_requires = file: requirements.txt",
            "requirements.txt": PIN,
        },
    ],
)
def test_what_a_file_of_another_run_says_of_indexes_counts_for_none(
    files: Mapping[str, str], knowing: Terminal, tmp_path: Path
) -> None:
    assert found(knowing, write(tmp_path / "checkout", files)) == [ASKS]


def test_settings_that_are_committed_count_for_what_is_committed(
    knowing: Terminal, tmp_path: Path
) -> None:
    conf = "[global]\nindex-url = https://private.example/"
    repository = bare(tmp_path / "task.git")
    commit(repository, {"requirements.txt": PIN.encode(), "pip.conf": conf.encode()})

    assert found(knowing, repository, "--refs", "default") == [PRIVATE]


def test_what_is_committed_twice_counts_in_both_places(knowing: Terminal, tmp_path: Path) -> None:
    repository = bare(tmp_path / "task.git")
    run = b"--extra-index-url https://more.example/\n-r base.txt\n"
    base = {"a/base.txt": b"zz-other==1", "b/base.txt": PIN.encode()}
    commit(repository, {"a/requirements.txt": run, "b/requirements.txt": run, **base})

    assert found(knowing, repository, "--refs", "default") == [BESIDES]


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
