"""What a real tool takes because a manifest says so is what `scan` finds there, as sure as is documented.

`.ci/tools FOLDER` installs the tools; `GHOSTCRAWL_TEST_TOOLS=FOLDER` names the folder here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.lockfiles.registry import MANIFEST_FORMATS, SETTING_FORMATS
from tests.servers.lure import write_feed
from tests.servers.registries import INDEX_URL, Registries
from tests.servers.terminal import OFFLINE, Terminal
from tests.tools.bench import environment
from tests.tools.manifest_rows import REASONS, ROWS, Row, tables

_FOLDER = os.environ.get("GHOSTCRAWL_TEST_TOOLS", "")
_GHOSTS = {
    "zz_ghost_lib-1.0.0-py3-none-any.whl",
    "zz_ghost_lib-1.0.0.tar.gz",
    "zz-ghost-lib-1.0.0.tgz",
}
_NEEDED = pytest.mark.skipif(
    not _FOLDER, reason="GHOSTCRAWL_TEST_TOOLS names no folder; fill one with `.ci/tools FOLDER`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """All projects, scanned once before any tool has seen them."""

    folder: Path
    registries: Registries
    found: Mapping[str, set[tuple[str, str]]]
    """Path and level of what was found, by the name of a row."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("manifests")
    with Registries() as registries:
        for row in ROWS:
            _write(folder / "clean" / row.name, row, registries)
        yield Bench(folder=folder, registries=registries, found=_scanned(folder, registries))


def _write(folder: Path, row: Row, registries: Registries) -> None:
    folder.mkdir(parents=True)
    for path, content in row.files.items():
        (folder / path).write_text(_filled(content, registries), "utf-8")


def _filled(content: str, registries: Registries) -> str:
    port = registries.npm_url.rpartition(":")[2]
    for word, value in {
        "NPMPRIVATE": f"http://localhost:{port}",
        "TARBALL": f"{registries.npm_url}{registries.npm('zz-ghost-lib', '1.0.0').path}",
        "GHOSTURL": registries.wheel("zz-ghost-lib", "1.0.0").url,
        "PRIVATE": "http://private.example/simple/",
        "INDEX": INDEX_URL,
        "NPM": registries.npm_url,
        "OLDSETUPTOOLS": f"{_FOLDER}/python/pip/bin/python",
        "SETUPTOOLS": f"{_FOLDER}/python/pipenv/bin/python",
    }.items():
        content = content.replace(word, value)
    return content


def _scanned(folder: Path, registries: Registries) -> Mapping[str, set[tuple[str, str]]]:
    npm = f'\n[registries.npm]\nindex_url = "{registries.npm_url}/"\n'
    configuration = OFFLINE.replace("https://index.example/simple/", INDEX_URL) + npm
    user = Terminal.at(folder / "user", configuration)
    file = registries.wheel("zz-ghost-lib", "1.0.0").file
    told = {
        "schema": "ghostcrawl.assertion/v1",
        "name": "zz-ghost-lib",
        "versions": ["1.0.0"],
        "claim": "malicious",
        "observed_at": "2026-06-05T00:00:00Z",
        "root_source": "demo-inspector",
    }
    of_file = {"filename": file.filename, "sha256": file.sha256, "blake2b_256": file.blake2b_256}
    rows = (
        {**told, "record_id": "DEMO-1", "ecosystem": "pypi", "level": "file", **of_file},
        {**told, "record_id": "DEMO-2", "ecosystem": "pypi", "level": "release"},
        {**told, "record_id": "DEMO-3", "ecosystem": "npm", "level": "release"},
    )
    assert user("seed", "--from", write_feed(folder / "feed.jsonl", *rows)).code == 0
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in user("scan", str(folder / "clean"), "--format", "jsonl").rows:
        name, _, path = one["lock"]["path"].partition("/")
        found[name].add((path, one["verdict"]["level"]))
    return found


@_NEEDED
@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_a_tool_takes_by_a_manifest_is_what_is_found_there(row: Row, bench: Bench) -> None:
    folder, registries = bench.folder / "used" / row.name, bench.registries
    _write(folder, row, registries)
    (folder / "home").mkdir()
    if not row.private:
        (folder / "home" / ".npmrc").write_text(f"registry={registries.npm_url}/\n", "utf-8")
    registries.taken.clear()
    before = registries.traffic().of("private.example", "GET").requests

    settings = _environment(folder, row, registries)
    for stated in row.run:
        words = [_filled(word, registries) for word in stated]
        if shutil.which(words[0], path=settings["PATH"]) is None:
            pytest.skip(f"{words[0]} is not in {_FOLDER}; see what `.ci/tools` said")
        ran = subprocess.run(
            words,
            cwd=folder,
            env=settings,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr

    taken = {name for name in registries.taken if name.startswith(("zz_ghost_lib", "zz-ghost-lib"))}
    first = next(iter(row.files))
    assert (taken <= _GHOSTS and taken != set()) == bool(row.level), taken
    assert bench.found.get(row.name, set()) == ({(first, row.level)} if row.level else set())
    if not first.startswith("package"):
        assert (registries.traffic().of("private.example", "GET").requests > before) == row.private


def _environment(folder: Path, row: Row, registries: Registries) -> Mapping[str, str]:
    made = dict(environment(folder / "home", Path(_FOLDER).resolve() / "bin", registries.proxies))
    if not row.private:
        made["BUN_CONFIG_REGISTRY"] = registries.npm_url
    made |= row.settings
    return {name: value for name, value in made.items() if value or name not in row.settings}


def test_every_manifest_and_table_that_is_read_has_a_tool_or_a_reason() -> None:
    read = {*MANIFEST_FORMATS, *SETTING_FORMATS, *tables()}
    covered = {one for row in ROWS for one in row.covers}
    reasoned = {one for one in read if one in REASONS or f"{one.partition('.')[0]}." in REASONS}

    assert covered | reasoned == read
    assert covered & reasoned == set()
