"""Every kind of host can be built and does what it says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.errors import ConfigurationError, Refused
from crawler.hosts.interface import HostKind, HostSettings, Lister, Searcher
from crawler.hosts.registry import BUILDERS, build
from crawler.model import LineSpan
from crawler.net import Http, NullBudget

_NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _settings(
    kind: HostKind,
    *,
    web_url: str = "https://git.example",
    api_url: str = "https://api.git.example",
) -> HostSettings:
    return HostSettings(name="git.example", kind=kind, web_url=web_url, api_url=api_url)


@pytest.mark.parametrize(
    ("kind", "searches", "lists"),
    [
        (HostKind.GITHUB, True, True),
        (HostKind.FORGEJO, False, True),
        (HostKind.GITLAB, False, True),
        (HostKind.BITBUCKET, False, True),
        (HostKind.AZURE, False, True),
        (HostKind.SOURCEHUT, False, True),
        (HostKind.GITEE, False, True),
        (HostKind.PAGURE, False, True),
        (HostKind.LAUNCHPAD, False, True),
        (HostKind.GERRIT, False, True),
        (HostKind.CGIT, False, True),
        (HostKind.GITWEB, False, True),
        (HostKind.GHARCHIVE, False, True),
        (HostKind.GIT, False, False),
    ],
)
def test_a_host_is_only_what_it_has(kind: HostKind, searches: bool, lists: bool) -> None:  # noqa: FBT001
    host = build(_settings(kind), Http(agent="test"), NullBudget(), lambda: _NOW)

    assert isinstance(host, Searcher) is searches
    assert isinstance(host, Lister) is lists


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (HostKind.GITHUB, "https://git.example/o/r/blob/{commit}/a%20b/uv.lock#L3-L5"),
        (HostKind.FORGEJO, "https://git.example/o/r/src/commit/{commit}/a%20b/uv.lock#L3-L5"),
        (HostKind.GITLAB, "https://git.example/o/r/-/blob/{commit}/a%20b/uv.lock#L3-5"),
        (HostKind.BITBUCKET, "https://git.example/o/r/src/{commit}/a%20b/uv.lock#lines-3:5"),
        (
            HostKind.AZURE,
            (
                "https://git.example/o/_git/r?path=/a%20b/uv.lock&version=GC{commit}"
                "&line=3&lineEnd=6&lineStartColumn=1&lineEndColumn=1"
            ),
        ),
        (HostKind.GERRIT, "https://git.example/o/r/+/{commit}/a%20b/uv.lock#3"),
        (HostKind.CGIT, "https://git.example/o/r/tree/a%20b/uv.lock?id={commit}#n3"),
        (HostKind.GITWEB, "https://git.example/?p=o/r;a=blob;f=a%20b/uv.lock;hb={commit}#l3"),
        (HostKind.GHARCHIVE, "https://git.example/o/r/blob/{commit}/a%20b/uv.lock#L3-L5"),
    ],
)
def test_a_permalink_names_commit_path_and_lines(kind: HostKind, expected: str) -> None:
    host = build(_settings(kind), Http(agent="test"), NullBudget(), lambda: _NOW)

    link = host.permalink(
        host.repository("o/r"), "c" * 40, "a b/uv.lock", LineSpan(first=3, last=5)
    )

    assert link == expected.format(commit="c" * 40)


def test_a_host_without_web_pages_has_no_permalink() -> None:
    host = build(_settings(HostKind.GIT), Http(agent="test"), NullBudget(), lambda: _NOW)

    assert host.permalink(host.repository("o/r"), "c" * 40, "uv.lock", None) is None


def test_every_kind_has_a_builder() -> None:
    assert set(BUILDERS) == set(HostKind)


@pytest.mark.parametrize("kind", list(HostKind))
def test_a_hostile_repository_name_is_refused_by_every_host(kind: HostKind) -> None:
    host = build(_settings(kind), Http(agent="test"), NullBudget(), lambda: _NOW)

    with pytest.raises(Refused):
        host.repository("../evil")


@pytest.mark.parametrize(
    "url",
    ["http://git.example", "https://git.example/", "https://u:p@git.example", "", "ftp://x",
     "https://git.example?x=1", "https://[", "https://git example"],
)  # fmt: skip
def test_an_unusable_address_is_a_configuration_error_without_its_text(url: str) -> None:
    with pytest.raises(ConfigurationError, match="web_url must be https") as caught:
        build(
            _settings(HostKind.FORGEJO, web_url=url),
            Http(agent="test"),
            NullBudget(),
            lambda: _NOW,
        )

    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    "kind", [HostKind.GITHUB, HostKind.BITBUCKET, HostKind.LAUNCHPAD, HostKind.GHARCHIVE]
)
def test_a_host_with_an_api_elsewhere_needs_its_address(kind: HostKind) -> None:
    with pytest.raises(ConfigurationError, match="set api_url"):
        build(_settings(kind, api_url=""), Http(agent="test"), NullBudget(), lambda: _NOW)
