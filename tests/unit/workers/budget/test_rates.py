from __future__ import annotations

import pytest

from crawler.hosts.interface import HostKind
from crawler.hosts.polite import POLITE, Rate, fastest
from crawler.net import Bucket
from workers.budget.rates import MOST_RAISED, Rates
from workers.settings import HostSection, Settings
from workers.wiring import Wiring

KINDS = {"api.github.example": HostKind.GITHUB, "forge.example": HostKind.FORGEJO}


def test_a_token_and_no_token_are_two_rates() -> None:
    rates = Rates(kinds=KINDS)

    with_token = rates.of(Bucket(host="api.github.example", resource="core", identity="4f2a"))
    without = rates.of(Bucket(host="api.github.example", resource="core"))

    assert with_token.count == 4500
    assert without.count == 50


def test_an_unknown_host_is_asked_once_a_second() -> None:
    rate = Rates(kinds=KINDS).of(Bucket(host="git.example", resource="git"))

    assert rate == Rate(burst=5, count=60, seconds=60)


def test_the_operator_may_ask_a_host_less_often_and_no_resource_more_often() -> None:
    at_most = {"api.github.example": 12.0}
    rates = Rates(kinds=KINDS, at_most=at_most)

    core, searches = (
        rates.of(Bucket(host="api.github.example", resource=resource, identity="4f2a"))
        for resource in ("core", "code_search")
    )

    assert core == Rate(burst=5, count=12, seconds=60)
    assert searches == POLITE[HostKind.GITHUB, "code_search", True]


def test_a_host_that_is_asked_less_often_is_not_believed_that_it_grants_more() -> None:
    bucket = Bucket(host="api.github.example", resource="graphql", identity="4f2a")

    slowed, as_polite = (
        Rates(kinds=KINDS, at_most={"api.github.example": n}).of(bucket) for n in (12.0, 75.0)
    )

    assert (slowed.limit, as_polite.limit, as_polite.count) == (None, None, 4500)


@pytest.mark.parametrize("kind", HostKind)
def test_the_fastest_rate_of_a_kind_is_that_of_one_of_its_resources(kind: HostKind) -> None:
    own = [60 * rate.per_second for (of, _, _), rate in POLITE.items() if of is kind]

    assert fastest(kind) in {60, *own}
    assert all(fastest(kind) >= rate for rate in own)


def test_code_search_stays_under_ten_requests_in_any_minute() -> None:
    rate = POLITE[HostKind.GITHUB, "code_search", True]

    assert rate.burst + 60 * rate.per_second < 10


def test_the_hourly_quota_of_github_is_never_used_up() -> None:
    rate = POLITE[HostKind.GITHUB, "core", False]

    assert rate.burst + 3600 * rate.per_second < 60


@pytest.mark.parametrize("resource", ["core", "graphql"])
@pytest.mark.parametrize("stated", [5_000, 12_500, 15_000])
def test_what_an_app_or_an_enterprise_is_granted_is_never_used_up(
    resource: str, stated: int
) -> None:
    rate = POLITE[HostKind.GITHUB, resource, True]

    assert rate.limit is not None
    raised = min(stated / rate.limit, MOST_RAISED)
    assert rate.burst + 3600 * rate.per_second * raised < stated


def test_what_is_configured_holds_for_every_name_of_a_host() -> None:
    forge = HostSection(
        kind=HostKind.FORGEJO,
        web_url="https://forge.example",
        api_url="https://api.forge.example",
        requests_per_minute=6,
    )

    rates = Wiring(Settings(hosts={"forge": forge})).rates

    for name in ("forge", "forge.example", "api.forge.example"):
        assert rates.of(Bucket(host=name, resource="api")) == Rate(burst=5, count=6, seconds=60)
