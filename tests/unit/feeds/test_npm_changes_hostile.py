"""An npm registry that does not answer as it should changes nothing, and a person is told."""

from __future__ import annotations

import pytest

from crawler.errors import FeedError
from crawler.net import Http
from tests.servers.feed_server import FeedServer, Reply
from tests.servers.npm_changes import (
    START,
    asked_packuments,
    changed,
    feed,
    ids,
    listing,
    packument,
    request,
    serve,
    since,
)


def test_hostile_ids_are_said_and_never_asked_for(server: FeedServer, http: Http) -> None:
    names = ["../../admin", "a/b", "\u212aelvin", "zz\n", "x" * 300, "@zz/../y"]
    rows = [changed(6 + n, name, deleted=True) for n, name in enumerate(names)]
    serve(server, 5, listing(*rows, changed(90, "_design/app", deleted=True)))

    (page,) = feed(server, http).poll(request(START))

    assert (len(page.skipped), since(page)) == (6, 90)
    assert asked_packuments(server) == []


def test_a_row_that_is_none_is_said_and_the_others_are_taken(
    server: FeedServer, http: Http
) -> None:
    rows = [7, {"seq": 6}, changed("", "zz"), changed(10**30, "zz"), changed(8, "zz-a")]
    serve(server, 5, listing(*rows))
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0")

    (page,) = feed(server, http).poll(request(START, "zz-a"))

    assert (ids([page]), len(page.skipped), since(page)) == (["npm:zz-a"], 4, 8)


BODY = listing(changed(6, "zz-a")).body
HTML = b"<!DOCTYPE html><html><title>maintenance</title></html>"


@pytest.mark.parametrize(
    "reply",
    [
        *(Reply(body=BODY[:kept]) for kept in range(0, len(BODY), 7)),
        Reply(body=HTML, media_type="text/html"),
        Reply(body=b"[]"),
        Reply(body=b"{}"),
        Reply(body=b"\x00\xff"),
        Reply(body=b'{"results": {}, "last_seq": 6}'),
        Reply(body=b'{"results": [7], "last_seq": 6}'),
        Reply(body=b'{"results": [], "last_seq": null}'),
        Reply(body=b'{"results": [], "last_seq": true}'),
        Reply(body=b'{"results": [], "last_seq": -1}'),
        Reply(body=b'{"results": [], "last_seq": NaN}'),
        listing(changed(7, "zz-a"), changed(6, "zz-b")),
        listing(changed(4, "zz-a")),
        listing(changed(5, "zz-a")),
        listing(changed(5, "zz-a"), changed(6, "zz-b")),
        listing(changed(8, "zz-a"), last=7),
        listing(last=4),
        Reply(body=BODY, headers={"content-encoding": "gzip"}),
        Reply(status=302, headers={"location": "http://127.0.0.1:9/registry/_changes"}),
        Reply(status=400),
        Reply(status=401),
        Reply(status=404),
        Reply(status=451),
    ],
)
def test_a_listing_that_is_not_believable_changes_nothing(
    server: FeedServer, http: Http, reply: Reply
) -> None:
    serve(server, 5, reply)
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0")

    with pytest.raises(FeedError, match=r"^npm-changes: "):
        list(feed(server, http).poll(request(START, "zz-a")))


@pytest.mark.parametrize("body", [b"", b"{}", b'{"update_seq": null}', HTML, b"[7]"])
def test_a_database_that_does_not_say_where_it_stands_is_refused(
    server: FeedServer, http: Http, body: bytes
) -> None:
    server.replies["/registry"] = Reply(body=body)

    with pytest.raises(FeedError):
        list(feed(server, http).poll(request(None)))


GHOST = packument("zz-a", "1.0.0").body


@pytest.mark.parametrize(
    "reply",
    [
        *(Reply(body=GHOST[:kept]) for kept in range(1, len(GHOST), 31)),
        Reply(body=b"[]"),
        Reply(body=b"[" * 100_000),
        Reply(body=GHOST, headers={"content-encoding": "gzip"}),
        Reply(status=301, headers={"location": "http://127.0.0.1:9/npm/zz-a"}),
        Reply(status=304),
        Reply(status=403),
        Reply(status=451),
        packument("zz-b", "1.0.0"),
    ],
)
def test_a_packument_that_is_none_is_said_and_the_others_are_taken(
    server: FeedServer, http: Http, reply: Reply
) -> None:
    serve(server, 5, listing(changed(6, "zz-a"), changed(7, "zz-b")))
    server.replies["/npm/zz-a"] = reply
    server.replies["/npm/zz-b"] = packument("zz-b", "1.0.0")

    (page,) = feed(server, http).poll(request(START, "zz-a", "zz-b"))

    assert (ids([page]), len(page.skipped), since(page)) == (["npm:zz-b"], 1, 7)


@pytest.mark.parametrize("body", [HTML, b""])
def test_a_portal_in_between_stops_the_poll(server: FeedServer, http: Http, body: bytes) -> None:
    serve(server, 5, listing(changed(6, "zz-a")))
    server.replies["/npm/zz-a"] = Reply(body=body, media_type="text/html")

    with pytest.raises(FeedError):
        list(feed(server, http).poll(request(START, "zz-a")))


def test_many_projects_missing_that_nobody_deleted_are_not_believed(
    server: FeedServer, http: Http
) -> None:
    names = [f"zz-{n}" for n in range(6, 26)]
    serve(server, 5, listing(*(changed(n, f"zz-{n}") for n in range(6, 26))), rows=100)
    polled = feed(server, http, rows=100)

    with pytest.raises(FeedError, match="20 of 20 changed projects are missing"):
        list(polled.poll(request(START, *names)))
    (accepted,) = polled.poll(request(START, *names, accept=True))

    assert len(accepted.records) == 20


@pytest.mark.parametrize("cursor", ["", "7", "{}", '{"since": 5, "known": {"zz": ["x"]}}'])
def test_a_cursor_that_is_not_ours_is_refused(server: FeedServer, http: Http, cursor: str) -> None:
    with pytest.raises(FeedError, match="run `ghostcrawl feeds reset "):
        list(feed(server, http).poll(request(cursor)))
