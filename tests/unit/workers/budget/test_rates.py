from __future__ import annotations

import pytest

from crawler.hosts.interface import HostKind
from crawler.net import Bucket
from workers.budget.rates import MOST_RAISED, POLITE, Rate, Rates

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


def test_the_operator_has_the_last_word() -> None:
    slow = Rate(burst=1, count=1, seconds=3600)
    rates = Rates(kinds=KINDS, overrides={("forge.example", "api"): slow})

    rate = rates.of(Bucket(host="forge.example", resource="api"))

    assert rate == slow


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
