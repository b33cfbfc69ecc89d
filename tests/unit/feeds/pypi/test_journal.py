from __future__ import annotations

import xmlrpc.client
from datetime import UTC, datetime

import pytest

from crawler.errors import Defer, FeedError, Retry
from crawler.model import Claim, Record
from crawler.net import Http
from feeds.interface import FeedPage, PollRequest
from feeds.pypi.journal import PypiJournal
from tests.servers.feed_server import Asked, FeedServer, Reply
from tests.servers.journal import Journal, Row

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOON = 1_780_000_000


def entry(
    serial: int, action: str = "create", version: str | None = None, name: str = "ZZ_Ghost"
) -> Row:
    return [name, version, NOON + serial, action, serial]


def poll(feed: PypiJournal, cursor: str | None = None, *, accept: bool = False) -> list[FeedPage]:
    return list(feed.poll(PollRequest(cursor=cursor, now=NOW, accept_change=accept)))


def records(pages: list[FeedPage]) -> list[Record]:
    return [record for page in pages for record in page.records]


def serve(server: FeedServer, *rows: Row, limit: int = 50_000) -> Journal:
    journal = Journal(rows=list(rows), limit=limit)
    server.replies["/pypi"] = journal
    return journal


@pytest.mark.parametrize(
    ("action", "version", "claim"),
    [
        ("create", None, Claim.CREATED),
        ("remove project", None, Claim.REMOVED),
        ("project quarantined", None, Claim.QUARANTINED),
        ("project quarantine cleared", None, Claim.QUARANTINE_CLEARED),
        ("new release", "1.0", Claim.CREATED),
        ("remove release", "1.0", Claim.REMOVED),
        ("yank release", "1.0", Claim.YANKED),
        ("unyank release", "1.0", Claim.UNYANKED),
        ("release quarantined", "1.0", Claim.QUARANTINED),
        ("release quarantine cleared", "1.0", Claim.QUARANTINE_CLEARED),
    ],
)
def test_an_action_becomes_its_claim(
    server: FeedServer, http: Http, action: str, version: str | None, claim: Claim
) -> None:
    serve(server, entry(7, action, version))

    found = records(poll(PypiJournal(http, f"{server.url}/pypi", since=6)))

    assert [record.id for record in found] == ["7"]
    (assertion,) = found[0].assertions
    assert assertion.claim is claim
    assert (assertion.subject.project.name, assertion.subject.version) == ("zz-ghost", version)
    assert assertion.valid_from == datetime.fromtimestamp(NOON + 7, UTC)


def test_an_added_file_has_a_name_an_upload_time_and_no_digest(
    server: FeedServer, http: Http
) -> None:
    serve(server, entry(7, "add py3 file zz_ghost-1.0-py3-none-any.whl", "1.0.0-RC1"))

    (record,) = records(poll(PypiJournal(http, f"{server.url}/pypi", since=6)))

    subject = record.assertions[0].subject
    assert subject.version == "1.0.0rc1"
    assert subject.file is not None
    assert subject.file.filename == "zz_ghost-1.0-py3-none-any.whl"
    assert subject.file.digests == ()
    assert subject.file.uploaded_at == "2026-05-28T20:26:47+00:00"


def test_a_removed_file_is_removed(server: FeedServer, http: Http) -> None:
    serve(server, entry(7, "remove file zz_ghost-1.0.tar.gz", "1.0"))

    (record,) = records(poll(PypiJournal(http, f"{server.url}/pypi", since=6)))

    assert record.assertions[0].claim is Claim.REMOVED
    assert str(record.assertions[0].subject) == "pkg:pypi/zz-ghost@1.0 zz_ghost-1.0.tar.gz"


@pytest.mark.parametrize(
    "action",
    [
        "add Owner somebody",
        "remove Maintainer somebody",
        "accepted Owner somebody",
        "invite Maintainer somebody",
        "revoke_invite Owner somebody",
        "add Maintainer file somebody",
        "change Owner somebody to Maintainer",
        "nuke user",
    ],
)
@pytest.mark.parametrize(
    ("name", "version"), [("somebody", None), ("user:somebody", None), ("user:somebody", "")]
)
def test_changes_of_roles_and_accounts_leave_no_trace(
    server: FeedServer, http: Http, action: str, name: str, version: str | None
) -> None:
    serve(server, entry(7, action, version, name))

    (page,) = poll(PypiJournal(http, f"{server.url}/pypi", since=6))

    assert (page.records, page.skipped) == ((), ())
    assert "somebody" not in page.cursor


