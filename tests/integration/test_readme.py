"""The commands that the documents tell a user to type, typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.registry import SETTINGS
from tests.servers.excerpt import Stage, excerpt, on_stage
from tests.servers.lure import GHOST_LOCK
from tests.servers.terminal import ROOT
from tests.servers.valkey import allow_loopback_and_unix

_PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OWN_TESTS = {"demo", "test"}
"""Played whole by `test_demo.py`, and by whoever runs this."""
_UNTIL_CTRL_C = {("run",), ("console",)}
"""Played in `workers/test_run.py` and `console/test_browser.py`."""


def commands() -> list[tuple[str, ...]]:
    """Return the words behind `./ghostcrawl` of every line that a console block of the documents has."""
    found = []
    for page in _PAGES:
        for block in _FENCE.findall(page.read_text("utf-8")):
            for line in block.splitlines():
                prompt, *words = shlex.split(line, comments=True) or [""]
                if prompt == "$" and words[0] in {"./ghostcrawl", "ghostcrawl"}:
                    found.append(tuple(words[1:]))
    return [w for w in found if w[0] not in _OWN_TESTS and w not in _UNTIL_CTRL_C]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A user with the documents' files and hosts, all of them on loopback."""
    allow_loopback_and_unix()
    with on_stage(excerpt(), tmp_path_factory.mktemp("readme")) as staged:
        folder = staged.user.folder
        (folder / "path/to/checkout").mkdir(parents=True)
        (folder / "path/to/checkout/uv.lock").write_bytes(GHOST_LOCK)
        file = folder / "ghostcrawl.toml"
        named = file.read_text("utf-8").replace('[hosts."github.example"', '[hosts."github.com"')
        public = [s.name for s in SETTINGS if s.default and f"\n{s.name} = " not in named]
        off = "".join(["[feeds]\n", *(f'{name} = ""\n' for name in public)])
        file.write_text(named.replace("[feeds]\n", off), "utf-8")
        yield staged


def test_the_documents_tell_the_whole_job() -> None:
    named = {words[0] for words in commands()}

    assert {"seed", "scan", "crawl", "verify", "report"} <= named


@pytest.mark.slow
def test_every_command_of_the_documents_does_its_work(stage: Stage) -> None:
    ended = {}
    for words in commands():
        ran = stage.user.process(*words)
        ended[" ".join(words)] = (ran.code, ran.err)

    assert {code for code, _ in ended.values()} <= {0, 1, 3}, ended
    assert list(Path(stage.user.folder / "report").glob("takedown-*.md"))
