"""Code search against a loopback GitHub that misbehaves."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from crawler.errors import (
    Blocked,
    ConfigurationError,
    Defer,
    GhostcrawlError,
    Malformed,
    Private,
    Refused,
    Retry,
    Unsupported,
)
from crawler.model import Query, QueryKind
from tests.servers.api import Asked, Reply, json_reply
from tests.servers.stage import TOKEN, Script, Stage

_TOKEN_QUERY = Query(kind=QueryKind.DIGEST, text="ab" * 32)


def _item(number: int = 1, **more: object) -> dict[str, object]:
    repository = {"id": number, "full_name": f"octo/r{number}", "private": False} | more
    return {"path": "uv.lock", "sha": "c" * 40, "repository": repository}


def _found(*items: object, total: int | None = None, incomplete: bool = False) -> Reply:
    count = len(items) if total is None else total
    return json_reply({"total_count": count, "incomplete_results": incomplete, "items": items})


def test_a_search_is_one_request_and_reads_only_the_answer(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: _found(_item(7, description="a lock")))

    page = on.github().search(_TOKEN_QUERY, None)

    (hit,) = page.hits
    assert (hit.path, hit.oid) == ("uv.lock", "c" * 40)
    assert (hit.repository.path, hit.repository.native_id) == ("octo/r7", "7")
    assert hit.repository.clone_url == "https://github.example/octo/r7.git"
    assert hit.repository.description == "a lock"
    assert page.next_cursor is None
    assert [(a.path, a.query["q"], a.query["per_page"]) for a in on.server.asked] == [
        ("/search/code", f'"{"ab" * 32}"', "100")
    ]
    assert on.server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert on.server.asked[0].headers["user-agent"] == "test"


def test_a_search_is_paid_from_its_own_bucket_and_learns_from_the_headers(
    stage: Callable[[Script], Stage],
) -> None:
    headers = {"x_ratelimit_limit": "10", "x_ratelimit_remaining": "4"}
    on = stage(
        lambda _: json_reply(
            {"total_count": 0, "incomplete_results": False, "items": []}, status=200, **headers
        )
    )

    on.github().search(_TOKEN_QUERY, None)

    (bucket,) = on.budget.spent
    assert (bucket.host, bucket.resource, bucket.identity) == (
        "github.example",
        "code_search",
        "fingerprint",
    )
    assert [quota.remaining for _, quota in on.budget.learned] == [4]


def test_a_phrase_costs_no_request_until_it_is_bound_to_a_lock_name(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: _found())

    page = on.github().search(Query(kind=QueryKind.NAME, text="zz-ghost"), None)

    assert [q.narrow for q in page.narrower] == ["filename:uv.lock", "filename:pylock.toml"]
    assert on.server.asked == []


def test_pages_are_followed_by_number(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _found(_item(), total=101))
    host = on.github()

    first = host.search(_TOKEN_QUERY, None)
    second = host.search(_TOKEN_QUERY, first.next_cursor)

    assert (first.next_cursor, second.next_cursor) == ("2", None)
    assert [a.query.get("page") for a in on.server.asked] == ["1", "2"]


def test_an_answer_over_the_cap_is_divided_by_file_size(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _found(_item(), total=1001))

    page = on.github().search(_TOKEN_QUERY, None)

    assert page.next_cursor is None
    assert [q.narrow for q in page.narrower] == ["size:0..196608", "size:196609..393216"]


def test_an_answer_that_grows_over_the_cap_between_pages_is_divided_too(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda a: _found(_item(), total=1001 if a.query["page"] == "2" else 900))
    host = on.github()

    first = host.search(_TOKEN_QUERY, None)
    second = host.search(_TOKEN_QUERY, first.next_cursor)

    assert len(second.narrower) == 2


def test_an_indivisible_answer_over_the_cap_is_read_to_the_cap_and_said(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: _found(_item(), total=1234))
    single = Query(kind=QueryKind.DIGEST, text="ab" * 32, narrow="size:7..7")

    first = on.github().search(single, None)
    last = on.github().search(single, "10")

    assert first.next_cursor == "2"
    assert last.next_cursor is None
    assert [s.reason for s in last.skipped] == [
        "234 results beyond the first 1000; not divisible any further"
    ]


def test_a_search_that_timed_out_is_said(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _found(_item(), incomplete=True))

    page = on.github().search(_TOKEN_QUERY, None)

    assert [s.reason for s in page.skipped] == ["the search timed out; results may be missing"]


def test_results_that_vanish_between_pages_are_said(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _found(total=300))

    page = on.github().search(_TOKEN_QUERY, "2")

    assert page.next_cursor is None
    assert [s.reason for s in page.skipped] == ["page 2 of 300 came empty"]


def test_bad_results_are_said_and_the_rest_is_kept(stage: Callable[[Script], Stage]) -> None:
    bad = [
        _item(2, full_name="../evil"),
        _item(3, private=True),
        _item(4) | {"sha": "nothex"},
        _item(5) | {"path": "../../uv.lock"},
        _item(6) | {"path": 5},
        {"path": "uv.lock", "sha": "c" * 40},
        "text",
    ]
    on = stage(lambda _: _found(*bad, _item(1)))

    page = on.github().search(_TOKEN_QUERY, None)

    assert [hit.repository.path for hit in page.hits] == ["octo/r1"]
    assert len(page.skipped) == 7
    assert len(on.server.asked) == 1


def _page_of_html(_: Asked) -> Reply:
    return Reply(headers={"content-type": "text/html"}, body=b"<html>unicorn</html>")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({}, status=500), Retry),
        (json_reply({}, status=502), Retry),
        (_page_of_html(None), Retry),  # type: ignore[arg-type]
        (json_reply([]), Malformed),
        (json_reply({"total_count": "1", "items": []}), Malformed),
        (json_reply({"total_count": 1, "items": {}}), Malformed),
        (Reply(body=b"[" * 100_000), Malformed),
        (json_reply({"message": "Bad credentials"}, status=401), ConfigurationError),
        (json_reply({"message": "Resource not accessible"}, status=403), Private),
        (json_reply({"message": "Cannot access beyond the first 1000"}, status=422), Unsupported),
        (json_reply({}, status=451), Blocked),
        (json_reply({}, status=301, location="/elsewhere"), Refused),
        (json_reply({}, status=202), Malformed),
    ],
)
def test_a_fault_is_one_typed_error_after_one_request(
    stage: Callable[[Script], Stage], reply: Reply, expected: type[GhostcrawlError]
) -> None:
    on = stage(lambda _: reply)

    with pytest.raises(expected):
        on.github().search(_TOKEN_QUERY, None)

    assert len(on.server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (json_reply({}, status=429), 60),
        (json_reply({}, status=429, retry_after="90"), 90),
        (json_reply({"message": "secondary"}, status=403, retry_after="7"), 7),
        (json_reply({"message": "You have exceeded a secondary rate limit."}, status=403), 60),
        (json_reply({}, status=503, retry_after="30"), 30),
        (json_reply({}, status=429, retry_after="999999999"), 86400),
    ],
)
def test_a_limit_is_a_time_to_come_back_and_nobody_sleeps(
    stage: Callable[[Script], Stage], reply: Reply, seconds: float
) -> None:
    on = stage(lambda _: reply)
    started = time.monotonic()

    with pytest.raises(Defer) as caught:
        on.github().search(_TOKEN_QUERY, None)

    assert caught.value.seconds == seconds
    assert time.monotonic() - started < seconds
    assert len(on.server.asked) == 1
    assert [(quota.remaining, quota.wait) for _, quota in on.budget.learned[-1:]] == [(0, seconds)]


def test_a_spent_quota_is_due_again_when_the_host_resets_it(
    stage: Callable[[Script], Stage],
) -> None:
    reset = str(int(time.time()) + 120)
    spent = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": reset}
    on = stage(lambda _: json_reply({"message": "API rate limit exceeded"}, status=403, **spent))

    with pytest.raises(Defer) as caught:
        on.github().search(_TOKEN_QUERY, None)

    assert 110 < caught.value.seconds <= 120


def test_untold_secondary_limits_in_a_row_double_the_wait(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: json_reply({"message": "exceeded a secondary rate limit"}, status=403))
    host = on.github()
    waits = []

    for _ in range(3):
        with pytest.raises(Defer) as caught:
            host.search(_TOKEN_QUERY, None)
        waits.append(caught.value.seconds)

    assert waits == [60, 120, 240]


def test_the_token_goes_into_one_header_and_nowhere_else(
    stage: Callable[[Script], Stage], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    on = stage(lambda _: json_reply({"message": "Bad credentials"}, status=401))
    host = on.github()

    with pytest.raises(ConfigurationError) as caught:
        host.search(_TOKEN_QUERY, None)

    seen = [repr(host), repr(host.settings), repr(host.sweep), repr(host.reader())]
    seen += [str(caught.value), caplog.text, repr(on.budget.spent)]
    assert not any(TOKEN in text for text in seen)
    assert [TOKEN in str(a.query) + a.path for a in on.server.asked] == [False]


@pytest.mark.parametrize("cursor", ["0", "11", "x", "-1", "1e3", "\u0661"])
def test_a_cursor_that_is_no_page_is_refused_without_a_request(
    stage: Callable[[Script], Stage], cursor: str
) -> None:
    on = stage(lambda _: _found())

    with pytest.raises(Refused):
        on.github().search(_TOKEN_QUERY, cursor)

    assert on.server.asked == []


def test_importing_the_host_does_not_import_pygithub() -> None:
    code = "import sys, crawler.hosts.registry; sys.exit('github' in sys.modules)"

    finished = subprocess.run([sys.executable, "-c", code], check=False)

    assert finished.returncode == 0