@pytest.mark.parametrize(
    "row",
    [
        entry(7, "blesses somebody"),
        entry(7, "somebody was deleted"),
        entry(7, "user deleted", name="somebody"),
        entry(7, "create", name="team:somebody"),
        entry(7, "remove project", name="somebody@mail.example"),
        entry(7, "new release", "by somebody"),
        entry(7, "add py3 file /of/somebody/x.whl", "1.0"),
        entry(7, "remove file ../somebody", "1.0"),
        entry(7, "remove maintainer somebody"),
        ["somebody", "somebody", "somebody", "somebody", 7],
        ["somebody", None, NOON, "create"],
    ],
)
def test_nothing_is_quoted_of_an_entry_that_is_not_understood(
    server: FeedServer, http: Http, row: Row
) -> None:
    text = xmlrpc.client.dumps(([row, entry(8)],), methodresponse=True, allow_none=True).encode()
    server.replies["/pypi"] = answers(8, text)

    (page,) = poll(PypiJournal(http, f"{server.url}/pypi", since=6))

    assert [record.id for record in page.records] == ["8"]
    assert len(page.skipped) == 1
    assert "somebody" not in f"{page}"


def test_a_file_of_a_python_version_in_capitals_is_no_change_of_roles(
    server: FeedServer, http: Http
) -> None:
    serve(server, entry(7, "add CP37 file zz_ghost-1.0-cp37-none-any.whl", "1.0"))

    (record,) = records(poll(PypiJournal(http, f"{server.url}/pypi", since=6)))

    assert str(record.assertions[0].subject) == (
        "pkg:pypi/zz-ghost@1.0 zz_ghost-1.0-cp37-none-any.whl"
    )


def test_several_entries_of_one_serial_are_one_record_in_their_order(
    server: FeedServer, http: Http
) -> None:
    serve(
        server,
        entry(7),
        entry(7, "remove project"),
        entry(7, "add Owner somebody"),
        entry(7, name="zz-other"),
        entry(8),
    )

    seven, eight = records(poll(PypiJournal(http, f"{server.url}/pypi", since=6)))

    assert [(a.claim, a.subject.project.name, a.sequence) for a in seven.assertions] == [
        (Claim.CREATED, "zz-ghost", (7, 0)),
        (Claim.REMOVED, "zz-ghost", (7, 1)),
        (Claim.CREATED, "zz-other", (7, 3)),
    ]
    assert [a.sequence for a in eight.assertions] == [(8, 0)]


def test_an_unknown_action_is_skipped_without_what_it_says_of_people(
    server: FeedServer, http: Http
) -> None:
    serve(server, entry(7, "blesses somebody"), entry(8))

    (page,) = poll(PypiJournal(http, f"{server.url}/pypi", since=6))

    assert [record.id for record in page.records] == ["8"]
    assert [(s.context, s.reason) for s in page.skipped] == [("serial 7", "unknown action")]


@pytest.mark.parametrize(
    "row",
    [
        entry(7, name="\u212aeras"),
        entry(7, "new release"),
        entry(7, "remove file ../x.tar.gz", "1"),
        ["zz", None, NOON, "create"],
        ["zz", None, "noon", "create", 7],
        {"name": "zz"},
    ],
)
def test_a_row_that_is_no_entry_is_skipped_and_the_rest_kept(
    server: FeedServer, http: Http, row: Row
) -> None:
    server.replies["/pypi"] = Journal(rows=[["zz", None, NOON, "create", 8]])
    text = xmlrpc.client.dumps(([row, entry(8)],), methodresponse=True, allow_none=True).encode()
    server.replies["/pypi"] = answers(8, text)

    (page,) = poll(PypiJournal(http, f"{server.url}/pypi", since=6))

    assert [record.id for record in page.records] == ["8"]
    assert len(page.skipped) == 1


def test_the_first_poll_starts_a_window_before_the_newest_serial(
    server: FeedServer, http: Http
) -> None:
    journal = serve(server, entry(90), entry(100))

    poll(PypiJournal(http, f"{server.url}/pypi", window=30))

    assert journal.asked == [70]


def test_a_poll_that_is_killed_goes_on_after_the_last_saved_page(
    server: FeedServer, http: Http
) -> None:
    serve(server, *(entry(serial) for serial in range(1, 8)), limit=3)
    feed = PypiJournal(http, f"{server.url}/pypi", since=0)
    first = next(iter(feed.poll(PollRequest(cursor=None, now=NOW))))

    rest = poll(feed, first.cursor)

    assert [record.id for record in first.records] == ["1", "2", "3"]
    assert [record.id for record in records(rest)] == ["4", "5", "6", "7"]


def test_nothing_new_is_one_request_and_no_page(server: FeedServer, http: Http) -> None:
    journal = serve(server, entry(1), entry(2))
    feed = PypiJournal(http, f"{server.url}/pypi", since=0)
    (page,) = poll(feed)
    journal.asked.clear()

    assert poll(feed, page.cursor) == []
    assert journal.asked == []


def test_new_entries_come_with_the_overlap_in_one_answer(server: FeedServer, http: Http) -> None:
    journal = serve(server, *(entry(serial) for serial in range(1, 11)))
    feed = PypiJournal(http, f"{server.url}/pypi", since=0)
    (page,) = poll(feed)
    journal.rows.append(entry(11))

    (after,) = poll(feed, page.cursor)

    assert [record.id for record in after.records] == ["11"]
    assert journal.asked == [0, 0]


