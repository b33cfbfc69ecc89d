"""Hosts whose token lies in a file that is renewed while they are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError, Retry
from crawler.hosts.access_tokens import TokenFile
from crawler.hosts.azure import Azure
from crawler.hosts.bitbucket import Bitbucket
from crawler.hosts.forgejo import Forgejo
from crawler.hosts.gitee import Gitee
from crawler.hosts.github.api import GitHubApi
from crawler.hosts.gitlab.host import GitLab
from crawler.hosts.interface import HostSettings, Lister
from crawler.hosts.pagure import Pagure
from crawler.hosts.sourcehut import SourceHut
from crawler.net import Http
from tests.servers.api import Asked, Reply, json_reply
from tests.servers.forges import settings_on
from tests.servers.stage import Script, Stage

_OLD, _NEW = "ghs_old", "ghs_new-and-longer"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(_OLD, encoding="utf-8")
    return path


def _settings(on: Stage, path: Path) -> HostSettings:
    settings = settings_on(on, "https://git.example", token=None)
    file = TokenFile(path, "git.example")
    return replace(settings, token_file=file, identity=file.identity)


def _github(on: Stage, path: Path) -> GitHubApi:
    return GitHubApi(_settings(on, path), on.http, on.budget, lambda: on.now)


def _sent(on: Stage) -> list[str]:
    return [asked.headers["authorization"] for asked in on.server.asked]


def test_the_next_request_carries_the_renewed_token_and_is_paid_from_the_same_budget(
    stage: Callable[[Script], Stage], path: Path
) -> None:
    on = stage(lambda _: json_reply({}))
    api = _github(on, path)
    api.get("/first")

    path.write_text(_NEW, encoding="utf-8")
    api.get("/second")

    assert _sent(on) == [f"Bearer {_OLD}", f"Bearer {_NEW}"]
    assert len({bucket.identity for bucket in on.budget.spent}) == 1


def test_a_token_that_was_renewed_while_it_was_refused_is_tried_once_more(
    stage: Callable[[Script], Stage], path: Path
) -> None:
    def renews(asked: Asked) -> Reply:
        path.write_text(_NEW, encoding="utf-8")
        is_new = asked.headers["authorization"] == f"Bearer {_NEW}"
        return json_reply({"data": {}}, status=200 if is_new else 401)

    on = stage(renews)

    answer = _github(on, path).graphql("{ viewer }", {})

    assert answer.faults == ()
    assert _sent(on) == [f"Bearer {_OLD}", f"Bearer {_NEW}"]


def test_a_token_that_is_refused_and_not_renewed_is_sent_once(
    stage: Callable[[Script], Stage], path: Path
) -> None:
    on = stage(lambda _: json_reply({"message": "Bad credentials"}, status=401))

    with pytest.raises(ConfigurationError, match=r"authentication failed \(401\)"):
        _github(on, path).get("/first")

    assert _sent(on) == [f"Bearer {_OLD}"]


def test_a_renewed_token_that_is_refused_too_is_the_end(
    stage: Callable[[Script], Stage], path: Path
) -> None:
    def renews(_: Asked) -> Reply:
        path.write_text(_NEW, encoding="utf-8")
        return json_reply({}, status=401)

    on = stage(renews)

    with pytest.raises(ConfigurationError):
        _github(on, path).get("/first")

    assert _sent(on) == [f"Bearer {_OLD}", f"Bearer {_NEW}"]


_OTHERS: list[Callable[[HostSettings, Http], Lister]] = [
    Azure,
    Bitbucket,
    Forgejo,
    GitLab,
    Pagure,
    lambda settings, http: Gitee(replace(settings, owners=("a",)), http),
    lambda settings, http: SourceHut(replace(settings, owners=("~a",)), http),
]


@pytest.mark.parametrize("kind", _OTHERS)
def test_every_host_with_tokens_sends_the_one_of_the_moment(
    stage: Callable[[Script], Stage], path: Path, kind: Callable[[HostSettings, Http], Lister]
) -> None:
    on = stage(lambda _: json_reply({}, status=502))
    settings = replace(_settings(on, path), graphql_url=f"{on.server.base_url}/query")
    host = kind(settings, on.http)

    for token in (_OLD, _NEW):
        path.write_text(token, encoding="utf-8")
        with pytest.raises(Retry, match="502"):
            host.list(None)

    sent = [a.headers.get("authorization") or a.headers["private-token"] for a in on.server.asked]
    assert len(set(sent)) == len(sent) == 2
