"""How the list of advisories is walked, and what is not believed of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from crawler.errors import ConfigurationError, Defer, FeedError, Retry
from crawler.model import Record
from feeds.interface import PollRequest
from tests.servers.api import Reply, json_reply
from tests.servers.github_advisories import (
    NOW,
    TOKEN,
    Stage,
    advisory,
    affected,
    ids,
    records,
    staged,
)


@pytest.fixture(scope="module")
def running() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture
def stage(running: Stage) -> Stage:
    running.reset()
    return running


def test_the_question_names_what_is_wanted_and_the_token_stands_in_one_header(stage: Stage) -> None:
    stage.api.advisories = [advisory(4000)]
    (first,) = stage.poll()

    stage.poll(first.cursor)

    asked = [dict(one.query) for one in stage.server.asked]
    fixed = {"type": "malware", "ecosystem": "pip", "sort": "updated", "direction": "asc"}
    assert asked == [
        fixed | {"per_page": "100"},
        fixed | {"per_page": "100", "modified": ">=2026-05-01"},
    ]
    assert stage.server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in first.cursor


def test_no_token_is_needed(stage: Stage) -> None:
    stage.api.advisories = [advisory(1)]

    pages = list(stage.feed(token=None).poll(PollRequest(cursor=None, now=NOW)))

    assert len(records(pages)) == 1
    assert "authorization" not in stage.server.asked[0].headers


def test_a_second_poll_of_the_same_says_nothing(stage: Stage) -> None:
    stage.api.advisories = [advisory(number) for number in range(0, 9000, 900)]
    *_, last = stage.poll()

    assert stage.poll(last.cursor) == []


def test_later_only_what_changed_is_told(stage: Stage) -> None:
    stage.api.advisories = [advisory(number) for number in range(5)]
    *_, last = stage.poll()
    stage.api.advisories[2] = advisory(2, updated_at="2026-05-09T00:00:00Z")
    stage.api.advisories.append(advisory(7))

    assert ids(stage.poll(last.cursor)) == ["GHSA-0007-aaaa-bbbb", "GHSA-0002-aaaa-bbbb"]


def test_another_content_under_the_same_date_and_etag_is_told(stage: Stage) -> None:
    stage.api.advisories = [advisory(1), advisory(2)]
    *_, last = stage.poll()
    stage.api.advisories[0] = advisory(1, vulnerabilities=[affected("= 6.6")])

    (found,) = records(stage.poll(last.cursor))

    assert str(found.assertions[0].subject) == "pkg:pypi/zz-ghost@6.6"


def test_a_poll_killed_after_any_page_loses_and_repeats_nothing(stage: Stage) -> None:
    stage.api.advisories = [advisory(number) for number in range(0, 10000, 1000)]
    stage.api.per_page = 3
    whole = stage.poll()

    for saved in range(1, len(whole) + 1):
        rest = stage.poll(whole[saved - 1].cursor)

        assert records(whole[:saved]) + records(rest) == records(whole)
    assert [len(page.records) for page in whole] == [3, 3, 3, 1]


def test_the_address_of_the_next_page_is_never_followed(stage: Stage) -> None:
    stage.api.advisories = [advisory(number) for number in range(3)]
    stage.api.per_page = 2

    pages = stage.poll()

    assert len(ids(pages)) == 3
    assert {one.headers["host"] for one in stage.server.asked} == {stage.server.authority}


def test_a_mark_that_is_no_longer_taken_begins_the_walk_again(stage: Stage) -> None:
    stage.api.advisories = [advisory(number) for number in range(4)]
    stage.api.per_page = 2
    first, *_ = stage.poll()
    stage.api.advisories[1] = advisory(1, updated_at="2026-05-09T00:00:00Z")

    rest = stage.poll(first.cursor)

    assert ids(rest) == ["GHSA-0002-aaaa-bbbb", "GHSA-0003-aaaa-bbbb", "GHSA-0001-aaaa-bbbb"]


def test_an_advisory_that_is_no_longer_one_of_malware_takes_back_what_it_said(stage: Stage) -> None:
    stage.api.advisories = [advisory(number) for number in range(4)]
    (first,) = stage.poll()
    stage.api.advisories[1]["type"] = "reviewed"

    (second,) = stage.poll(first.cursor)
    third = stage.poll(second.cursor)
    stage.api.advisories[1]["type"] = "malware"
    fourth = stage.poll(second.cursor)

    assert second.records == (Record(id="GHSA-0001-aaaa-bbbb", assertions=()),)
    assert third == []
    assert ids(fourth) == ["GHSA-0001-aaaa-bbbb"]


def test_what_cannot_be_read_takes_nothing_back(stage: Stage) -> None:
    stage.api.advisories = [advisory(number) for number in range(4)]
    (first,) = stage.poll()
    torn = [advisory(0), advisory(1, updated_at=5), 7, advisory(3)]
    stage.api.broken = [json_reply(torn)]

    (second,) = stage.poll(first.cursor)

    assert second.records == ()
    assert [skipped.context for skipped in second.skipped] == [
        "GHSA-0001-aaaa-bbbb",
        "advisories[2]",
    ]


@pytest.mark.parametrize("left", [0, 10])
def test_a_list_that_was_cut_off_waits_for_a_person(stage: Stage, left: int) -> None:
    stage.api.advisories = [advisory(number) for number in range(40)]
    (first,) = stage.poll()
    del stage.api.advisories[left:]

    with pytest.raises(FeedError, match=f"shrank from 40 to {left}; nothing was changed"):
        stage.poll(first.cursor)
    accepted = stage.poll(first.cursor, accept=True)

    assert len(records(accepted)) == 40 - left


def test_a_first_answer_without_advisories_is_not_believed(stage: Stage) -> None:
    with pytest.raises(FeedError, match="no readable advisory at all"):
        stage.poll()


def test_a_token_that_is_not_taken_is_a_matter_of_configuration(stage: Stage) -> None:
    stage.api.broken = [json_reply({"message": "Bad credentials"}, status=401)]

    with pytest.raises(ConfigurationError, match=r"authentication failed \(401\)"):
        stage.poll()


def test_what_came_before_a_limit_is_kept(stage: Stage) -> None:
    stage.api.advisories = [advisory(number) for number in range(5)]
    stage.api.per_page = 2
    pages = stage.feed().poll(PollRequest(cursor=None, now=NOW))
    first = next(pages)
    stage.api.broken = [Reply(status=429, headers={"retry-after": "99999999"})]

    with pytest.raises(Defer) as deferred:
        next(pages)
    rest = stage.poll(first.cursor)

    assert deferred.value.seconds == timedelta(days=1).total_seconds()
    assert len(ids([first, *rest])) == len(set(ids([first, *rest]))) == 5


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (Reply(body=b""), FeedError, "sent an empty answer"),
        (Reply(status=304), FeedError, "sent an empty answer"),
        (Reply(body=b"<!DOCTYPE html><html>login</html>"), FeedError, "a web page instead of data"),
        (Reply(body=b"{}"), FeedError, "expected an array of at most 100"),
        (Reply(body=b"[NaN]"), FeedError, "not readable as JSON"),
        (Reply(body=b"[" * 100_000), FeedError, "nested too deeply"),
        (Reply(body=b"\xff\xfe[]"), FeedError, "not readable as JSON"),
        (
            json_reply([advisory(n) for n in range(101)]),
            FeedError,
            "expected an array of at most 100",
        ),
        (json_reply({"message": "x"}, status=404), FeedError, "check the API address"),
        (json_reply({"message": "x"}, status=422), FeedError, "check the API address"),
        (Reply(status=301, headers={"location": "http://a.example/"}), FeedError, "never followed"),
        (Reply(body=b"[]", headers={"content-encoding": "gzip"}), FeedError, "compressed"),
        (Reply(status=500), Retry, "answered 500"),
        (
            json_reply({"message": "API rate limit exceeded"}, status=403),
            Defer,
            "rate limit of core",
        ),
        (
            json_reply([], link='<http://[x>; rel="next"'),
            FeedError,
            "invalid address of the next page",
        ),
        (json_reply([], link='<https://a.example/?page=2>; rel="next"'), FeedError, "no mark"),
        (json_reply([], link='https://a.example/; rel="next"'), FeedError, "invalid address"),
        (json_reply([], link="x" * 20_000), FeedError, "Link header of 20000"),
    ],
)
def test_an_answer_that_is_not_believable_changes_nothing(
    stage: Stage, reply: Reply, error: type[Exception], message: str
) -> None:
    stage.api.advisories = [advisory(1), advisory(2)]
    *_, last = stage.poll()
    stage.api.advisories.append(advisory(3))
    stage.api.broken = [reply]

    with pytest.raises(error, match=message):
        stage.poll(last.cursor)

    assert ids(stage.poll(last.cursor)) == ["GHSA-0003-aaaa-bbbb"]


def test_an_answer_cut_off_anywhere_changes_nothing(stage: Stage) -> None:
    stage.api.advisories = [advisory(1), advisory(2)]
    *_, last = stage.poll()
    body = json_reply([advisory(1), advisory(2), advisory(3)]).body

    for kept in range(0, len(body), 97):
        stage.api.broken = [Reply(body=body[:kept])]
        with pytest.raises(FeedError):
            stage.poll(last.cursor)


def test_a_list_that_leads_in_a_circle_is_refused(stage: Stage) -> None:
    link = '<https://a.example/advisories?after=same>; rel="next"'
    stage.api.broken = [json_reply([advisory(n)], link=link) for n in (1, 2)]

    with pytest.raises(FeedError, match="round in a circle"):
        stage.poll()


@pytest.mark.parametrize("cursor", ["", "x", "[]", '{"since": 5}', '{"since":"z","recent":[]}'])
def test_a_cursor_of_something_else_is_said(stage: Stage, cursor: str) -> None:
    with pytest.raises(FeedError, match="run `ghostcrawl feeds reset "):
        stage.poll(cursor)
