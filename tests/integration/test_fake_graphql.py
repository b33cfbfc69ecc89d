"""The fake of GitHub's GraphQL API, asked over the loopback; graphql-core must answer the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.servers import guest
from tests.servers.github_schema import answered, errors_of, fields
from tests.servers.small_world import Clock, repository, serving, world
from workers.demo.catalogue import Catalogue, Circumstances
from workers.demo.github import GithubApp
from workers.demo.graphql_price import Price
from workers.demo.graphql_resolvers import Resolvers
from workers.demo.graphql_values import Asked
from workers.demo.model import World
from workers.demo.objects import blob_oid, commit_object, tree_objects
from workers.demo.quotas import Charge, PointLimit

_Ask = Callable[..., dict[str, Any]]
_ASKED = Asked(
    charge=Charge(
        allowance=PointLimit(resource="graphql", limit=1, seconds=1), used=0, reset=0, allowed=True
    ),
    price=Price(cost=1, nodes=0),
)
_NESTED = (
    'search(type: REPOSITORY, query: "", first: 100) { nodes { ... on Repository {'
    ' a: refs(refPrefix: "x", first: 100) { nodes { repository {'
    ' refs(refPrefix: "x", first: 50) { totalCount } } } } } } }'
)
"""A million refs, half of them too many."""


@contextmanager
def _graphql(
    content: World, circumstances: Circumstances | None = None
) -> Iterator[tuple[_Ask, GithubApp]]:
    apps: list[GithubApp] = []
    catalogue = Catalogue(content, "github.example", circumstances)
    resolvers = Resolvers(catalogue, web_url="https://github.example")

    def make(base_url: str) -> GithubApp:
        apps.append(
            GithubApp(
                content,
                api_url=base_url,
                circumstances=circumstances,
                clock=Clock(),
                check=errors_of,
            )
        )
        return apps[0]

    with serving(make) as base_url, guest.client(headers={"authorization": "bearer t"}) as client:

        def ask(query: str, **variables: object) -> dict[str, Any]:
            answer = client.post(
                f"{base_url}/graphql", json={"query": query, "variables": variables}
            )
            assert answer.status_code == 200
            found = answer.json()
            assert isinstance(found, dict)
            if "data" in found and "rateLimit" not in query:
                assert found == answered(resolvers, query, variables, _ASKED)
            return found

        yield ask, apps[0]


def test_one_request_lists_repositories_and_probes_their_locks() -> None:
    files = {"uv.lock": b"version = 1\n"}
    root, _ = tree_objects(files)

    with _graphql(world(repository("a/b", files), repository("c/d", {"x": b"1"}))) as (ask, _app):
        answer = ask(
            'query($path: String!) { search(type: REPOSITORY, query: "is:public", first: 100) {'
            " repositoryCount nodes { ... on Repository { nameWithOwner"
            " defaultBranchRef { name target { oid } }"
            " lock: object(expression: $path) { __typename ... on Blob { oid byteSize } } } } } }",
            path="HEAD:uv.lock",
        )

    found = answer["data"]["search"]
    assert found["repositoryCount"] == 2
    assert found["nodes"][0] == {
        "nameWithOwner": "a/b",
        "defaultBranchRef": {"name": "main", "target": {"oid": commit_object(root)[0]}},
        "lock": {"__typename": "Blob", "oid": blob_oid(b"version = 1\n"), "byteSize": 12},
    }
    assert found["nodes"][1]["lock"] is None


@pytest.mark.parametrize(
    ("size", "length", "truncated"), [(512_000, 512_000, False), (512_001, 512_000, True)]
)
def test_text_is_cut_at_512000_bytes(size: int, length: int, *, truncated: bool) -> None:
    with _graphql(world(repository("a/b", {"uv.lock": b"x" * size}))) as (ask, _app):
        answer = ask(
            '{ repository(owner: "a", name: "b") { object(expression: "HEAD:uv.lock") {'
            " ... on Blob { text isTruncated isBinary byteSize } } } }"
        )

    blob = answer["data"]["repository"]["object"]
    assert (len(blob["text"]), blob["isTruncated"], blob["byteSize"]) == (length, truncated, size)
    assert blob["isBinary"] is False


def test_a_binary_file_has_no_text() -> None:
    with _graphql(world(repository("a/b", {"uv.lock": b"a\0b"}))) as (ask, _app):
        answer = ask(
            'query($oid: GitObjectID!) { repository(owner: "a", name: "b") {'
            " object(oid: $oid) { ... on Blob { text isBinary } } } }",
            oid=blob_oid(b"a\0b"),
        )

    assert answer["data"]["repository"]["object"] == {"text": None, "isBinary": True}


def test_a_missing_repository_is_null_and_the_rest_comes() -> None:
    with _graphql(world(repository("a/b", {"x": b"1"}))) as (ask, _app):
        answer = ask(
            '{ r0: repository(owner: "a", name: "b") { databaseId }'
            ' r1: repository(owner: "a", name: "gone") { databaseId } }'
        )

    assert answer["data"] == {"r0": {"databaseId": 1001}, "r1": None}
    assert [(error["type"], error["path"]) for error in answer["errors"]] == [("NOT_FOUND", ["r1"])]


def test_renames_are_followed_unless_asked_not_to() -> None:
    moved = Circumstances(renamed={"a/old": "a/new"})

    with _graphql(world(repository("a/new", {"x": b"1"})), moved) as (ask, _app):
        answer = ask(
            '{ yes: repository(owner: "a", name: "old") { nameWithOwner }'
            ' no: repository(owner: "a", name: "old", followRenames: false) { nameWithOwner } }'
        )

    assert answer["data"] == {"yes": {"nameWithOwner": "a/new"}, "no": None}


def test_all_branches_trees_and_files_can_be_read() -> None:
    content = world(repository("a/b", {"x": b"1"}, branches={"dev": {"api/uv.lock": b"version"}}))

    with _graphql(content) as (ask, _app):
        answer = ask(
            '{ repository(owner: "a", name: "b") {'
            ' refs(refPrefix: "refs/heads/", first: 10) { totalCount nodes { name } }'
            ' tree: object(expression: "dev:api") { ... on Tree { entries { name type path mode } } }'
            ' top: object(expression: "refs/heads/dev") { ... on Commit {'
            ' file(path: "api/uv.lock") { size object { ... on Blob { text } } } } } } }'
        )

    found = answer["data"]["repository"]
    assert found["refs"] == {"totalCount": 2, "nodes": [{"name": "dev"}, {"name": "main"}]}
    assert found["tree"]["entries"] == [
        {"name": "uv.lock", "type": "blob", "path": "uv.lock", "mode": 0o100644}
    ]
    assert found["top"]["file"] == {"size": 7, "object": {"text": "version"}}


def test_an_empty_repository_has_no_default_branch() -> None:
    with _graphql(world(repository("a/b", {}))) as (ask, _app):
        answer = ask(
            '{ repository(owner: "a", name: "b") { isEmpty defaultBranchRef { name }'
            ' object(expression: "HEAD:uv.lock") { oid } } }'
        )

    assert answer["data"]["repository"] == {
        "isEmpty": True,
        "defaultBranchRef": None,
        "object": None,
    }


def test_a_node_is_found_by_its_id() -> None:
    with _graphql(world(repository("a/b", {"x": b"1"}))) as (ask, _app):
        known = ask('{ repository(owner: "a", name: "b") { id } }')["data"]["repository"]["id"]
        answer = ask(
            "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { nameWithOwner } } }",
            ids=[known, "R_none"],
        )

    assert answer["data"]["nodes"] == [{"nameWithOwner": "a/b"}, None]
    assert answer["errors"][0]["type"] == "NOT_FOUND"


def test_a_search_reaches_a_thousand_and_dates_divide_it() -> None:
    query = (
        "query($q: String!, $after: String) {"
        " search(type: REPOSITORY, query: $q, first: 100, after: $after) {"
        " repositoryCount pageInfo { hasNextPage endCursor }"
        " nodes { ... on Repository { databaseId } } } }"
    )
    days = [f"2026-06-{1 + n // 600:02}T00:00:00Z" for n in range(1100)]
    repositories = (repository(f"o/r{n}", {}, created_at=day) for n, day in enumerate(days))

    with _graphql(world(*repositories)) as (ask, app):
        seen: list[int] = []
        after, further = None, True
        while further:
            found = ask(query, q="fork:true", after=after)["data"]["search"]
            seen += [node["databaseId"] for node in found["nodes"]]
            after, further = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
        first, second = (
            ask(query, q=f"created:{day}..{day}")["data"]["search"]["repositoryCount"]
            for day in ("2026-06-01", "2026-06-02")
        )

        assert (found["repositoryCount"], len(seen), len(set(seen))) == (1100, 1000, 1000)
        assert (first, second) == (600, 500)
        assert app.stats().requests == {"POST /graphql": 12}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("is:public", ["a/old", "a/new"]),
        ("fork:true", ["a/old", "a/new", "b/fork"]),
        ("fork:only", ["b/fork"]),
        ("pushed:>=2026-07-01", ["a/new"]),
        ("created:2026-06-01T00:00:00Z..2026-06-01T00:00:01Z", ["a/old"]),
        ("sort:updated", ["a/new", "a/old"]),
        ("user:b fork:true", ["b/fork"]),
        ("old", ["a/old"]),
    ],
)
def test_a_search_takes_the_documented_qualifiers(query: str, expected: list[str]) -> None:
    content = world(
        repository("a/old", {}, created_at="2026-06-01T00:00:00Z"),
        repository(
            "a/new", {}, created_at="2026-06-05T00:00:00Z", pushed_at="2026-07-01T00:00:00Z"
        ),
        repository("b/fork", {}, created_at="2026-06-06T00:00:00Z", fork_of="a/old"),
    )

    with _graphql(content) as (ask, _app):
        answer = ask(
            "query($q: String!) { search(type: REPOSITORY, query: $q, first: 10) {"
            " nodes { ... on Repository { nameWithOwner } } } }",
            q=query,
        )

    assert [node["nameWithOwner"] for node in answer["data"]["search"]["nodes"]] == expected


def test_points_are_counted_and_told() -> None:
    query = (
        '{ rateLimit { cost limit remaining used nodeCount } search(type: REPOSITORY, query: "",'
        " first: 100) { nodes { ... on Repository {"
        ' refs(refPrefix: "refs/heads/", first: 10) { totalCount } } } } }'
    )

    with _graphql(world(repository("a/b", {}))) as (ask, _app):
        ask(query)
        answer = ask(query)

    assert answer["data"]["rateLimit"] == {
        "cost": 1,
        "limit": 5000,
        "remaining": 4998,
        "used": 2,
        "nodeCount": 1100,
    }


@pytest.mark.parametrize(
    ("selection", "kind"),
    [
        (
            'search(type: REPOSITORY, query: "") { repositoryCount }',
            "MISSING_PAGINATION_BOUNDARIES",
        ),
        (
            'search(type: REPOSITORY, query: "", first: 101) { repositoryCount }',
            "EXCESSIVE_PAGINATION",
        ),
        (_NESTED, "MAX_NODE_LIMIT_EXCEEDED"),
    ],
)
def test_a_query_that_asks_for_too_much_is_refused(selection: str, kind: str) -> None:
    with _graphql(world()) as (ask, _app):
        answer = ask(f"{{ {selection} }}")

    assert [error["type"] for error in answer["errors"]] == [kind]
    assert "data" not in answer


def test_every_field_of_the_schema_is_answered_and_no_other() -> None:
    resolvers = Resolvers(Catalogue(world(), "github.example"), web_url="https://github.example")

    assert {one for one in fields() if resolvers.of(*one) is None} == set()
    assert resolvers.of("Query", "viewer") is None


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ viewer { login } }", "Cannot query field 'viewer' on type 'Query'."),
        ("{ rateLimit { cost }", "Syntax Error: Unexpected <EOF>."),
        ("{ rateLimit { cost } } }", "Syntax Error: Unexpected '}'."),
        ("{ rateLimit { cost % } }", "Syntax Error: Unexpected character at 18."),
        ("", "Syntax Error: Unexpected <EOF>."),
        ("mutation { x }", "Syntax Error: Expected '{', found 'mutation'."),
    ],
)
def test_what_the_demo_cannot_answer_is_an_error_without_a_schema_too(
    query: str, message: str
) -> None:
    headers = {"authorization": "bearer t"}

    with serving(lambda _base_url: GithubApp(world(), clock=Clock())) as base_url:
        answer = guest.post(f"{base_url}/graphql", json={"query": query}, headers=headers)

    assert answer.json() == {"errors": [{"message": message}]}


def test_a_field_outside_the_schema_is_an_error() -> None:
    with _graphql(world()) as (ask, _app):
        answer = ask("{ viewer { login } }")

    assert answer["errors"][0]["message"] == "Cannot query field 'viewer' on type 'Query'."


def test_a_spent_hour_is_a_200_with_rate_limited() -> None:
    with _graphql(world()) as (ask, app):
        for _ in range(50):
            ask(_expensive(100))
        answer = ask("{ rateLimit { remaining } }")

        assert [error["type"] for error in answer["errors"]] == ["RATE_LIMITED"]
        assert app.stats().violations == 1


def test_graphql_without_a_token_is_refused() -> None:
    with serving(lambda _base_url: GithubApp(world(), clock=Clock())) as base_url:
        answer = guest.post(f"{base_url}/graphql", json={"query": "{ rateLimit { cost } }"})

    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b'{"query": 3}', b'{"query": "{a}", "variables": 3}'])
def test_a_body_without_a_query_is_a_bad_request(body: bytes) -> None:
    headers = {"authorization": "bearer t"}

    with serving(lambda _base_url: GithubApp(world(), clock=Clock())) as base_url:
        answer = guest.post(f"{base_url}/graphql", content=body, headers=headers)

    assert answer.status_code == 400


def _expensive(points: int) -> str:
    """Return a query of `points`: one connection below each of a hundred, so many times."""
    refs = " ".join(
        f'r{n}: refs(refPrefix: "refs/heads/", first: 1) {{ totalCount }}' for n in range(points)
    )
    return (
        '{ search(type: REPOSITORY, query: "", first: 100) {'
        f" nodes {{ ... on Repository {{ {refs} }} }} }} }}"
    )


def test_a_blocked_repository_is_neither_read_nor_listed() -> None:
    shut = Circumstances(blocked={"a/b": "dmca"})

    with _graphql(world(repository("a/b", {"x": b"1"})), shut) as (ask, _app):
        answer = ask(
            '{ repository(owner: "a", name: "b") { id }'
            ' search(type: REPOSITORY, query: "", first: 1) { repositoryCount } }'
        )

    assert answer["data"] == {"repository": None, "search": {"repositoryCount": 0}}
    assert answer["errors"][0]["message"] == "Repository access blocked"


def test_owners_parents_and_blobs_lead_on() -> None:
    content = world(repository("a/b", {"x": b"1"}), repository("c/b", {"x": b"1"}, fork_of="a/b"))
    oid = blob_oid(b"1")

    with _graphql(content) as (ask, _app):
        answer = ask(
            '{ repository(owner: "c", name: "b") { owner { login url __typename }'
            ' parent { nameWithOwner url } ref(qualifiedName: "main") { target { oid'
            " ... on Commit { tree { entries { object { oid repository { name } } } } } } } } }"
        )

    found = answer["data"]["repository"]
    assert found["owner"] == {
        "login": "c",
        "url": "https://github.example/c",
        "__typename": "User",
    }
    assert found["parent"] == {"nameWithOwner": "a/b", "url": "https://github.example/a/b"}
    entries = found["ref"]["target"]["tree"]["entries"]
    assert entries == [{"object": {"oid": oid, "repository": {"name": "b"}}}]


def test_whoever_carries_on_after_rate_limited_meets_a_403() -> None:
    app = GithubApp(world(), clock=Clock(), clock_factor=60)
    headers = {"authorization": "bearer t"}

    with serving(lambda _base_url: app) as base_url, guest.client(headers=headers) as client:
        answers = [
            client.post(f"{base_url}/graphql", json={"query": _expensive(100)}) for _ in range(54)
        ]

    assert [answer.status_code for answer in answers[49:]] == [200, 200, 200, 200, 403]
    assert answers[-1].headers["retry-after"] == "60"
