"""Records that are no longer where they were."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from crawler.errors import FeedError
from crawler.model import Record
from crawler.net import Http
from feeds.osv.cursor import OsvCursor
from tests.servers.feed_server import FeedServer, Reply
from tests.servers.osv_dumps import CSV, NOW, ZIP, csv, dump, members, only, poll, record
from workers.demo.osv import archive

LATER = NOW + timedelta(days=31)
HUNDRED = [record(number) for number in range(100)]


def taken(server: FeedServer, http: Http) -> str:
    """Take the whole feed once and return the cursor."""
    server.replies[ZIP] = Reply(body=dump(*HUNDRED))
    *_, last = poll(server, http)
    return last.cursor


def emptied(*numbers: int) -> list[Record]:
    return [Record(id=f"MAL-2026-{number}", assertions=()) for number in numbers]


def test_a_record_that_vanished_from_the_dump_takes_back_what_it_said(
    server: FeedServer, http: Http
) -> None:
    cursor = taken(server, http)
    server.replies[ZIP] = Reply(body=dump(*HUNDRED[:7], *HUNDRED[9:]))

    (page,) = poll(server, http, cursor, now=LATER)

    assert [found for found in page.records if not found.assertions] == emptied(7, 8)
    assert len(OsvCursor.from_payload(page.cursor, "osv-mal").live) == 98


def test_the_dump_is_read_again_once_a_month_only(server: FeedServer, http: Http) -> None:
    cursor = taken(server, http)
    server.replies[CSV] = csv(*((n, f"MAL-2026-{n}") for n in range(59, -1, -1)))
    server.asked.clear()

    poll(server, http, cursor, now=NOW + timedelta(days=29), accept=True)
    poll(server, http, cursor, now=LATER)

    assert server.paths() == [CSV, ZIP]


def test_lost_and_new_records_are_counted_one_by_one(server: FeedServer, http: Http) -> None:
    cursor = taken(server, http)
    others = [record(number) for number in range(1000, 1011)]
    server.replies[ZIP] = Reply(body=dump(*HUNDRED[11:], *others))

    with pytest.raises(FeedError, match="shrank from 100 to 89; nothing was changed"):
        poll(server, http, cursor, now=LATER)
    (page,) = poll(server, http, cursor, now=LATER, accept=True)

    assert [found for found in page.records if not found.assertions] == sorted(
        emptied(*range(11)), key=lambda found: found.id
    )


def test_a_dump_that_grows_too_fast_waits_for_a_person(server: FeedServer, http: Http) -> None:
    cursor = taken(server, http)
    flood = [record(number) for number in range(1000, 1101)]
    server.replies[ZIP] = Reply(body=dump(*HUNDRED, *flood))

    with pytest.raises(FeedError, match="101 new records at once beside 100 known ones"):
        poll(server, http, cursor, now=LATER)


def test_a_record_that_cannot_be_read_any_more_takes_nothing_back(
    server: FeedServer, http: Http
) -> None:
    cursor = taken(server, http)
    server.replies[ZIP] = Reply(body=archive(("MAL-2026-0.json", b"{torn"), *members(*HUNDRED[1:])))

    (page,) = poll(server, http, cursor, now=LATER)

    assert all(found.assertions for found in page.records)
    assert [skipped.context for skipped in page.skipped] == ["MAL-2026-0.json"]
    assert "MAL-2026-0" in OsvCursor.from_payload(page.cursor, "osv-mal").live


def test_a_record_that_names_nothing_any_more_takes_back_what_it_said(
    server: FeedServer, http: Http
) -> None:
    cursor = taken(server, http)
    names = sorted(((n % 60, f"MAL-2026-{n}") for n in range(100)), reverse=True)
    changed = b"2026-05-03T00:00:00Z,MAL-2026-3\n"
    server.replies[CSV] = Reply(body=changed + csv(*names).body)
    bounded = {"events": [{"introduced": "2"}, {"fixed": "2"}]}
    package = {"ecosystem": "PyPI", "name": "zz-ghost"}
    now = record(3, affected=[{"package": package, "ranges": [bounded]}])
    server.replies["/osv/PyPI/MAL-2026-3.json"] = Reply(body=json.dumps(now).encode())

    (page,) = poll(server, http, cursor)

    assert only([page]) == emptied(3)[0]
    assert "invalid range of versions" in page.skipped[0].reason


def test_a_poll_killed_in_the_middle_of_a_dump_still_sees_what_vanished(
    server: FeedServer, http: Http
) -> None:
    many = [record(number) for number in range(1500)]
    server.replies[ZIP] = Reply(body=dump(*many))
    *_, last = poll(server, http)
    server.replies[ZIP] = Reply(body=dump(*many[1:]))
    first, _ = poll(server, http, last.cursor, now=LATER)

    (rest,) = poll(server, http, first.cursor, now=LATER)

    assert rest.records[-1] == emptied(0)[0]
    assert len(first.records) + len(rest.records) == 1500


def test_what_lives_is_kept_eleven_times_while_a_dump_is_read_however_long_it_is(
    server: FeedServer, http: Http
) -> None:
    cursor = taken(server, http)

    pages = poll(server, http, cursor, now=LATER, page=3)
    places = [page for page in pages if page.is_resumed]
    rest = poll(server, http, places[-2].cursor, now=LATER, page=3)

    assert (len(pages), len(places), pages[-1].is_resumed) == (34, 11, True)
    assert [page.records for page in rest] == [page.records for page in pages[-len(rest) :]]
    assert pages[-len(rest) - 1] is places[-2]


def test_what_a_killed_poll_said_for_the_first_time_is_taken_back_by_the_next_one(
    server: FeedServer, http: Http
) -> None:
    cursor = taken(server, http)
    server.replies[ZIP] = Reply(body=dump(*HUNDRED, record(1000)))
    first, second, *_ = poll(server, http, cursor, now=LATER, page=3)
    server.replies[ZIP] = Reply(body=dump(*HUNDRED))

    *_, last = poll(server, http, first.cursor, now=LATER, page=3)

    assert (first.is_resumed, second.is_resumed) == (True, False)
    assert "MAL-2026-1000" in [found.id for found in second.records]
    assert last.records[-1] == emptied(1000)[0]


def test_a_cursor_of_before_ids_were_kept_reads_the_dump_once_more(
    server: FeedServer, http: Http
) -> None:
    server.replies[ZIP] = Reply(body=dump(record(1)))

    (page,) = poll(
        server, http, '{"live": 40, "since": "2026-05-01T00:00:00Z", "entry": null, "recent": []}'
    )

    assert [found.id for found in page.records] == ["MAL-2026-1"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "[]",
        '{"dumped": 5}',
        '{"dumped":"2026-05-01T00:00:00Z","live":"!","since":"2026-05-01T00:00:00Z","recent":[]}',
        '{"dumped":"2026-05-01T00:00:00Z","live":"eJw=","since":"2026-05-01T00:00:00Z"}',
    ],
)
def test_a_cursor_of_something_else_is_said(server: FeedServer, http: Http, cursor: str) -> None:
    with pytest.raises(FeedError, match="run `ghostcrawl feeds reset "):
        poll(server, http, cursor)
