"""The fake of GitHub's REST API, asked by PyGithub over the loopback as by any user of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import github
import pytest

from tests.servers import guest
from tests.servers.small_world import Clock, repository, serving, world
from tests.servers.waiting import PATIENCE
from workers.demo.catalogue import Circumstances
from workers.demo.github import GithubApp
from workers.demo.model import World
from workers.demo.objects import blob_oid

_DIGEST = "5e" * 32
_LOCK = (
    f'url = "https://files.index.example/packages/ab/cd/x.whl", hash = "sha256:{_DIGEST}"'.encode()
)
_KIB = 1024


@contextmanager
def _github(
    content: World,
    *,
    circumstances: Circumstances | None = None,
    clock: Clock | None = None,
    clock_factor: float = 1.0,
    token: str = "t",
) -> Iterator[tuple[github.Github, GithubApp]]:
    apps: list[GithubApp] = []

    def make(base_url: str) -> GithubApp:
        apps.append(
            GithubApp(
                content,
                api_url=base_url,
                circumstances=circumstances,
                tokens=frozenset({"t"}),
                clock=clock or Clock(),
                clock_factor=clock_factor,
            )
        )
        return apps[0]

    with serving(make) as base_url:
        client = github.Github(
            base_url=base_url,
            auth=github.Auth.Token(token),
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            per_page=100,
            timeout=int(PATIENCE),
        )
        yield client, apps[0]
        client.close()


def _found(client: github.Github, query: str) -> list[str]:
    pages = client.search_code(query)
    return [f"{hit.repository.full_name}/{hit.path}" for hit in pages.get_page(0)]


def test_a_digest_finds_the_lock_that_pins_it() -> None:
    content = world(repository("a/b", {"uv.lock": _LOCK}), repository("c/d", {"uv.lock": b"x"}))

    with _github(content) as (client, _):
        hit = client.search_code(f'"{_DIGEST}"').get_page(0)[0]

        assert (hit.repository.full_name, hit.path, hit.sha) == ("a/b", "uv.lock", blob_oid(_LOCK))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("PACKAGES", ["a/b/uv.lock", "a/b/web/poetry.lock"]),
        (_DIGEST[:-1], []),
        ('"packages ab cd x whl"', ["a/b/uv.lock"]),
        ('"packages/ab/cd/x.whl"', ["a/b/uv.lock"]),
        ('"cd/packages/ab"', []),
        ("cd packages ab", ["a/b/uv.lock"]),
        ("filename:poetry.lock", ["a/b/web/poetry.lock"]),
        ("packages filename:uv.lock", ["a/b/uv.lock"]),
        ("packages path:web", ["a/b/web/poetry.lock"]),
        ("packages path:/", ["a/b/uv.lock"]),
        ("packages extension:lock", ["a/b/uv.lock", "a/b/web/poetry.lock"]),
        ("packages extension:toml", []),
        ("packages repo:a/b size:0..20", ["a/b/web/poetry.lock"]),
        ("packages size:>20", ["a/b/uv.lock"]),
        ("packages NOT whl", ["a/b/web/poetry.lock"]),
        ("packages -whl", ["a/b/web/poetry.lock"]),
        ("whl OR version", ["a/b/uv.lock", "c/d/pylock.toml"]),
    ],
)
def test_the_search_takes_words_phrases_and_qualifiers(query: str, expected: list[str]) -> None:
    content = world(
        repository("a/b", {"uv.lock": _LOCK, "web/poetry.lock": b"packages = []"}),
        repository("c/d", {"pylock.toml": b"version = 1"}),
    )

    with _github(content) as (client, _):
        assert _found(client, query) == expected


def test_the_search_is_blind_to_other_branches_large_files_and_forks() -> None:
    content = world(
        repository("a/branch", {"README.md": b"no"}, branches={"dev": {"uv.lock": _LOCK}}),
        repository("a/edge", {"uv.lock": _LOCK.ljust(384 * _KIB - 1)}),
        repository("a/fork", {"uv.lock": _LOCK}, fork_of="a/edge"),
        repository("a/large", {"uv.lock": _LOCK.ljust(384 * _KIB)}),
    )

    with _github(content) as (client, _):
        assert _found(client, _DIGEST) == ["a/edge/uv.lock"]


def test_pages_lead_to_the_thousandth_result_and_no_further() -> None:
    content = world(*(repository(f"o/r{n}", {"uv.lock": b"version = 1"}) for n in range(1001)))

    with _github(content, clock_factor=60) as (client, app):
        pages = client.search_code("version")
        first, last = pages.get_page(0), pages.get_page(9)
        with pytest.raises(github.GithubException) as refused:
            pages.get_page(10)

        assert (pages.totalCount, len(first), len(last)) == (1001, 100, 100)
        assert (first[0].repository.full_name, last[99].repository.full_name) == ("o/r0", "o/r999")
        assert refused.value.status == 422
        assert refused.value.message == "Cannot access beyond the first 1000 results"
        assert app.stats().requests == {"GET /search/code": 3}


def test_sizes_divide_a_search_that_is_cut_off() -> None:
    sizes = {f"{n}/uv.lock": b"version ".ljust(10 + n) for n in range(40)}

    with _github(world(repository("a/b", sizes))) as (client, _):
        low, high = _found(client, "version size:0..29"), _found(client, "version size:30..393216")

        assert (len(low), len(high), len({*low, *high})) == (20, 20, 40)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("x" * 257, "The search is longer than 256 characters."),
        ("a OR b OR c OR d OR e OR f OR g", "More than five AND / OR / NOT operators were used."),
        ("repo:a/b", "ERROR_TYPE_QUERY_PARSING_FATAL unable to parse query!"),
        ("x size:many", "A qualifier cannot be read: could not convert string to float: 'many'"),
    ],
)
def test_a_query_that_github_does_not_take_is_refused_with_the_reason(
    query: str, reason: str
) -> None:
    with _github(world(repository("a/b", {"uv.lock": b"x"}))) as (client, _):
        with pytest.raises(github.GithubException) as refused:
            client.search_code(query).get_page(0)

        assert refused.value.status == 422
        assert refused.value.data["errors"][0]["message"] == reason


def test_a_slow_query_says_that_it_is_incomplete() -> None:
    slow = Circumstances(slow_queries=frozenset({"filename:uv.lock"}))

    with _github(world(repository("a/b", {"uv.lock": b"x"})), circumstances=slow) as (client, _):
        pages = client.search_code("filename:uv.lock")
        pages.get_page(0)

        assert pages.incomplete_results is True


def test_the_eleventh_search_of_a_minute_is_refused_and_counted() -> None:
    clock = Clock(1_800_000_000)

    with _github(world(repository("a/b", {"uv.lock": b"x"})), clock=clock) as (client, app):
        for _ in range(10):
            client.search_code("x").get_page(0)
        with pytest.raises(github.RateLimitExceededException) as refused:
            client.search_code("x").get_page(0)
        violations = app.stats().violations
        clock.now += 60
        client.search_code("x").get_page(0)

        headers = refused.value.headers
        assert headers is not None
        assert headers["x-ratelimit-remaining"] == "0"
        assert headers["x-ratelimit-resource"] == "code_search"
        assert headers["x-ratelimit-reset"] == "1800000060"
        assert "retry-after" not in headers
        assert (violations, app.stats().violations) == (1, 1)


def test_whoever_carries_on_meets_the_secondary_limit_with_a_time_to_wait() -> None:
    content = world(repository("a/b", {"uv.lock": b"x"}))

    with _github(content, clock_factor=6) as (client, app):
        answers = []
        for _ in range(14):
            try:
                client.search_code("x").get_page(0)
            except github.RateLimitExceededException as error:
                answers.append((error.headers or {}).get("retry-after"))

        assert answers == [None, None, None, "10"]
        assert app.stats().violations == 4


def test_the_rate_limit_can_be_asked_for_nothing() -> None:
    with _github(world(repository("a/b", {"uv.lock": b"x"}))) as (client, app):
        client.search_code("x").get_page(0)
        resources = client.get_rate_limit().resources

        assert (resources.code_search.remaining, resources.core.remaining) == (9, 5000)
        assert app.stats().requests == {"GET /search/code": 1, "GET /rate_limit": 1}


def test_a_blob_comes_as_base64_and_raw() -> None:
    with _github(world(repository("a/b", {"uv.lock": _LOCK}))) as (client, _):
        blob = client.get_repo("a/b").get_git_blob(blob_oid(_LOCK))
        raw = guest.get(blob.url, headers={"accept": "application/vnd.github.raw+json"})

        assert (blob.encoding, blob.size, blob.content.count("\n")) == ("base64", 138, 4)
        assert raw.content == _LOCK


def test_an_unchanged_answer_costs_nothing() -> None:
    with _github(world(repository("a/b", {"uv.lock": b"x"}))) as (client, _):
        url = f"{client.requester.base_url}/repos/a/b"
        first = guest.get(url, headers={"authorization": "Bearer t"})
        known = {"authorization": "Bearer t", "if-none-match": first.headers["etag"]}
        second = guest.get(url, headers=known)

        assert (first.status_code, first.headers["x-ratelimit-used"]) == (200, "1")
        assert (second.status_code, second.headers["x-ratelimit-used"]) == (304, "1")
        assert second.content == b""


def test_what_befell_a_repository_is_told_by_the_status() -> None:
    content = world(
        *(repository(f"o/{name}", {"a": b"x"}) for name in ("new", "shut", "bad", "off"))
    )
    circumstances = Circumstances(
        gone=frozenset({"o/off"}),
        blocked={"o/shut": "dmca", "o/bad": "tos"},
        renamed={"o/old": "o/new"},
    )

    with _github(content, circumstances=circumstances) as (client, _):
        statuses = {}
        for name in ("new", "shut", "bad", "off", "never"):
            answer = guest.get(f"{client.requester.base_url}/repos/o/{name}")
            statuses[name] = answer.status_code
        moved = guest.get(f"{client.requester.base_url}/repos/o/old")

        assert statuses == {"new": 200, "shut": 451, "bad": 403, "off": 404, "never": 404}
        assert moved.status_code == 301
        assert moved.headers["location"] == f"{client.requester.base_url}/repositories/1001"
        assert guest.get(moved.headers["location"]).json()["full_name"] == "o/new"
        assert _found(client, "x") == ["o/new/a"]


def test_a_fork_names_its_parent() -> None:
    content = world(repository("a/b", {"x": b"1"}), repository("c/b", {"x": b"1"}, fork_of="a/b"))

    with _github(content) as (client, _):
        fork = client.get_repo("c/b")

        assert (fork.fork, fork.parent.full_name, fork.default_branch) == (True, "a/b", "main")
        assert fork.clone_url == "https://github.example/c/b.git"


def test_all_repositories_are_listed_by_id() -> None:
    content = world(*(repository(f"o/r{n}", {}) for n in range(250)))

    with _github(content) as (client, app):
        names = [found.full_name for found in client.get_repos()]

        assert names == [f"o/r{n}" for n in range(250)]
        assert app.stats().requests == {"GET /repositories": 3}


def test_a_wrong_token_is_refused() -> None:
    with (
        _github(world(), token="wrong") as (client, _),
        pytest.raises(github.BadCredentialsException),
    ):
        client.get_repo("a/b")


def test_a_search_without_a_token_is_refused_and_the_rest_is_rationed() -> None:
    with _github(world(repository("a/b", {"x": b"1"}))) as (client, app):
        base_url = client.requester.base_url
        search = guest.get(f"{base_url}/search/code", params={"q": "1"})
        answers = [guest.get(f"{base_url}/repos/a/b").status_code for _ in range(61)]

        assert search.status_code == 401
        assert answers == [200] * 60 + [403]
        assert app.stats().violations == 1


def test_a_request_without_a_user_agent_is_refused() -> None:
    with _github(world(repository("a/b", {"x": b"1"}))) as (client, _):
        with guest.client() as nameless:
            del nameless.headers["user-agent"]
            answer = nameless.get(f"{client.requester.base_url}/repos/a/b")

        assert answer.status_code == 403


def test_a_write_is_refused() -> None:
    with _github(world(repository("a/b", {"x": b"1"}))) as (client, app):
        answer = guest.post(f"{client.requester.base_url}/repos/a/b", json={})

        assert answer.status_code == 404
        assert app.stats().requests == {"POST (unknown)": 1}


def test_the_blob_of_a_result_is_read_by_its_own_address() -> None:
    with _github(world(repository("a/b", {"uv.lock": _LOCK}))) as (client, _):
        hit = client.search_code(_DIGEST).get_page(0)[0]
        answer = guest.get(hit.git_url)

        assert answer.json()["sha"] == blob_oid(_LOCK)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/repos/a/b/git/blobs/{'0' * 40}", 404),
        ("/repos/a/b/git/blobs/HEAD", 422),
        (f"/repos/e/mpty/git/blobs/{'0' * 40}", 409),
        (f"/repositories/9/git/blobs/{'0' * 40}", 404),
        ("/repositories/first", 404),
        ("/repos/a/b/contents/uv.lock", 404),
        ("/", 404),
    ],
)
def test_what_is_not_there_is_told_by_the_status(path: str, status: int) -> None:
    content = world(repository("a/b", {"uv.lock": b"x"}), repository("e/mpty", {}))

    with _github(content) as (client, _):
        answer = guest.get(f"{client.requester.base_url}{path}")

    assert answer.status_code == status
