"""Which repository a line of a list names, on hosts that write their clone URLs differently."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.hosts.interface import HostKind
from workers.broker import Broker
from workers.settings import HostSection, load
from workers.targets import repositories_of
from workers.wiring import Wiring

_HOSTS = {
    "github.example": HostSection(
        kind=HostKind.GITHUB,
        web_url="https://github.example",
        api_url="https://api.github.example",
    ),
    "cgit.example": HostSection(
        kind=HostKind.CGIT, web_url="https://cgit.example/cgit", api_url="https://cgit.example/git"
    ),
    "gitweb.example": HostSection(kind=HostKind.GITWEB, web_url="https://gitweb.example"),
    "sr.example": HostSection(kind=HostKind.SOURCEHUT, web_url="https://sr.example"),
    "azure": HostSection(kind=HostKind.AZURE, web_url="https://azure.example/acme"),
    "git.example": HostSection(kind=HostKind.GIT, web_url="https://git.example"),
    "below": HostSection(kind=HostKind.FORGEJO, web_url="https://git.example/forge"),
}


@pytest.fixture
def wiring(tmp_path: Path, broker: Broker) -> Iterator[Wiring]:
    wiring = Wiring(load(state_dir=tmp_path, broker_url=broker.url, hosts=_HOSTS))
    yield wiring
    wiring.close()


@pytest.mark.parametrize(
    ("url", "host", "path", "clone_url"),
    [
        ("https://github.example/o/n", "github.example", "o/n", "https://github.example/o/n.git"),
        (
            "https://github.example/o/n.git",
            "github.example",
            "o/n",
            "https://github.example/o/n.git",
        ),
        ("https://github.example/o/n/", "github.example", "o/n", "https://github.example/o/n.git"),
        # A folder called app.git is another one than a folder called app.
        (
            "https://cgit.example/git/team/app.git",
            "cgit.example",
            "team/app.git",
            "https://cgit.example/git/team/app.git",
        ),
        (
            "https://cgit.example/git/team/app",
            "cgit.example",
            "team/app",
            "https://cgit.example/git/team/app",
        ),
        (
            "https://gitweb.example/my%20app.git",
            "gitweb.example",
            "my app.git",
            "https://gitweb.example/my%20app.git",
        ),
        ("https://sr.example/~me/n.git", "sr.example", "~me/n", "https://sr.example/~me/n"),
        (
            "https://azure.example/acme/my%20project/_git/n",
            "azure",
            "my project/n",
            "https://azure.example/acme/my%20project/_git/n",
        ),
        ("https://git.example/a/b.git", "git.example", "a/b", "https://git.example/a/b.git"),
        ("https://other.example/a/b.git", "other.example", "a/b", "https://other.example/a/b.git"),
    ],
)
def test_the_host_decides_what_of_a_clone_url_is_the_name(
    wiring: Wiring, url: str, host: str, path: str, clone_url: str
) -> None:
    found, skipped = repositories_of(wiring, [url])

    assert skipped == []
    assert list(found) == [host]
    assert [(one.path, one.clone_url) for one in found[host]] == [(path, clone_url)]


def test_a_host_that_lies_below_the_address_of_another_is_the_one_that_is_meant(
    wiring: Wiring,
) -> None:
    found, _ = repositories_of(wiring, ["https://git.example/forge/o/n.git"])

    assert [(host, one.path) for host, (one,) in found.items()] == [("below", "o/n")]


def test_a_line_that_names_nothing_is_said_with_the_reason_of_its_host(wiring: Wiring) -> None:
    lines = ["https://github.example/o", "", "# comment", "http://other.example/a"]

    found, skipped = repositories_of(wiring, lines)

    assert found == {}
    assert [(s.context, s.reason.partition(";")[0]) for s in skipped] == [
        ("line 1", "invalid repository path 'o': expected owner/name"),
        ("line 4", "no https clone URL"),
    ]


def test_a_repository_that_is_named_twice_is_found_once_as_it_was_named_first(
    wiring: Wiring,
) -> None:
    lines = ["https://git.example/team/app.git", "https://git.example/team/app/"]

    found, skipped = repositories_of(wiring, lines)

    assert skipped == []
    assert [one.clone_url for one in found["git.example"]] == ["https://git.example/team/app.git"]


@pytest.mark.parametrize(
    "line",
    [
        "https://git.example/a/caf\N{REPLACEMENT CHARACTER}",
        "https://git.example@evil.example/a",
        "ssh://git.example/a",
        "git@git.example:a/b",
        "ext::sh -c id",
        "file:///etc",
        "/etc/passwd",
        "https://git.example/../a",
        "https://git.example/a/%2e%2e/b",
        "https://git.example/a?b",
        "https://git.example/-a",
        "a b",
        "a\\b",
        "\u0430/b",
        "x" * 3000,
        "https://git.example/",
        "https://git.example/" + "x" * 3000,
    ],
)
def test_a_hostile_line_names_nothing_and_is_said(wiring: Wiring, line: str) -> None:
    found, skipped = repositories_of(wiring, [line])

    assert found == {}
    assert [one.context for one in skipped] == ["line 1"]


def test_a_password_in_a_list_is_not_repeated(wiring: Wiring) -> None:
    found, skipped = repositories_of(wiring, ["https://me:s3cret@git.example/a"])

    assert found == {}
    assert "s3cret" not in repr(skipped)
