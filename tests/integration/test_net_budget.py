"""The HTTP client and its budget: who pays, when a host asks to wait, what its answers teach."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from crawler.errors import Defer, GiveUp, Retry
from crawler.net import Bucket, Http, HttpLimits, Quota
from tests.servers.raw_http import (
    EmptyBudget,
    WatchingBudget,
    client,
    hello,
    raw_server,
    reply,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("status", [429, 403, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("-5", 1.0), ("0", 1.0), ("1000000000", 86400.0), ("in a moment", 60.0)],
)
def test_a_host_that_asks_to_wait_is_obeyed(status: int, value: str, seconds: float) -> None:
    with raw_server(lambda _: [reply(status, retry_after=value)]) as server:
        budget = WatchingBudget(server)

        with pytest.raises(Defer, match=rf"asks to wait \({status}\)") as caught:
            client(server, budget=budget).request("GET", server.url())

    bucket = Bucket(host=server.authority)
    assert caught.value.seconds == seconds
    assert budget.learned == [(1, bucket, Quota(remaining=0, wait=seconds))]


@pytest.mark.parametrize("status", [429, 403, 503])
def test_a_wait_may_be_told_as_a_date(status: int) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    with (
        raw_server(lambda _: [reply(status, retry_after=when)]) as server,
        pytest.raises(Defer) as caught,
    ):
        client(server).request("GET", server.url())

    assert 90.0 < caught.value.seconds <= 100.0


def test_too_many_requests_without_a_time_is_a_minute() -> None:
    with raw_server(lambda _: [reply(429)]) as server, pytest.raises(Defer) as caught:
        client(server).request("GET", server.url())

    assert caught.value.seconds == 60.0


@pytest.mark.parametrize("status", [403, 503])
def test_a_refusal_without_a_time_is_an_ordinary_answer(status: int) -> None:
    with raw_server(lambda _: [reply(status)]) as server:
        answer = client(server).request("GET", server.url())

    assert answer.status == status


def test_a_spent_quota_with_a_reset_defers_a_forbidden_answer() -> None:
    headers = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(time.time()) + 100)}
    with (
        raw_server(lambda _: [reply(403, **headers)]) as server,
        pytest.raises(Defer) as caught,
    ):
        client(server).request("GET", server.url())

    assert 90.0 < caught.value.seconds <= 100.0


@pytest.mark.parametrize(
    ("headers", "quota"),
    [
        pytest.param(
            {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "4999"},
            Quota(limit=5000, remaining=4999, bytes_down=5),
            id="github",
        ),
        pytest.param(
            {"ratelimit_limit": "100", "ratelimit_remaining": "0", "ratelimit_reset": "9"},
            Quota(limit=100, remaining=0, wait=9.0, bytes_down=5),
            id="ietf-draft",
        ),
        pytest.param({}, Quota(bytes_down=5), id="nothing-said"),
    ],
)
def test_a_request_is_paid_before_it_is_sent_and_its_answer_is_learned_from(
    headers: dict[str, str], quota: Quota
) -> None:
    with raw_server(lambda _: [reply(200, b"hello", **headers)]) as server:
        budget = WatchingBudget(server)

        client(server, budget=budget).request("GET", server.url())

    bucket = Bucket(host=server.authority)
    assert budget.spent == [(0, bucket)]
    assert budget.learned == [(1, bucket, quota)]
    assert budget.failures == []


def test_an_answer_that_breaks_off_is_learned_from_as_such() -> None:
    cut = reply(200, b"hello", x_ratelimit_remaining="7")[:-2]
    with raw_server(lambda _: [cut]) as server:
        budget = WatchingBudget(server)

        with pytest.raises(Retry):
            client(server, budget=budget).request("GET", server.url())

    ((_, _, quota),) = budget.learned
    assert (quota.remaining, quota.broken) == (7, True)
    assert [why for _, why in budget.failures] == ["RemoteProtocolError"]


def test_a_named_bucket_is_the_one_that_pays() -> None:
    with raw_server(hello) as server:
        budget = WatchingBudget(server)
        bucket = Bucket(host="api.github.example", resource="search", identity="abc123")

        client(server, budget=budget).request("GET", server.url(), bucket=bucket)

    assert budget.spent == [(0, bucket)]
    assert [learned[1] for learned in budget.learned] == [bucket]


def test_an_empty_budget_sends_nothing() -> None:
    with raw_server(hello) as server:
        http = client(server, budget=EmptyBudget())

        with pytest.raises(Defer) as caught:
            http.request("GET", server.url())

        assert caught.value.seconds == 42.0
        assert server.heard == []
        assert server.first_bytes == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(301, location="/x", x_ratelimit_remaining="0"), id="redirect"),
        pytest.param(reply(200, b"x" * 99, x_ratelimit_remaining="0"), id="too-large"),
        pytest.param(reply(200, b"x", content_encoding="br", x_ratelimit_remaining="0"), id="br"),
    ],
)
def test_also_an_answer_that_is_refused_tells_the_quota(answer: bytes) -> None:
    with raw_server(lambda _: [answer]) as server:
        budget = WatchingBudget(server)

        with pytest.raises(GiveUp):
            client(server, budget=budget).request(
                "GET", server.url(), limits=HttpLimits(max_bytes=9)
            )

    assert [quota.remaining for _, _, quota in budget.learned] == [0]


def test_the_default_port_does_not_make_another_host() -> None:
    with raw_server(hello) as server:
        budget = WatchingBudget(server)
        http = Http(
            agent="test",
            budget=budget,
            connect_to={
                "index.example": server.url(),
                "index.example:443": server.url(),
            },
        )

        http.request("GET", "https://index.example/")
        http.request("GET", "https://index.example:443/")

    assert {bucket.host for _, bucket in budget.spent} == {"index.example"}


def test_whoever_counts_requests_is_told_of_each_by_host_and_how_it_ended() -> None:
    told: list[tuple[str, str]] = []
    answers = iter([[reply(200)], [reply(404)], [reply(503)], [reply(429)], []])
    with raw_server(lambda _: next(answers)) as server:
        asking = Http(
            agent="ghostcrawl/test",
            trusted_hosts=[server.authority],
            requested=lambda host, outcome: told.append((host, outcome)),
        )
        for _ in range(3):
            asking.request("GET", server.url())
        with pytest.raises(Defer):
            asking.request("GET", server.url())
        with pytest.raises(Retry):
            asking.request("GET", server.url())
        asking.close()

    outcomes = ["2xx", "4xx", "5xx", "429", "failed"]
    assert told == [(server.authority, outcome) for outcome in outcomes]


def test_a_request_that_the_budget_holds_back_is_told_as_a_wait() -> None:
    told: list[tuple[str, str]] = []
    asking = Http(
        agent="ghostcrawl/test",
        budget=EmptyBudget(),
        requested=lambda host, outcome: told.append((host, outcome)),
    )

    with pytest.raises(Defer):
        asking.request("GET", "https://git.example/")

    asking.close()
    assert told == [("git.example", "wait")]
