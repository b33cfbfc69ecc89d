"""The real cgit, gitweb and klaus: what they list, what they link to, and what is read behind them.

`.ci/tools FOLDER` fetches them; `GHOSTCRAWL_TEST_TOOLS=FOLDER` names the folder here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.git.commandline import CommandLineReader
from crawler.git.reader import GitReader
from crawler.hosts.cgit import Cgit
from crawler.hosts.gitweb import Gitweb
from crawler.hosts.interface import HostKind, HostSettings, Lister, ListPage
from crawler.hosts.plain import PlainGit
from crawler.model import LineSpan, Outcome, ReadRequest, Repository, Visit
from crawler.net import Http
from tests.servers.git_repository import bare, commit, git
from tests.servers.git_web import GitWeb, cgit_and_gitweb, klaus, missing_programs

_FOLDER = Path(os.environ.get("GHOSTCRAWL_TEST_TOOLS", "/nonexistent"))
_NAMES = ["a.git", "b.git", "odd%20name.git", "plain", "team/c.git", "team/deep/d e.git", "u\u00e9",
          "v&w.git", "x+y~z.git", "z.git"]  # fmt: skip
_LOCK = b"version = 1\nrevision = 3\nlast line\n"
_LINES = LineSpan(first=2, last=3)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not _FOLDER.is_dir(),
        reason="GHOSTCRAWL_TEST_TOOLS names no folder; fill one with `.ci/tools FOLDER`",
    ),
]


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "repositories"
    for name in _NAMES:
        commit(bare(folder / name), {"uv.lock": _LOCK, "sub dir/uv.lock": b"nested\n"})
    bare(folder / "empty.git")
    return folder


@pytest.fixture(scope="module")
def web(repositories: Path) -> Iterator[GitWeb]:
    if missing := missing_programs(_FOLDER):
        pytest.skip(f"{missing}: not below {_FOLDER}; see what `.ci/tools` said")
    with cgit_and_gitweb(_FOLDER, repositories.parent, repositories) as web:
        yield web


@pytest.fixture
def http(web: GitWeb) -> Iterator[Http]:
    with closing(Http(agent="ghostcrawl/test", trusted_hosts=[web.authority])) as http:
        yield http


@pytest.fixture
def cgit(web: GitWeb, http: Http) -> Cgit:
    return Cgit(_settings(web.cgit, web.git), http)


@pytest.fixture
def gitweb(web: GitWeb, http: Http) -> Gitweb:
    return Gitweb(_settings(web.gitweb, web.git), http)


def _settings(web_url: str, clone_base: str) -> HostSettings:
    return HostSettings(
        name="git.example", kind=HostKind.GIT, web_url=web_url, api_url=clone_base, trusted=True
    )


@contextmanager
def _moved_away(path: Path) -> Iterator[None]:
    hidden = path.parent.parent / "hidden"
    path.rename(hidden)
    try:
        yield
    finally:
        hidden.rename(path)


def _pages(host: Lister) -> Iterator[ListPage]:
    page = host.list(None)
    yield page
    while page.next_cursor is not None:
        page = host.list(page.next_cursor)
        yield page


def _read(repositories: list[Repository], authority: str) -> list[Visit]:
    with closing(Http(agent="ghostcrawl/test", trusted_hosts=[authority])) as http:
        reader = GitReader(
            http,
            trusted_hosts=[authority],
            fallback=lambda _: CommandLineReader(agent="test", trusted_hosts=[authority]),
        )
        wanted = ReadRequest(wanted=lambda path: path.endswith("uv.lock"), known=lambda _: ())
        return list(reader.read(repositories, wanted))


def test_cgit_lists_every_repository_page_by_page(cgit: Cgit) -> None:
    pages = list(_pages(cgit))

    listed = [r.path for page in pages for r in page.repositories]
    assert sorted(listed) == sorted([*_NAMES, "empty.git"])
    assert len(pages) > 1
    assert [page.skipped for page in pages if page.skipped] == []


def test_cgit_hides_no_repository_when_others_vanish_meanwhile(
    cgit: Cgit, repositories: Path
) -> None:
    pages = _pages(cgit)

    first = next(pages)
    with _moved_away(repositories / first.repositories[0].path):
        listed = [r.path for page in (first, *pages) for r in page.repositories]

    assert sorted(listed) == sorted([*_NAMES, "empty.git"])


def test_gitweb_lists_every_repository_in_one_answer(gitweb: Gitweb) -> None:
    page = gitweb.list(None)

    assert sorted(r.path for r in page.repositories) == sorted([*_NAMES, "empty.git"])
    assert (page.next_cursor, page.skipped) == (None, ())


@pytest.mark.parametrize("name", _NAMES)
def test_a_link_of_cgit_shows_the_line(
    cgit: Cgit, http: Http, repositories: Path, name: str
) -> None:
    repository, tip = cgit.repository(name), git(repositories / name, "rev-parse", "main")

    link = cgit.permalink(repository, tip, "sub dir/uv.lock", LineSpan(first=1, last=1))
    page = http.request("GET", link.partition("#")[0]).raise_for_status()

    assert f"id='{link.partition('#')[2]}'".encode() in page.body
    assert b"nested" in page.body


@pytest.mark.parametrize("name", _NAMES)
def test_a_link_of_gitweb_shows_the_line(
    gitweb: Gitweb, http: Http, repositories: Path, name: str
) -> None:
    tip = git(repositories / name, "rev-parse", "main")

    link = gitweb.permalink(gitweb.repository(name), tip, "uv.lock", _LINES)
    page = http.request("GET", link.partition("#")[0]).raise_for_status()

    assert f'id="{link.partition("#")[2]}"'.encode() in page.body
    assert re.search(rb'id="l2"[^\n]*revision', page.body)


def test_what_cgit_lists_is_read_over_git_from_the_configured_address(
    web: GitWeb, cgit: Cgit
) -> None:
    listed = [r for page in _pages(cgit) for r in page.repositories]

    visits = _read(listed, web.authority)

    outcomes = {visit.repository.path: visit.outcome for visit in visits}
    assert outcomes == dict.fromkeys(_NAMES, Outcome.VISITED) | {"empty.git": Outcome.EMPTY}
    assert [v.repository.path for v in visits if not v.blobs] == ["empty.git"]


@pytest.fixture
def klaus_host(tmp_path: Path, repositories: Path) -> Iterator[PlainGit]:
    command = _FOLDER / "bin" / "klaus"
    if not command.exists():
        pytest.skip(f"no klaus in {_FOLDER}; see what `.ci/tools` said")
    with klaus(command, tmp_path, [repositories / "a.git", repositories / "b.git"]) as authority:
        yield PlainGit(
            HostSettings(
                name="klaus.example",
                kind=HostKind.GIT,
                web_url=f"http://{authority}",
                trusted=True,
            )
        )


def test_a_repository_that_klaus_does_not_have_is_gone(klaus_host: PlainGit) -> None:
    authority = urlsplit(klaus_host.settings.web_url).netloc

    (visit,) = _read([klaus_host.repository("nosuch")], authority)

    assert visit.outcome is Outcome.GONE


def test_what_klaus_serves_is_read_over_git(klaus_host: PlainGit) -> None:
    authority = urlsplit(klaus_host.settings.web_url).netloc
    repositories = [klaus_host.repository(path) for path in ("a", "b")]

    visits = _read(repositories, authority)

    assert [visit.outcome for visit in visits] == [Outcome.VISITED, Outcome.VISITED]
    for visit in visits:
        assert sorted(blob.data for blob in visit.blobs) == [b"nested\n", _LOCK]
