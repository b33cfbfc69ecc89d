"""What an organisation or a user has, as each host that can be asked so tells it, with what is private."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.errors import Gone, Refused
from crawler.hosts.bitbucket import Bitbucket
from crawler.hosts.forge import Forge
from crawler.hosts.gitee import Gitee
from crawler.hosts.gitlab.host import GitLab
from crawler.hosts.interface import HostKind, HostSettings, OwnerLister
from crawler.hosts.registry import BUILDERS, OWNERS_BY_TOKEN
from crawler.hosts.sourcehut import SourceHut
from crawler.net import NullBudget
from tests.servers.api import Asked, Reply, json_reply
from tests.servers.bitbucket_repositories import repository
from tests.servers.forges import settings_on
from tests.servers.gitlab_projects import project
from tests.servers.stage import TOKEN, Script, Stage
from workers.demo.web import as_json

_Start = Callable[[Script], Stage]
_NEXT = '<https://elsewhere.example/?page=2>; rel="next"'
_GONE = json_reply({"message": "Not Found"}, status=404)


def _entry(path: str, **more: object) -> dict[str, object]:
    return {"id": 5, "full_name": path} | more


def _asked(on: Stage) -> list[str]:
    return [one.path for one in on.server.asked]


def test_github_tells_what_an_organisation_has(stage: _Start) -> None:
    entries = [_entry("acme/open", private=False), _entry("acme/secret", private=True)]
    on = stage(lambda _: json_reply(entries, link=_NEXT))

    page = on.github().list_owned("acme", None)

    assert [(r.path, r.private) for r in page.repositories] == [
        ("acme/open", False),
        ("acme/secret", True),
    ]
    assert page.next_cursor == "2"
    assert [(a.path, dict(a.query)) for a in on.server.asked] == [
        (
            "/orgs/acme/repos",
            {"type": "all", "sort": "created", "direction": "asc", "per_page": "100", "page": "1"},
        )
    ]


@pytest.mark.parametrize(
    ("login", "asked"),
    [("ACME", "/user/repos"), ("somebody", "/users/acme/repos")],
)
def test_github_tells_the_private_ones_of_a_user_to_that_user_alone(
    login: str, asked: str, stage: _Start
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/orgs/"):
            return _GONE
        return json_reply({"login": login} if asked.path == "/user" else [_entry("acme/app")])

    on = stage(answer)

    page = on.github().list_owned("acme", None)

    assert [r.path for r in page.repositories] == ["acme/app"]
    assert _asked(on) == ["/orgs/acme/repos", "/user", asked]


def test_github_takes_the_token_of_an_app_for_nobodys(stage: _Start) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/orgs/"):
            return _GONE
        refused = json_reply({"message": "Resource not accessible by integration"}, status=403)
        return refused if asked.path == "/user" else json_reply([_entry("acme/app")])

    on = stage(answer)

    assert len(on.github().list_owned("acme", None).repositories) == 1
    assert _asked(on)[-1] == "/users/acme/repos"


def test_forgejo_tells_what_is_private_and_what_only_members_see(stage: _Start) -> None:
    entries = [_entry("acme/a"), _entry("acme/b", private=True), _entry("acme/c", internal=True)]
    on = stage(lambda _: json_reply(entries))

    page = on.forgejo().list_owned("acme", "3")

    assert [r.private for r in page.repositories] == [False, True, True]
    assert [(a.path, dict(a.query)) for a in on.server.asked] == [
        ("/api/v1/users/acme/repos", {"limit": "50", "page": "3"})
    ]


def test_gitlab_tells_what_a_group_has_with_all_groups_below_it(stage: _Start) -> None:
    def answer(asked: Asked) -> Reply:
        if "/users/" in asked.path:
            return _GONE
        seen = [
            project(1, "acme/a", visibility="public"),
            project(2, "acme/sub/b", visibility="private"),
            project(3, "acme/c", visibility="internal"),
            {k: v for k, v in project(4, "acme/d").items() if k != "visibility"},
        ]
        return json_reply(seen, x_next_page="2")

    on = stage(answer)
    host = GitLab(settings_on(on, "https://gitlab.example"), on.http)

    page = host.list_owned("acme", None)
    host.list_owned("acme/sub", page.next_cursor)

    assert [(r.path, r.private) for r in page.repositories] == [
        ("acme/a", False),
        ("acme/sub/b", True),
        ("acme/c", True),
        ("acme/d", None),
    ]
    assert _asked(on) == [
        "/api/v4/users/acme/projects",
        "/api/v4/groups/acme/projects",
        "/api/v4/groups/acme%2Fsub/projects",
    ]
    query = on.server.asked[1].query
    assert (query["include_subgroups"], query["with_shared"]) == ("true", "false")
    assert "visibility" not in query


def test_what_an_owner_has_beyond_the_end_of_the_list_is_counted(stage: _Start) -> None:
    on = stage(lambda _: json_reply([], x_total="7"))
    host = GitLab(settings_on(on, "https://gitlab.example"), on.http)

    (said,) = host.list_owned("acme", None).skipped

    assert said.reason == "the list ends here, and the host counts 7 more of 7 entries"


def test_bitbucket_tells_what_a_workspace_has(stage: _Start) -> None:
    first = repository("acme/a", "2026-01-01T12:00:00.123456+00:00")
    second = repository("acme/b", "2026-01-02T12:00:00.123456+00:00", is_private=True)
    on = stage(
        lambda _: json_reply({"values": [first, second], "next": "https://x.example/?page=2"})
    )
    host = Bitbucket(settings_on(on, "https://bitbucket.example"), on.http)

    page = host.list_owned("acme", None)

    assert [(r.path, r.private) for r in page.repositories] == [("acme/a", False), ("acme/b", True)]
    assert page.next_cursor == "2"
    assert _asked(on) == ["/2.0/repositories/acme"]


def test_gitee_tells_the_public_ones_of_an_owner_that_is_not_configured(stage: _Start) -> None:
    counted = {"total_count": "1", "total_page": "1"}
    on = stage(lambda _: as_json([_entry("acme/a")], counted))
    host = Gitee(settings_on(on, "https://g.example", owners=("other",)), on.http)

    page = host.list_owned("acme", None)

    assert ([r.path for r in page.repositories], page.next_cursor) == (["acme/a"], None)
    assert _asked(on) == ["/api/v5/orgs/acme/repos"]


def test_sourcehut_says_what_of_a_user_is_not_public(stage: _Start) -> None:
    results = [
        {"id": 1, "name": "a", "visibility": "PUBLIC", "created": None, "updated": None},
        {"id": 2, "name": "b", "visibility": "PRIVATE", "created": None, "updated": None},
    ]
    found = {"data": {"user": {"repositories": {"cursor": None, "results": results}}}}
    on = stage(lambda _: json_reply(found))
    settings = settings_on(on, "https://git.sr.example")
    settings = replace(settings, graphql_url=f"{on.server.base_url}/query")
    host = SourceHut(settings, on.http)

    page = host.list_owned("acme", None)

    assert [r.path for r in page.repositories] == ["~acme/a"]
    assert [s.reason for s in page.skipped] == ["not public: only public repositories are listed"]


_HOSTILE = ["../admin", "", "a?b", "a%2Fb", "a\nb", "."]


@pytest.mark.parametrize("owner", _HOSTILE)
@pytest.mark.parametrize("kind", HostKind)
def test_a_hostile_owner_is_never_asked_for(kind: HostKind, owner: str, stage: _Start) -> None:
    on = stage(lambda _: json_reply([]))
    host = _host(kind, on)
    if not isinstance(host, OwnerLister):
        return

    with pytest.raises(Refused):
        host.list_owned(owner, None)

    assert on.server.asked == []


def test_an_owner_whom_nobody_knows_is_gone(stage: _Start) -> None:
    on = stage(lambda _: _GONE)

    for host in (on.github(), on.forgejo(), GitLab(settings_on(on, "https://g.example"), on.http)):
        with pytest.raises(Gone):
            host.list_owned("nobody", None)


@pytest.mark.parametrize(
    ("kind", "token", "login"),
    [
        (HostKind.GITHUB, "abc", "x-access-token:abc"),
        (HostKind.FORGEJO, "abc", "oauth2:abc"),
        (HostKind.GITLAB, "abc", "oauth2:abc"),
        (HostKind.BITBUCKET, "abc", "x-token-auth:abc"),
        (HostKind.BITBUCKET, "me@a.example:abc", "x-bitbucket-api-token-auth:abc"),
    ],
)
def test_git_is_let_in_with_the_token_below_the_clone_address_of_the_host_alone(
    kind: HostKind, token: str, login: str, stage: _Start
) -> None:
    host = _host(kind, stage(lambda _: json_reply([])), token)
    assert isinstance(host, Forge)

    shown = host.git_authorization(host.repository("acme/app").clone_url)

    assert shown == f"Basic {b64encode(login.encode()).decode()}"
    for url in (
        "https://evil.example/acme/app.git",
        "https://h.example.evil.example/acme/app.git",
        "https://h.example@evil.example/acme/app.git",
        "https://h.example:444/acme/app.git",
        "http://h.example/acme/app.git",
        "https://h.example",
    ):
        assert host.git_authorization(url) is None


@pytest.mark.parametrize("kind", HostKind)
def test_without_a_token_no_host_lets_git_in(kind: HostKind, stage: _Start) -> None:
    host = _host(kind, stage(lambda _: json_reply([])), None)

    if isinstance(host, Forge):
        assert not host.reads_private
        assert host.git_authorization("https://h.example/acme/app.git") is None


def test_who_tells_nobody_without_a_token_can_be_asked_for_owners(stage: _Start) -> None:
    for kind in OWNERS_BY_TOKEN:
        assert isinstance(_host(kind, stage(lambda _: json_reply([]))), OwnerLister)


def _host(kind: HostKind, on: Stage, token: str | None = TOKEN) -> object:
    settings = HostSettings(
        name="h.example",
        kind=kind,
        web_url="https://h.example",
        api_url="https://api.h.example",
        token=token,
    )
    return BUILDERS[kind](settings, on.http, NullBudget(), lambda: on.now)