def test_a_journal_that_lost_more_than_a_tenth_is_refused(server: FeedServer, http: Http) -> None:
    journal = serve(server, *(entry(serial) for serial in range(1, 11)))
    feed = PypiJournal(http, f"{server.url}/pypi", since=0)
    (page,) = poll(feed)
    journal.rows = [entry(8), entry(10), entry(11)]

    with pytest.raises(FeedError, match="shrank from 10 to 2"):
        poll(feed, page.cursor)
    accepted = poll(feed, page.cursor, accept=True)

    assert [record.id for record in records(accepted)] == ["11"]


def test_a_journal_that_goes_backwards_is_refused(server: FeedServer, http: Http) -> None:
    journal = serve(server, *(entry(serial) for serial in range(1, 11)))
    feed = PypiJournal(http, f"{server.url}/pypi", since=0)
    (page,) = poll(feed)
    journal.rows = [entry(5)]

    with pytest.raises(FeedError, match="went backwards"):
        poll(feed, page.cursor)


def answers(last: int, body: bytes, media_type: str = "text/xml") -> Journal:
    """A journal that names its newest serial and then answers `body`."""

    class Broken(Journal):
        def __call__(self, asked: Asked) -> Reply:
            if b"changelog_last_serial" in asked.body:
                return super().__call__(asked)
            return Reply(body=body, media_type=media_type)

    return Broken(rows=[], last=last)


GOOD = xmlrpc.client.dumps(([entry(8), entry(9)],), methodresponse=True, allow_none=True).encode()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "sent an empty answer"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (GOOD[: len(GOOD) // 2], "ends early or is broken"),
        (GOOD[:-3], "ends early or is broken"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><methodResponse/>', "declarations"),
        (GOOD.decode().encode("utf-16"), "not UTF-8"),
        (xmlrpc.client.dumps(([],), methodresponse=True).encode(), "no entries after 6"),
        (xmlrpc.client.dumps((7,), methodresponse=True).encode(), "expected list, got int"),
        (xmlrpc.client.dumps(([[1]],), methodresponse=True).encode(), "none of 1 rows"),
        (
            xmlrpc.client.dumps(
                ([entry(9), entry(8)],), methodresponse=True, allow_none=True
            ).encode(),
            "goes backwards",
        ),
        (
            xmlrpc.client.dumps(
                ([["zz", None, 2_000_000_000, "create", 8]],), methodresponse=True, allow_none=True
            ).encode(),
            "is the clock of this machine right",
        ),
        (
            xmlrpc.client.dumps(
                xmlrpc.client.Fault(-32500, "RuntimeError"), methodresponse=True
            ).encode(),
            "was refused",
        ),
        (b"<methodResponse><params><param><value><int>" + b"9" * 9999, "ends early or is broken"),
        (b"<params>" + b"<value><array><data>" * 20_000, "ends early or is broken"),
    ],
)
def test_an_answer_that_is_not_believable_is_refused(
    server: FeedServer, http: Http, body: bytes, message: str
) -> None:
    server.replies["/pypi"] = answers(9, body)

    with pytest.raises(FeedError, match=message):
        poll(PypiJournal(http, f"{server.url}/pypi", since=6))


def test_a_fault_of_the_rate_limit_asks_to_come_back_later(server: FeedServer, http: Http) -> None:
    text = "HTTPTooManyRequests: The action could not be performed. Limit may reset in 37 seconds."
    fault = xmlrpc.client.dumps(xmlrpc.client.Fault(-32500, text), methodresponse=True).encode()
    server.replies["/pypi"] = answers(9, fault)

    with pytest.raises(Defer) as raised:
        poll(PypiJournal(http, f"{server.url}/pypi", since=6))

    assert raised.value.seconds == 37


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=429, headers={"retry-after": "30"}), Defer),
        (Reply(status=302, headers={"location": "http://127.0.0.1:1/"}), FeedError),
        (Reply(status=503), Retry),
        (Reply(status=404), FeedError),
        (Reply(body=GOOD, headers={"content-length": str(len(GOOD) + 9)}), Retry),
    ],
)
def test_what_the_host_says_of_itself_is_told_apart(
    server: FeedServer, http: Http, reply: Reply, error: type[Exception]
) -> None:
    server.replies["/pypi"] = reply

    with pytest.raises(error):
        poll(PypiJournal(http, f"{server.url}/pypi", since=6))


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"serial": "7"}', '{"serial":1,"serial":2}'])
def test_a_cursor_of_something_else_is_said(server: FeedServer, http: Http, cursor: str) -> None:
    serve(server, entry(7))

    with pytest.raises(FeedError, match="run `ghostcrawl feeds reset "):
        poll(PypiJournal(http, f"{server.url}/pypi"), cursor)
