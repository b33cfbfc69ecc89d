"""`crawl --depth root`: one lock at the root, one in a folder, on a real git server, with real workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.servers.lure import GHOST_LOCK, INNOCENT_LOCK, write_feed
from tests.servers.terminal import Ran, Terminal
from tests.servers.valkey import allow_loopback_and_unix

_FOLDERS = {f"src/f{n}/g/code.py": b"%d" % n for n in range(300)}
_SAID = "1 repository was read at the root only, in no folder; crawl with --depth all"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    server: GitHttpServer
    user: Terminal

    def crawl(self, *words: str) -> tuple[Ran, int]:
        """Crawl the one repository; return what was said, and how many bytes the server sent."""
        before = self.server.traffic.sent
        urls = str(self.user.folder / "urls.txt")
        ran = self.user("crawl", "--repos", urls, "--no-pivot", *words, "--format", "jsonl")
        return ran, self.server.traffic.sent - before


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[_Stage]:
    allow_loopback_and_unix()
    files = {"uv.lock": INNOCENT_LOCK, "services/api/uv.lock": GHOST_LOCK, **_FOLDERS}
    commit(bare(tmp_path / "served/acme/task.git"), files)
    with GitHttpServer(tmp_path / "served") as server:
        user = Terminal.at(
            tmp_path / "user",
            f"""
[hosts."git.example"]
kind = "git"
web_url = "{server.url("")[:-1]}"
trusted = true

[registries.pypi]
index_url = "https://index.example/simple/"

[network]
operator = "abuse@git.example"
""",
        )
        (user.folder / "urls.txt").write_text(server.url("acme/task.git"), "utf-8")
        assert user("seed", "--from", write_feed(user.folder / "own.jsonl")).code == 0
        yield _Stage(server=server, user=user)


def _paths(ran: Ran) -> list[str]:
    return [row["lock"]["path"] for row in ran.rows]


@pytest.mark.slow
def test_a_crawl_of_roots_costs_less_and_says_what_it_did_not_look_at(stage: _Stage) -> None:
    at_root, few = stage.crawl("--depth", "root")
    covered = stage.user("coverage")

    assert (at_root.code, _paths(at_root)) == (0, [])
    assert _SAID in at_root.err
    assert "git.example/acme/task /: only the root was looked at, no folder below it" in at_root.err
    assert "1 repository was read at the root only" in covered.out
    whole, many = stage.crawl()
    assert (whole.code, _paths(whole)) == (1, ["services/api/uv.lock"])
    assert "read at the root only" not in whole.err
    assert few < many / 3


@pytest.mark.slow
def test_a_root_that_is_as_it_was_never_passes_for_a_repository_that_was_read(
    stage: _Stage,
) -> None:
    stage.crawl("--depth", "root")

    again, poll = stage.crawl("--depth", "root")

    assert _SAID in again.err
    assert poll < 1_000
    whole, _ = stage.crawl()
    assert _paths(whole) == ["services/api/uv.lock"]


@pytest.mark.slow
def test_a_look_at_the_root_takes_nothing_back_that_was_found_in_a_folder(stage: _Stage) -> None:
    stage.crawl()

    at_root, _ = stage.crawl("--depth", "root")

    assert _paths(at_root) == ["services/api/uv.lock"]
    assert "read at the root only" not in at_root.err
