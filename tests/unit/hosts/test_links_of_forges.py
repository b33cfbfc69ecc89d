"""Clone URLs and permalinks of GitLab, Bitbucket and Azure DevOps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.errors import Refused
from crawler.hosts.azure import Azure
from crawler.hosts.bitbucket import Bitbucket
from crawler.hosts.gitlab.host import GitLab
from crawler.hosts.interface import Host, HostKind, HostSettings, Lister, Searcher
from crawler.model import LineSpan, Repository
from crawler.net import Http

_COMMIT = "c" * 40
_LINES = LineSpan(first=3, last=5)
_LINE = LineSpan(first=3, last=3)
_FORGES = [GitLab, Bitbucket, Azure]


def _host(kind: Callable[[HostSettings, Http], Host], web_url: str = "https://git.example") -> Host:
    settings = HostSettings(name="git.example", kind=HostKind.GIT, web_url=web_url)
    return kind(settings, Http(agent="test"))


@pytest.mark.parametrize("kind", _FORGES)
def test_a_forge_lists_and_does_not_search(kind: Callable[[HostSettings, Http], Host]) -> None:
    host = _host(kind)

    assert isinstance(host, Lister)
    assert not isinstance(host, Searcher)
    assert host.settings.name == "git.example"


@pytest.mark.parametrize(
    ("lines", "fragment"), [(_LINES, "#L3-5"), (_LINE, "#L3"), (None, "")]
)  # fmt: skip
def test_gitlab_links_to_lines_of_a_project_in_a_subgroup(
    lines: LineSpan | None, fragment: str
) -> None:
    host = _host(GitLab)
    repository = host.repository("group/sub/app")

    link = host.permalink(repository, _COMMIT, "a b/uv.lock", lines)

    assert repository.clone_url == "https://git.example/group/sub/app.git"
    assert link == (f"https://git.example/group/sub/app/-/blob/{_COMMIT}/a%20b/uv.lock{fragment}")


@pytest.mark.parametrize(
    ("lines", "fragment"), [(_LINES, "#lines-3:5"), (_LINE, "#lines-3"), (None, "")]
)
def test_bitbucket_links_to_lines(lines: LineSpan | None, fragment: str) -> None:
    host = _host(Bitbucket)
    repository = host.repository("team/app")

    link = host.permalink(repository, _COMMIT, "a b/uv.lock", lines)

    assert repository.clone_url == "https://git.example/team/app.git"
    assert link == f"https://git.example/team/app/src/{_COMMIT}/a%20b/uv.lock{fragment}"


@pytest.mark.parametrize(
    ("lines", "selection"),
    [
        (_LINES, "&line=3&lineEnd=6&lineStartColumn=1&lineEndColumn=1"),
        (_LINE, "&line=3&lineEnd=4&lineStartColumn=1&lineEndColumn=1"),
        (None, ""),
    ],
)
def test_azure_marks_up_to_the_beginning_of_the_line_behind(
    lines: LineSpan | None, selection: str
) -> None:
    host = _host(Azure, "https://azure.example/org")
    repository = host.repository("My Project/my app")

    link = host.permalink(repository, _COMMIT, "a&b/uv #1+.lock", lines)

    base = "https://azure.example/org/My%20Project/_git/my%20app"
    assert (repository.path, repository.clone_url) == ("My Project/my app", base)
    assert link == f"{base}?path=/a%26b/uv%20%231%2B.lock&version=GC{_COMMIT}{selection}"


def test_azure_takes_a_path_as_it_stands_in_a_clone_url() -> None:
    repository = _host(Azure, "https://azure.example/org").repository("web/_git/shop")

    assert repository.path == "web/shop"
    assert repository.clone_url == "https://azure.example/org/web/_git/shop"


@pytest.mark.parametrize("kind", _FORGES)
@pytest.mark.parametrize(
    ("name", "commit", "path"),
    [
        ("../evil", _COMMIT, "uv.lock"),
        ("o/r?x", _COMMIT, "uv.lock"),
        ("o/r", "main", "uv.lock"),
        ("o/r", _COMMIT, "../uv.lock"),
    ],
)
def test_a_link_is_made_of_checked_parts_only(
    kind: Callable[[HostSettings, Http], Host], name: str, commit: str, path: str
) -> None:
    forged = Repository(host="git.example", path=name, clone_url="https://evil.example/x")

    with pytest.raises(Refused):
        _host(kind).permalink(forged, commit, path, _LINES)
