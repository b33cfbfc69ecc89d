"""What needs no socket: reading quotas, judging a status, refusing an address by its spelling."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import __version__
from crawler.errors import Blocked, GiveUp, Gone, Malformed, Private, Refused, Retry
from crawler.net import Answer, Bucket, Http, NullBudget, Quota, quota_of, user_agent

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EPOCH = 1_795_348_800  # NOW


def _answer(status: int) -> Answer:
    return Answer(url="https://index.example/x", status=status, headers={}, body=b"secret body")


def test_the_user_agent_names_version_project_and_operator() -> None:
    agent = user_agent("https://project.example", "abuse@operator.example")

    assert (
        agent
        == f"ghostcrawl/{__version__} (+https://project.example; mailto:abuse@operator.example)"
    )


@pytest.mark.parametrize("status", [200, 201, 204, 206, 299, 304])
def test_a_success_or_not_modified_is_returned_as_it_is(status: int) -> None:
    answer = _answer(status)

    assert answer.raise_for_status() is answer


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, Gone),
        (410, Gone),
        (401, Private),
        (403, Private),
        (407, Private),
        (451, Blocked),
        (500, Retry),
        (502, Retry),
        (503, Retry),
        (599, Retry),
        (100, Malformed),
        (300, Malformed),
        (302, Malformed),
        (400, Malformed),
        (418, Malformed),
        (422, Malformed),
    ],
)
def test_every_other_status_says_what_to_do_next(status: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=rf"^https://index\.example/x answered {status}$") as caught:
        _answer(status).raise_for_status()

    assert type(caught.value) is error


def test_the_body_of_an_answer_is_not_in_its_repr() -> None:
    assert "secret body" not in repr(_answer(200))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 1.0),
        ("-5", 1.0),
        ("1000000000", 86400.0),
        ("999999999999999", 86400.0),
        ("1" * 40, 60.0),
        ("Sun, 22 Nov 2026 12:02:00 GMT", 120.0),
        ("Sunday, 22-Nov-26 12:02:00 GMT", 120.0),
        ("Sun Nov 22 12:02:00 2026", 120.0),
        ("Sun, 22 Nov 2026 13:02:00 +0100", 120.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 1.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400.0),
        ("soon", 60.0),
        ("1.5", 60.0),
        ("1e9", 60.0),
        ("nan", 60.0),
        ("", 60.0),
        ("\u0663", 60.0),
        ("Sun, 99 Nov 2026 12:00:00 GMT", 60.0),
    ],
)
def test_retry_after_is_a_wait_between_one_second_and_a_day(value: str, seconds: float) -> None:
    quota = quota_of(503, {"retry-after": value}, NOW)

    assert quota == Quota(wait=seconds)


def test_a_retry_after_with_an_impossible_zone_is_garbage_like_any_other() -> None:
    value = "Sun, 22 Nov 2026 12:02:00 +99999999999999999999"

    quota = quota_of(503, {"retry-after": value}, NOW)

    assert quota.wait == 60.0


@given(st.text(st.characters(codec="latin-1"), max_size=60))
def test_no_retry_after_hammers_a_host_or_forgets_it(value: str) -> None:
    wait = quota_of(429, {"retry-after": value}, NOW).wait

    assert wait is not None
    assert 1.0 <= wait <= 86400.0


@pytest.mark.parametrize(
    ("status", "headers", "quota"),
    [
        (200, {}, Quota()),
        (
            200,
            {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4999"},
            Quota(limit=5000, remaining=4999),
        ),
        (
            200,
            {"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "3"},
            Quota(limit=100, remaining=3),
        ),
        (
            200,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 90)},
            Quota(remaining=0, wait=90.0),
        ),
        (
            200,
            {"ratelimit-remaining": "0", "ratelimit-reset": "90"},
            Quota(remaining=0, wait=90.0),
        ),
        (
            200,
            {"ratelimit-remaining": "0", "ratelimit-reset": str(EPOCH + 90)},
            Quota(remaining=0, wait=90.0),
        ),
        (
            200,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"},
            Quota(remaining=0, wait=1.0),
        ),
        (
            200,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999999999999999"},
            Quota(remaining=0, wait=86400.0),
        ),
        (
            200,
            {"x-ratelimit-remaining": "12", "x-ratelimit-reset": str(EPOCH + 90)},
            Quota(remaining=12),
        ),
        (
            200,
            {"x-ratelimit-remaining": "many", "x-ratelimit-limit": "1" * 16},
            Quota(),
        ),
        (429, {"x-ratelimit-reset": str(EPOCH + 90)}, Quota(wait=90.0)),
        (
            403,
            {
                "retry-after": "7",
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(EPOCH + 90),
            },
            Quota(remaining=0, wait=7.0),
        ),
    ],
)
def test_the_headers_of_github_and_of_the_ietf_draft_are_understood(
    status: int, headers: dict[str, str], quota: Quota
) -> None:
    assert quota_of(status, headers, NOW) == quota


@pytest.mark.parametrize(
    "url",
    [
        "http://index.example/simple/",
        "ftp://index.example/simple/",
        "file:///etc/passwd",
        "//index.example/simple/",
        "index.example/simple/",
        "https:///simple/",
        "https://index.example:99999/",
        "https://[index.example/",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_that_is_not_https_or_no_url_is_refused(url: str) -> None:
    http = Http(agent="test")

    with pytest.raises(Refused):
        http.request("GET", url)


def test_plain_http_is_refused_on_another_port_of_a_trusted_host() -> None:
    http = Http(agent="test", trusted_hosts=["index.example:8080"])

    with pytest.raises(Refused, match="only https, or http on hosts configured as trusted"):
        http.request("GET", "http://index.example:8081/")


@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cret@index.example/",
        "https://s3cret@index.example/",
        "https://:s3cret@index.example/",
        "http://user:s3cret@index.example/",
        "https://a@s3cret@index.example/",
        "https://s3cret\\@index.example/",
    ],
)
def test_credentials_in_a_url_are_refused_and_not_repeated(url: str) -> None:
    http = Http(agent="test")

    with pytest.raises(Refused, match="credentials inside a URL are refused") as caught:
        http.request("GET", url)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cret@index.example:99999/",
        "https://user:s3cret@[index.example/",
        "ftp:user:s3cret@index.example/",
    ],
)
def test_credentials_in_a_broken_url_are_not_repeated_either(url: str) -> None:
    http = Http(agent="test")

    with pytest.raises(Refused) as caught:
        http.request("GET", url)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
def test_a_host_name_that_cannot_be_looked_up_is_given_up(host: str) -> None:
    http = Http(agent="test")

    with pytest.raises((GiveUp, Retry)):
        http.request("GET", f"https://{host}/")


def test_a_budget_without_limits_allows_and_forgets() -> None:
    budget = NullBudget()
    bucket = Bucket(host="index.example")

    budget.spend(bucket)
    budget.learn(bucket, Quota(remaining=0, wait=60.0))
    budget.spend(bucket)

    assert bucket == Bucket(host="index.example", resource="http", identity="anonymous")
