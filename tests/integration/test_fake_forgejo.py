"""The fake of Forgejo's API, asked over the loopback."""

from __future__ import annotations

import pytest

from tests.servers import guest
from tests.servers.small_world import Clock, repository, serving, world
from workers.demo.catalogue import Circumstances
from workers.demo.forgejo import ForgejoApp
from workers.demo.web import Request

_FORGE = "forge.example"


def test_a_page_holds_50_while_the_link_repeats_what_was_asked() -> None:
    content = world(*(repository(f"o/r{n}", {}, host=_FORGE) for n in range(120)))

    with serving(lambda url: ForgejoApp(content, web_url=url, clock=Clock())) as base_url:
        url: str | None = f"{base_url}/api/v1/repos/search?limit=100&sort=id"
        pages: list[list[str]] = []
        while url:
            answer = guest.get(url)
            pages.append([found["full_name"] for found in answer.json()["data"]])
            url = answer.links.get("next", {}).get("url")
            assert url is None or "limit=100" in url

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [name for page in pages for name in page] == [f"o/r{n}" for n in range(120)]
    assert answer.headers["x-total-count"] == "120"


def test_a_repository_has_the_fields_that_a_lister_needs() -> None:
    content = world(
        repository("o/parent", {"x": b"1" * 3000}, host=_FORGE),
        repository("o/fork", {"x": b"1"}, host=_FORGE, fork_of="o/parent"),
    )
    app = ForgejoApp(content, clock=Clock())

    with serving(lambda _url: app) as base_url:
        fork = guest.get(f"{base_url}/api/v1/repos/o/fork").json()
        parent = guest.get(f"{base_url}/api/v1/repos/o/parent").json()

    assert fork["parent"]["full_name"] == "o/parent"
    assert (fork["id"], fork["fork"], fork["private"], fork["empty"]) == (1002, True, False, False)
    assert fork["clone_url"] == "https://forge.example/o/fork.git"
    assert (parent["parent"], parent["size"], parent["default_branch"]) == (None, 2, "main")
    assert parent["updated_at"] == "2026-06-02T00:00:00Z"
    assert app.stats().requests == {"GET /repos/{owner}/{repo}": 2}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["o/a", "o/b"]),
        ("sort=id", ["o/b", "o/a"]),
        ("sort=id&order=desc", ["o/a", "o/b"]),
        ("q=B", ["o/b"]),
        ("page=2&limit=1&sort=id", ["o/a"]),
        ("page=9", []),
    ],
)
def test_the_list_is_sorted_as_asked(query: str, expected: list[str]) -> None:
    content = world(repository("o/b", {}, host=_FORGE), repository("o/a", {}, host=_FORGE))

    with serving(lambda _url: ForgejoApp(content, clock=Clock())) as base_url:
        answer = guest.get(f"{base_url}/api/v1/repos/search?{query}")

    assert answer.json()["ok"] is True
    assert [found["full_name"] for found in answer.json()["data"]] == expected


def test_an_unknown_order_is_refused() -> None:
    with serving(lambda _url: ForgejoApp(world(), clock=Clock())) as base_url:
        answer = guest.get(f"{base_url}/api/v1/repos/search?sort=newest")

    assert answer.status_code == 422


def test_what_befell_a_repository_is_told_by_the_status() -> None:
    content = world(*(repository(f"o/{name}", {}, host=_FORGE) for name in ("new", "shut", "off")))
    circumstances = Circumstances(
        gone=frozenset({"o/off"}), blocked={"o/shut": "tos"}, renamed={"o/old": "o/new"}
    )

    with serving(
        lambda url: ForgejoApp(content, web_url=url, circumstances=circumstances, clock=Clock())
    ) as base_url:
        names = ("new", "shut", "off", "old")
        answers = {name: guest.get(f"{base_url}/api/v1/repos/o/{name}") for name in names}
        listed = guest.get(f"{base_url}/api/v1/repos/search").json()["data"]

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "new": 200,
        "shut": 404,
        "off": 404,
        "old": 307,
    }
    assert answers["old"].headers["location"] == f"{base_url}/api/v1/repos/o/new"
    assert [found["full_name"] for found in listed] == ["o/new"]


def test_the_version_names_both_softwares() -> None:
    with serving(lambda _url: ForgejoApp(world(), clock=Clock())) as base_url:
        answer = guest.get(f"{base_url}/api/v1/version")

    assert answer.json() == {"version": "13.0.2+gitea-1.22.0"}


def test_the_4001st_request_of_half_an_hour_is_refused_with_a_time_to_wait() -> None:
    clock = Clock(1_800_000_000)
    app = ForgejoApp(world(), clock=clock)

    request = Request(method="GET", host=_FORGE, path="/api/v1/version")

    statuses = {app(request).status for _ in range(4000)}
    clock.now += 600
    refused = app(request)
    clock.now += 1200
    again = app(request)

    assert statuses == {200}
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1200")
    assert again.status == 200
    assert app.stats().violations == 1
