"""`crawl`, `verify`, `report`: a repository that was cleaned gets no letter, its uncleaned twin gets one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.servers.lure import GHOST_LOCK, INNOCENT_LOCK, write_feed
from tests.servers.terminal import Ran, Terminal
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.loopback import Server
from workers.demo.web import Response

pytestmark = pytest.mark.slow  # it waits at the pace of real hosts

_SEEN, _UNSEEN, _TWIN = "acme/cleaned", "acme/cleaned-after", "acme/twin"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    served: Path
    user: Terminal

    def clean(self, name: str) -> None:
        commit(self.served / f"{name}.git", {"uv.lock": INNOCENT_LOCK})

    def crawl(self) -> Ran:
        urls = str(self.user.folder / "urls.txt")
        return self.user("crawl", "--repos", urls, "--no-pivot", "--format", "jsonl")

    def call_them_lures(self) -> None:
        """A person decides: a plain Git server tells nothing by which the rules could."""
        words = ("--owner", "acme", "--class", "lure", "--reason", "made for it", "--yes")
        assert self.user("cases", "triage", *words).code == 0

    def letters(self, folder: Path) -> list[str]:
        assert self.user("report", "-o", str(folder)).code == 0
        return [path.read_text() for path in sorted(folder.glob("takedown-*.md"))]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[_Stage]:
    allow_loopback_and_unix()
    served = tmp_path / "served"
    for name in (_SEEN, _UNSEEN, _TWIN):
        commit(bare(served / f"{name}.git"), {"uv.lock": GHOST_LOCK})
    files = Server({"files.index.example": lambda _: Response(status=200)})
    with GitHttpServer(served) as server, files:
        user = Terminal.at(
            tmp_path / "user",
            f"""
[hosts."git.example"]
kind = "git"
web_url = "{server.url("")[:-1]}"
trusted = true

[registries.pypi]
index_url = "https://index.example/simple/"
file_hosts = ["files.index.example"]

[network]
operator = "abuse@git.example"

[network.connect_to]
"files.index.example" = "{files.base_url}"
""",
        )
        urls = "\n".join(server.url(f"{name}.git") for name in (_SEEN, _UNSEEN, _TWIN))
        (user.folder / "urls.txt").write_text(urls, "utf-8")
        assert user("seed", "--from", write_feed(user.folder / "own.jsonl")).code == 0
        yield _Stage(served=served, user=user)


def _named(ran: Ran) -> set[str]:
    return {row["repo"]["full_name"] for row in ran.rows}


def test_a_repository_that_was_cleaned_gets_no_letter_and_its_twin_does(
    stage: _Stage, tmp_path: Path
) -> None:
    first = stage.crawl()
    stage.call_them_lures()
    stage.clean(_SEEN)
    again = stage.crawl()
    stage.clean(_UNSEEN)
    verified = stage.user("verify", "--format", "jsonl")

    letters = stage.letters(tmp_path / "report")

    assert _named(first) == {_SEEN, _UNSEEN, _TWIN}
    assert _named(again) == {_UNSEEN, _TWIN}
    assert _named(verified) == {_TWIN}
    assert [letter.splitlines()[0] for letter in letters] == [
        f"# Malware report: `git.example/{_TWIN}`"
    ]
    stage.clean(_TWIN)
    assert stage.user("verify", "--all", "--format", "jsonl").rows == []
    assert stage.letters(tmp_path / "second") == []
    assert stage.user("db", "check").code == 0


def test_a_correction_still_says_what_is_true_after_the_ghost_was_allowed_and_disallowed(
    stage: _Stage, tmp_path: Path
) -> None:
    stage.crawl()
    stage.call_them_lures()
    stage.user("verify")
    stage.letters(tmp_path / "report")
    stage.clean(_SEEN)
    stage.clean(_UNSEEN)
    stage.user("verify", "--all")
    stage.letters(tmp_path / "report")
    before = _corrections(tmp_path / "report")

    stage.user("ghosts", "allow", "zz-ghost-lure", "--reason", "our own", "--expires", "30d")
    stage.letters(tmp_path / "report")
    meanwhile = _corrections(tmp_path / "report")
    stage.user("ghosts", "disallow", "zz-ghost-lure")
    (letter,) = stage.letters(tmp_path / "report")
    after = _corrections(tmp_path / "report")

    assert len(before) == 2
    assert all(
        "pins it in this lock any more; no tag or request was read" in text
        for text in before.values()
    )
    assert len(meanwhile) == 3
    assert {place: meanwhile[place] for place in before} == before
    assert ["e now regard this file as harmless" in text for text in meanwhile.values()].count(
        True
    ) == 1
    assert after == before
    assert _TWIN in letter


def _corrections(folder: Path) -> dict[str, str]:
    """Return name of the file -> its text, but for the day and the hour that it was written."""
    return {
        path.name: re.sub(r"^Date: .*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
        for path in folder.glob("withdrawn/correction*.md")
    }
