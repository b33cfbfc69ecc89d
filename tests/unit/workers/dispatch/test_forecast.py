from __future__ import annotations

from crawler.hosts.interface import HostKind
from workers.budget.rates import Rates
from workers.dispatch.forecast import HostEstimate, forecast, total

RATES = Rates(kinds={"github.example": HostKind.GITHUB, "forge.example": HostKind.FORGEJO})


def known(**more: int | bool | str) -> HostEstimate:
    fields = {"host": "forge.example", "address": "forge.example", "identity": "anonymous"}
    return HostEstimate(**{**fields, "queries": 0, "lists": False, **more})  # type: ignore[arg-type]


def test_nothing_known_costs_nothing() -> None:
    assert forecast(known(), RATES) == ()
    assert total(()) == (0, 0, 0.0)


def test_visits_cost_one_request_where_nothing_changed_and_three_where_there_are_locks() -> None:
    (cost,) = forecast(known(visited=100, unvisited=10), RATES)

    assert (cost.what, cost.least, cost.most) == ("visit", 120, 330)
    assert cost.bucket.resource == "http"


def test_a_list_costs_a_page_per_hundred_repositories_and_a_last_one() -> None:
    costs = forecast(known(lists=True, visited=250), RATES)

    assert [(cost.what, cost.most) for cost in costs] == [("list", 4), ("visit", 750)]


def test_minutes_follow_from_the_rate_of_the_bucket() -> None:
    (cost,) = forecast(
        known(host="github.example", identity="4f2a", queries=17),
        RATES,
    )

    assert (cost.bucket.resource, cost.least, cost.minutes) == ("code_search", 17, 2.0)


def test_repositories_read_through_an_api_go_fifty_at_a_time() -> None:
    (cost,) = forecast(known(reads_in_batches=True, visited=60, unvisited=41), RATES)

    assert (cost.what, cost.bucket.resource, cost.least, cost.most) == ("read", "graphql", 3, 6)


def test_buckets_are_used_side_by_side() -> None:
    costs = forecast(known(lists=True, visited=1000), RATES)

    least, most, minutes = total(costs)

    assert (least, most) == (1011, 3011)
    assert minutes == max(cost.minutes for cost in costs)
