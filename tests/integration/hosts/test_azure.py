"""The repositories of an Azure DevOps organisation."""

from __future__ import annotations

from collections.abc import Callable

from crawler.hosts.azure import Azure
from crawler.hosts.interface import ListPage
from tests.servers.api import json_reply
from tests.servers.azure_repositories import AzureRepositories, repository
from tests.servers.forges import settings_on
from tests.servers.stage import TOKEN, Script, Stage


def _host(on: Stage, *, token: str | None = TOKEN) -> Azure:
    return Azure(settings_on(on, "https://azure.example/org", token=token), on.http)


def test_all_projects_come_in_one_answer_and_the_clone_urls_are_ours(
    stage: Callable[[Script], Stage],
) -> None:
    parent = {"id": "1", "name": "app", "project": {"id": "2", "name": "Up Stream"}}
    world = AzureRepositories(
        repositories=[
            repository("My Project", "my app", defaultBranch="refs/heads/dev/x"),
            repository("other", "fork", isFork=True, parentRepository=parent, id="9"),
            repository("other", "empty", defaultBranch=None),
        ]
    )
    on = stage(world)

    page = _host(on).list(None)

    blank, fork, empty = page.repositories
    assert blank.path == "My Project/my app"
    assert blank.clone_url == "https://azure.example/org/My%20Project/_git/my%20app"
    assert blank.native_id == "5febef5a-833d-4e14-b9c0-14cb638f91e6"
    assert blank.default_branch == "dev/x"
    assert (fork.native_id, fork.fork_of) == ("9", "Up Stream/app")
    assert (empty.path, empty.default_branch) == ("other/empty", None)
    assert (page.next_cursor, page.skipped) == (None, ())
    assert on.server.asked[0].path == "/_apis/git/repositories"


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    private = {"id": "1", "name": "p", "visibility": "private"}
    bad = [
        repository("..", "evil"),
        repository("p", "a", project=private),
        repository("p", "b", isDisabled=True),
        repository("p", "c", project=None),
        repository("p", "d", id=5),
        "text",
    ]
    on = stage(lambda _: json_reply({"value": [*bad, repository("p", "g")], "count": 7}))

    page = _host(on).list(None)

    assert [r.path for r in page.repositories] == ["p/g"]
    assert [s.context for s in page.skipped] == [f"list, entry {n}" for n in range(6)]


def test_an_untold_visibility_is_public_only_to_a_guest(stage: Callable[[Script], Stage]) -> None:
    untold = repository("p", "a", project={"id": "1", "name": "p"})
    on = stage(AzureRepositories(repositories=[untold]))

    as_guest = _host(on, token=None).list(None)
    as_member = _host(on).list(None)

    assert [r.path for r in as_guest.repositories] == ["p/a"]
    assert (as_member.repositories, len(as_member.skipped)) == ((), 1)
    assert "authorization" not in on.server.asked[0].headers


def test_a_count_that_is_not_the_length_of_the_list_is_said(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: json_reply({"value": [repository("p", "a")], "count": 9}))

    page = _host(on).list(None)

    assert [s.reason for s in page.skipped] == ["the host counts 9 and lists 1"]


def test_an_organisation_without_repositories_is_an_empty_page(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(AzureRepositories())

    assert _host(on).list(None) == ListPage(repositories=(), next_cursor=None)
