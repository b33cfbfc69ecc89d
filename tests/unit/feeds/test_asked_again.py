"""What did not come, or could not be read, is asked for again: being left out once is no loss."""

from __future__ import annotations

import json

import pytest

from crawler.errors import FeedError, Malformed, Retry
from crawler.net import Http
from feeds.guards import permanent_errors
from tests.servers.feed_server import FeedServer, Reply
from tests.servers.npm_changes import (
    asked_packuments,
    changed,
    feed,
    ids,
    listing,
    packument,
    request,
    serve,
)
from tests.servers.osv_dumps import CSV, ZIP, csv, dump, poll, record

TORN = Reply(body=b'{"name": ')


def osv_cursor(server: FeedServer, http: Http) -> str:
    """Take a dump of two records; then a third appears."""
    server.replies[ZIP] = Reply(body=dump(record(1), record(2)))
    server.replies[CSV] = csv((3, "MAL-2026-3"), (2, "MAL-2026-2"), (1, "MAL-2026-1"))
    (page,) = poll(server, http)
    return page.cursor


@pytest.mark.parametrize(
    "reply", [TORN, Reply(body=b"[]"), Reply(status=404), Reply(status=403), Reply(status=451)]
)
def test_an_osv_record_that_cannot_be_had_is_named_and_asked_for_again(
    server: FeedServer, http: Http, reply: Reply
) -> None:
    cursor = osv_cursor(server, http)
    server.replies["/osv/PyPI/MAL-2026-3.json"] = reply
    (without,) = poll(server, http, cursor)
    server.replies["/osv/PyPI/MAL-2026-3.json"] = Reply(body=json.dumps(record(3)).encode())

    (found,) = poll(server, http, without.cursor)

    assert (without.records, len(without.skipped)) == ((), 1)
    assert [one.id for one in found.records] == ["MAL-2026-3"]
    assert poll(server, http, found.cursor) == []


def test_an_osv_record_that_has_moved_is_no_missing_record(server: FeedServer, http: Http) -> None:
    cursor = osv_cursor(server, http)
    moved = Reply(status=302, headers={"location": "http://plain.example/"})
    server.replies["/osv/PyPI/MAL-2026-3.json"] = moved

    with pytest.raises(FeedError, match=r"osv-mal: .*never followed; check feeds\.osv_url"):
        poll(server, http, cursor)


def unreadable(server: FeedServer, http: Http, count: int) -> str:
    """Let `count` of 100 changed projects answer what cannot be read; return the cursor after it."""
    names = [f"zz-{n:03}" for n in range(100)]
    rows = [changed(seq, name) for seq, name in enumerate(names, start=6)]
    serve(server, 5, listing(*rows), rows=200)
    serve(server, 105, listing(last=105), rows=200)
    for name in names:
        server.replies[f"/npm/{name}"] = packument(name, "1.0.0")
    for name in names[:count]:
        server.replies[f"/npm/{name}"] = TORN
    pages = list(feed(server, http, rows=200).poll(request('{"since": 5}', *names)))
    assert len(ids(pages)) == 100 - count
    return pages[-1].cursor


def test_a_packument_that_cannot_be_read_is_asked_again_until_it_can(
    server: FeedServer, http: Http
) -> None:
    cursor = unreadable(server, http, 2)
    (still,) = feed(server, http, rows=200).poll(request(cursor))
    server.asked.clear()
    for name in ("zz-000", "zz-001"):
        server.replies[f"/npm/{name}"] = packument(name, "1.0.0")

    (found,) = feed(server, http, rows=200).poll(request(still.cursor))

    assert (still.records, len(still.skipped)) == ((), 2)
    assert asked_packuments(server) == ["/npm/zz-000", "/npm/zz-001"]
    assert [one.id for one in found.records] == ["npm:zz-000", "npm:zz-001"]
    assert list(feed(server, http, rows=200).poll(request(found.cursor))) == []


def test_packuments_that_stay_unreadable_do_not_stop_the_feed(
    server: FeedServer, http: Http
) -> None:
    cursor = unreadable(server, http, 10)
    serve(server, 105, listing(changed(106, "zz-new")), rows=200)
    server.replies["/npm/zz-new"] = packument("zz-new", "1.0.0")

    pages = list(feed(server, http, rows=200).poll(request(cursor, "zz-new")))

    assert ids(pages) == ["npm:zz-new"]


def test_a_giveup_is_a_matter_for_a_person_and_a_retry_is_not() -> None:
    with (
        pytest.raises(FeedError, match=r"^osv-mal: torn; check the URL"),
        permanent_errors("osv-mal"),
    ):
        raise Malformed("torn")
    with pytest.raises(Retry), permanent_errors("osv-mal"):
        raise Retry("later")
