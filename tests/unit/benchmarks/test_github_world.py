"""The GitHub that a benchmark sweeps."""

from __future__ import annotations

import json

from benchmarks.github_world import QuickResolvers, Spot, changed, made
from workers.demo.catalogue import Catalogue
from workers.demo.graphql import GraphqlApi
from workers.demo.graphql_resolvers import Resolvers
from workers.demo.quotas import Charge, PointLimit

_CHARGE = Charge(
    allowance=PointLimit(resource="graphql", limit=1, seconds=1), used=0, reset=0, allowed=True
)
_QUERY = """query($q: String!) { search(type: REPOSITORY, query: $q, first: 100) {
    repositoryCount pageInfo { hasNextPage endCursor }
    nodes { ... on Repository { nameWithOwner object(expression: "HEAD:") {
        ... on Tree { entries { name oid mode size } } } } } } }"""


def test_the_same_seed_makes_the_same_world() -> None:
    assert made(60, 1).world == made(60, 1).world
    assert made(60, 1).world != made(60, 2).world


def test_a_tenth_has_a_lock_and_some_of_these_a_ghost() -> None:
    stock = made(1_000, 1)

    assert len(stock.sizes) == 100
    assert set(stock.planted.values()) == set(Spot)


def test_the_quick_search_answers_as_that_of_the_demo() -> None:
    world = made(300, 1).world
    asked = "is:public fork:true created:2026-03-01T03:00:00Z..2026-03-01T09:00:00Z"
    body = json.dumps({"query": _QUERY, "variables": {"q": asked}}).encode()

    plain = Resolvers(Catalogue(world, "github.example"), web_url="https://github.example")
    apis = [GraphqlApi(resolvers) for resolvers in (QuickResolvers(world), plain)]
    answers = [api.answer(api.read(body), _CHARGE) for api in apis]

    assert answers[0] == answers[1]
    assert '"repositoryCount": 0' not in json.dumps(answers[0])


def test_one_in_a_hundred_is_pushed_to_later() -> None:
    stock = made(300, 1)

    world, since = changed(stock, 100)

    later = [r for r in world.repositories if r.pushed_at >= since.strftime("%Y-%m-%dT%H:%M:%SZ")]
    assert len(later) == 3
    assert all(
        a.branches != b.branches
        for a, b in zip(stock.world.repositories, world.repositories, strict=True)
        if b in later
    )
