from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crawler.errors import Defer, FeedError, GhostcrawlError
from crawler.model import Claim
from crawler.net import Http
from feeds.campaigns.aikido import Aikido
from feeds.interface import FeedPage, PollRequest
from tests.servers.feed_server import FeedServer, Reply

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LIST = "/malware_pypi.json"
ROWS = [
    {"package_name": "ZZ_Ghost", "version": "1.0.0", "reason": "MALWARE"},
    {"package_name": "zz-all", "version": "*", "reason": "MALWARE"},
    {"package_name": "zz-phones-home", "version": "2.0", "reason": "TELEMETRY"},
]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def http(server: FeedServer) -> Iterator[Http]:
    client = server.http()
    yield client
    client.close()


def poll(
    server: FeedServer, http: Http, cursor: str | None = None, *, predictions: bool = False
) -> list[FeedPage]:
    feed = Aikido(http, server.url + LIST, predictions=predictions)
    return list(feed.poll(PollRequest(cursor=cursor, now=NOW)))


def said(pages: list[FeedPage]) -> list[tuple[str, Claim]]:
    records = [record for page in pages for record in page.records]
    return [(str(a.subject), a.claim) for record in records for a in record.assertions]


def answers(rows: object, etag: str = '"1"') -> Reply:
    return Reply(body=json.dumps(rows).encode(), headers={"etag": etag})


def test_only_malware_accuses(server: FeedServer, http: Http) -> None:
    server.replies[LIST] = answers(ROWS)

    pages = poll(server, http)

    assert said(pages) == [
        ("pkg:pypi/zz-ghost@1.0.0", Claim.MALICIOUS),
        ("pkg:pypi/zz-all", Claim.MALICIOUS),
        ("pkg:pypi/zz-phones-home@2.0", Claim.SUSPICIOUS),
    ]


def test_predictions_are_suspicion(server: FeedServer, http: Http) -> None:
    server.replies[LIST] = answers(ROWS[:1])

    pages = poll(server, http, predictions=True)

    assert said(pages) == [("pkg:pypi/zz-ghost@1.0.0", Claim.SUSPICIOUS)]


def test_an_unchanged_list_is_not_sent_again(server: FeedServer, http: Http) -> None:
    server.replies[LIST] = answers(ROWS)
    cursor = poll(server, http)[-1].cursor
    server.replies[LIST] = lambda asked: Reply(
        status=304 if asked.headers.get("if-none-match") == '"1"' else 500
    )

    again = poll(server, http, cursor)

    assert again == []


def test_an_etag_that_lies_loses_nothing(server: FeedServer, http: Http) -> None:
    server.replies[LIST] = answers(ROWS[:2], etag='"same"')
    cursor = poll(server, http)[-1].cursor
    server.replies[LIST] = answers(ROWS, etag='"same"')

    changed = poll(server, http, cursor)

    assert ("pkg:pypi/zz-phones-home@2.0", Claim.SUSPICIOUS) in said(changed)


def test_the_same_list_under_another_etag_is_nothing_new(server: FeedServer, http: Http) -> None:
    server.replies[LIST] = answers(ROWS, etag='"1"')
    cursor = poll(server, http)[-1].cursor
    server.replies[LIST] = answers(ROWS, etag='"2"')

    (page,) = poll(server, http, cursor)

    assert (page.records, json.loads(page.cursor)["mark"]) == ((), '"2"')


def test_entries_that_cannot_be_read_are_named(server: FeedServer, http: Http) -> None:
    odd = [{"package_name": "zz ghost\u202e", "version": "1"}, {"version": "1"}, 7]
    server.replies[LIST] = answers([*odd, ROWS[0]])

    (page,) = poll(server, http)

    assert [s.context for s in page.skipped] == ["[0]", "[1]", "[2]"]
    assert said([page]) == [("pkg:pypi/zz-ghost@1.0.0", Claim.MALICIOUS)]


def test_a_list_cut_off_anywhere_is_refused(server: FeedServer, http: Http) -> None:
    whole = json.dumps(ROWS).encode()

    for length in range(0, len(whole), 7):
        server.replies[LIST] = Reply(body=whole[:length])
        with pytest.raises(FeedError):
            poll(server, http)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(body=b"<!doctype html><title>Sign in</title>"), FeedError),
        (Reply(body=b'{"package_name": "zz"}'), FeedError),
        (Reply(body=b"[]"), FeedError),
        (Reply(status=304), FeedError),
        (Reply(status=404), FeedError),
        (Reply(status=429, headers={"retry-after": "999999999"}), Defer),
        (Reply(status=302, headers={"location": "http://elsewhere.example/x"}), GhostcrawlError),
        (Reply(body=gzip.compress(b"[]"), headers={"content-encoding": "gzip"}), FeedError),
    ],
    ids=["web page", "object", "empty", "304 unasked", "404", "429", "redirect", "gzip unasked"],
)
def test_an_answer_that_is_no_list_is_refused(
    server: FeedServer, http: Http, reply: Reply, error: type[Exception]
) -> None:
    server.replies[LIST] = reply

    with pytest.raises(error):
        poll(server, http)


def test_a_feed_without_an_etag_asks_without_conditions(server: FeedServer, http: Http) -> None:
    server.replies[LIST] = answers(ROWS, etag="")
    cursor = poll(server, http)[-1].cursor

    again = poll(server, http, cursor)

    assert (again, ["if-none-match" in a.headers for a in server.asked]) == ([], [False, False])
