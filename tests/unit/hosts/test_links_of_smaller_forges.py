"""Clone URLs and permalinks of sourcehut, Gitee, Pagure and Launchpad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.errors import ConfigurationError, Refused
from crawler.hosts.gitee import Gitee
from crawler.hosts.interface import Host, HostKind, HostSettings, Lister, Searcher
from crawler.hosts.launchpad import Launchpad
from crawler.hosts.pagure import Pagure
from crawler.hosts.sourcehut import SourceHut
from crawler.model import LineSpan, Repository
from crawler.net import Http

_COMMIT = "c" * 40
_SETTINGS = HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://git.example")
_FORGES = [SourceHut, Gitee, Pagure, Launchpad]


def _host(kind: Callable[[HostSettings, Http], Host]) -> Host:
    return kind(_SETTINGS, Http(agent="test"))


@pytest.mark.parametrize("kind", _FORGES)
def test_a_forge_lists_and_does_not_search(kind: Callable[[HostSettings, Http], Host]) -> None:
    host = _host(kind)

    assert isinstance(host, Lister)
    assert not isinstance(host, Searcher)
    assert host.settings.name == "git.example"


@pytest.mark.parametrize(
    ("kind", "path", "cloned", "linked"),
    [
        (SourceHut, "~me/app", "~me/app", "~me/app/tree/{}/item/a%20b/uv.lock#L3-5"),
        (Gitee, "me/app", "me/app.git", "me/app/blob/{}/a%20b/uv.lock#L3-5"),
        (Pagure, "ns/app", "ns/app.git", "ns/app/blob/{}/f/a%20b/uv.lock#_3-5"),
        (Pagure, "fork/me/a", "forks/me/a.git", "fork/me/a/blob/{}/f/a%20b/uv.lock#_3-5"),
        (Launchpad, "~me/p/+git/a", "~me/p/+git/a", "~me/p/+git/a/tree/a%20b/uv.lock?id={}#n3"),
    ],
)
def test_a_link_names_commit_path_and_lines(
    kind: Callable[[HostSettings, Http], Host], path: str, cloned: str, linked: str
) -> None:
    host = _host(kind)
    repository = host.repository(path)

    link = host.permalink(repository, _COMMIT, "a b/uv.lock", LineSpan(first=3, last=5))

    assert repository.clone_url == f"https://git.example/{cloned}"
    assert link == f"https://git.example/{linked.format(_COMMIT)}"
    assert "#" not in (host.permalink(repository, _COMMIT, "uv.lock", None) or "#")


@pytest.mark.parametrize("kind", _FORGES)
@pytest.mark.parametrize(
    ("name", "commit", "path"),
    [
        ("../evil", _COMMIT, "uv.lock"),
        ("~o/r?x", _COMMIT, "uv.lock"),
        ("~o/r", "main", "uv.lock"),
        ("o/r", "main", "uv.lock"),
        ("~o/r", _COMMIT, "../uv.lock"),
        ("o/r", _COMMIT, "../uv.lock"),
    ],
)
def test_a_link_is_made_of_checked_parts_only(
    kind: Callable[[HostSettings, Http], Host], name: str, commit: str, path: str
) -> None:
    forged = Repository(host="git.example", path=name, clone_url="https://evil.example/x")

    with pytest.raises(Refused):
        _host(kind).permalink(forged, commit, path, None)


@pytest.mark.parametrize("kind", [SourceHut, Gitee])
def test_what_is_no_owner_is_a_mistake_of_the_configuration(
    kind: type[SourceHut | Gitee],
) -> None:
    with pytest.raises(ConfigurationError, match="correct its owners"):
        kind(replace(_SETTINGS, owners=("me", "a/b")), Http(agent="test"))
