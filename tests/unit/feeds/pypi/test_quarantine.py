from __future__ import annotations

import gzip
import json
import xmlrpc.client
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import Defer, FeedError, Retry
from crawler.model import Claim
from crawler.net import Http
from feeds.interface import FeedPage, PollRequest
from feeds.pypi.quarantine import PypiQuarantine
from tests.servers.feed_server import FeedServer, Reply

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
JSON = "application/vnd.pypi.simple.v1+json"
ALL = [f"zz-{number:03d}" for number in range(300)]


def xml_list(names: Iterable[str]) -> Reply:
    struct = dict.fromkeys(names, 7)
    body = xmlrpc.client.dumps((struct,), methodresponse=True)
    return Reply(body=body.encode(), media_type="text/xml")


def json_list(names: Iterable[str]) -> Reply:
    projects = [{"_last-serial": 7, "name": name} for name in names]
    document = {"meta": {"api-version": "1.4", "_last-serial": 7}, "projects": projects}
    return Reply(body=json.dumps(document).encode(), media_type=JSON)


def page(name: str, status: str = "quarantined") -> Reply:
    document = {
        "meta": {"api-version": "1.4"},
        "name": name,
        "project-status": {"status": status},
        "versions": [],
        "files": [],
    }
    return Reply(body=json.dumps(document).encode(), media_type=JSON)


def publish(
    server: FeedServer,
    hidden: Iterable[str],
    *,
    names: Iterable[str] = ALL,
    removed: bool = False,
) -> None:
    """Serve both lists, `hidden` left out of the Simple one, and a page of each unless `removed`."""
    gone, names = {*hidden}, list(names)
    server.replies["/pypi"] = xml_list(names)
    server.replies["/simple/"] = json_list(name for name in names if name not in gone)
    for name in () if removed else gone:
        server.replies[f"/simple/{name}/"] = page(name)


def feed(server: FeedServer, http: Http) -> PypiQuarantine:
    return PypiQuarantine(http, f"{server.url}/pypi", f"{server.url}/simple")


def poll(
    server: FeedServer,
    http: Http,
    cursor: str | None = None,
    *,
    now: datetime = NOW,
    accept: bool = False,
) -> list[FeedPage]:
    request = PollRequest(cursor=cursor, now=now, accept_change=accept)
    return list(feed(server, http).poll(request))


def claims(pages: Iterable[FeedPage]) -> list[tuple[str, Claim]]:
    return [(r.id, a.claim) for p in pages for r in p.records for a in r.assertions]


def test_a_project_that_only_one_list_has_is_asked_for_its_own_page(
    server: FeedServer, http: Http
) -> None:
    publish(server, ["zz-001"])

    pages = poll(server, http)

    assert claims(pages) == [("quarantine:zz-001", Claim.QUARANTINED)]
    assertion = pages[1].records[0].assertions[0]
    assert str(assertion.subject) == "pkg:pypi/zz-001"
    assert assertion.root_source == "pypi"
    assert server.paths() == ["/pypi", "/simple/", "/simple/zz-001/"]
    assert b"list_packages_with_serial" in server.asked[0].body


def test_a_name_is_the_same_however_it_is_spelled(server: FeedServer, http: Http) -> None:
    server.replies["/pypi"] = xml_list(["ZZ_One", "zz.two"])
    server.replies["/simple/"] = json_list(["zz-one", "ZZ-Two"])

    pages = poll(server, http)

    assert claims(pages) == []
    assert server.paths() == ["/pypi", "/simple/"]


def test_a_healthy_page_says_nothing_and_a_missing_one_is_a_removal(
    server: FeedServer, http: Http
) -> None:
    publish(server, ["zz-001", "zz-002"])
    server.replies["/simple/zz-001/"] = page("zz-001", "active")
    del server.replies["/simple/zz-002/"]

    pages = poll(server, http)

    assert claims(pages) == [("quarantine:zz-002", Claim.REMOVED)]


def test_the_lists_are_compared_once_a_day(server: FeedServer, http: Http) -> None:
    publish(server, ["zz-001"])
    cursor = poll(server, http)[-1].cursor
    server.asked.clear()

    soon = poll(server, http, cursor, now=NOW + timedelta(hours=23))
    asked_soon = server.paths()
    tomorrow = poll(server, http, cursor, now=NOW + DAY)

    assert (soon, asked_soon) == ([], [])
    assert claims(tomorrow) == []
    assert server.paths() == ["/pypi", "/simple/"]


def test_a_comparison_of_the_future_is_a_wrong_clock(server: FeedServer, http: Http) -> None:
    publish(server, [])
    cursor = poll(server, http, now=NOW + 900 * DAY)[-1].cursor

    pages = poll(server, http, cursor)

    assert json.loads(pages[-1].cursor)["compared"] == NOW.isoformat()


@pytest.mark.parametrize(("status", "claim"), [("active", Claim.LISTED), (None, Claim.REMOVED)])
def test_a_project_that_left_the_quarantine_is_asked_once_more(
    server: FeedServer, http: Http, status: str | None, claim: Claim
) -> None:
    publish(server, ["zz-001"])
    cursor = poll(server, http)[-1].cursor
    publish(server, [], names=ALL if status else [n for n in ALL if n != "zz-001"])
    del server.replies["/simple/zz-001/"]
    if status:
        server.replies["/simple/zz-001/"] = page("zz-001", status)

    pages = poll(server, http, cursor, now=NOW + DAY)
    later = poll(server, http, pages[-1].cursor, now=NOW + 2 * DAY)

    assert claims(pages) == [("quarantine:zz-001", claim)]
    assert claims(later) == []
    assert server.paths().count("/simple/zz-001/") == 2


def test_a_list_that_forgets_a_quarantined_project_clears_nobody(
    server: FeedServer, http: Http
) -> None:
    publish(server, ["zz-001"])
    cursor = poll(server, http)[-1].cursor
    server.replies["/pypi"] = xml_list(n for n in ALL if n != "zz-001")

    pages = poll(server, http, cursor, now=NOW + DAY)

    assert claims(pages) == []
    assert "zz-001" in json.loads(pages[-1].cursor)["known"]


def test_a_poll_that_dies_goes_on_with_the_questions_that_are_left(
    server: FeedServer, http: Http
) -> None:
    names = [*ALL, *(f"zz-{number:05d}" for number in range(20_000))]
    publish(server, ALL[:150], names=names, removed=True)
    pages = feed(server, http).poll(PollRequest(cursor=None, now=NOW))
    next(pages)
    first = next(pages)
    server.asked.clear()

    rest = poll(server, http, first.cursor, now=NOW + timedelta(minutes=5))

    assert [len(first.records), *(len(p.records) for p in rest)] == [100, 50]
    assert sorted(server.paths()) == [f"/simple/{name}/" for name in ALL[100:150]]


def test_what_was_answered_before_the_index_asks_to_wait_is_kept(
    server: FeedServer, http: Http
) -> None:
    publish(server, ["zz-001", "zz-002", "zz-003"])
    server.replies["/simple/zz-002/"] = Reply(status=429, headers={"retry-after": "9" * 14})
    polled = feed(server, http).poll(PollRequest(cursor=None, now=NOW))

    pages = [next(polled), next(polled)]
    with pytest.raises(Defer) as caught:
        next(polled)
    server.replies["/simple/zz-002/"] = page("zz-002")
    rest = poll(server, http, pages[-1].cursor)

    assert caught.value.seconds == 24 * 3600
    assert claims(pages) == [("quarantine:zz-001", Claim.QUARANTINED)]
    assert claims(rest) == [
        ("quarantine:zz-002", Claim.QUARANTINED),
        ("quarantine:zz-003", Claim.QUARANTINED),
    ]


def test_more_differences_than_a_hundredth_are_a_broken_list(
    server: FeedServer, http: Http
) -> None:
    publish(server, ALL[:101])

    with pytest.raises(FeedError, match=r"101 of 300 packages are new .* --accept-change"):
        poll(server, http)

    assert server.paths() == ["/pypi", "/simple/"]


def test_a_person_may_accept_many_differences(server: FeedServer, http: Http) -> None:
    publish(server, ALL[:101], removed=True)

    pages = poll(server, http, accept=True)

    assert len(claims(pages)) == 101


@pytest.mark.slow
def test_a_poll_asks_two_thousand_pages_at_most(server: FeedServer, http: Http) -> None:
    names = [f"zz-{number}" for number in range(2050)]
    publish(server, [], names=names)
    pending = {"compared": NOW.isoformat(), "names": 2050, "known": {}, "pending": names}

    pages = poll(server, http, json.dumps(pending))

    assert len(server.asked) == 2000
    assert len(json.loads(pages[-1].cursor)["pending"]) == 50


def test_lists_of_two_indexes_are_refused(server: FeedServer, http: Http) -> None:
    server.replies["/pypi"] = xml_list(ALL)
    server.replies["/simple/"] = json_list([*ALL, *(f"other-{n}" for n in range(101))])

    with pytest.raises(FeedError, match="101 packages that its XML-RPC list of 300 lacks"):
        poll(server, http)


def test_a_list_that_shrank_is_refused(server: FeedServer, http: Http) -> None:
    publish(server, [])
    cursor = poll(server, http)[-1].cursor
    publish(server, [], names=ALL[:200])

    with pytest.raises(FeedError, match="shrank from 300 to 200"):
        poll(server, http, cursor, now=NOW + DAY)


def test_names_that_are_none_are_told_and_never_asked_for(server: FeedServer, http: Http) -> None:
    strange = [f"../{number}" for number in range(150)]
    server.replies["/pypi"] = xml_list([*ALL, *strange])
    server.replies["/simple/"] = json_list(ALL)

    (found,) = poll(server, http)

    assert len(found.skipped) == 101
    assert found.skipped[0].reason == "invalid project name '../0'"
    assert found.skipped[-1].reason == "50 more invalid project names"
    assert server.paths() == ["/pypi", "/simple/"]


def test_an_unreadable_page_is_told_and_asked_again_tomorrow(
    server: FeedServer, http: Http
) -> None:
    publish(server, ["zz-001"])
    server.replies["/simple/zz-001/"] = page("zz-other")

    pages = poll(server, http)
    server.replies["/simple/zz-001/"] = page("zz-001")
    later = poll(server, http, pages[-1].cursor, now=NOW + DAY)

    assert [s.reason for p in pages for s in p.skipped] == [
        f"{server.url}/simple/zz-001/: expected the page of zz-001, got that of 'zz-other'"
    ]
    assert claims(later) == [("quarantine:zz-001", Claim.QUARANTINED)]


def test_a_portal_instead_of_a_page_keeps_what_was_answered(server: FeedServer, http: Http) -> None:
    publish(server, ["zz-001", "zz-002"])
    server.replies["/simple/zz-002/"] = Reply(body=b"<!doctype html>", media_type="text/html")
    polled = feed(server, http).poll(PollRequest(cursor=None, now=NOW))

    pages = [next(polled), next(polled)]

    assert claims(pages) == [("quarantine:zz-001", Claim.QUARANTINED)]
    with pytest.raises(FeedError, match="web page instead of data"):
        next(polled)


HTML = Reply(body=b"<!DOCTYPE html><title>portal</title>", media_type="text/html")
BOMB = Reply(body=gzip.compress(b"0" * 10_000_000), headers={"content-encoding": "gzip"})
REDIRECT = Reply(status=302, headers={"location": "http://other.example/"})
BROKEN = {
    "web page": HTML,
    "nothing": Reply(),
    "gzip bomb": BOMB,
    "redirect": REDIRECT,
    "not found": Reply(status=404),
    "unasked 304": Reply(status=304),
    "noise": Reply(body=b"\x00\xff\x00"),
    "another type": Reply(body=b"[]"),
}


@pytest.mark.parametrize("path", ["/pypi", "/simple/"])
@pytest.mark.parametrize("broken", BROKEN)
def test_an_answer_that_is_no_list_changes_nothing(
    server: FeedServer, http: Http, path: str, broken: str
) -> None:
    publish(server, ["zz-001"])
    server.replies[path] = BROKEN[broken]

    with pytest.raises(FeedError, match=r"^pypi-quarantine: "):
        poll(server, http)


@pytest.mark.parametrize("path", ["/pypi", "/simple/"])
def test_a_server_in_trouble_is_asked_again_later(
    server: FeedServer, http: Http, path: str
) -> None:
    publish(server, ["zz-001"])
    server.replies[path] = Reply(status=502)

    with pytest.raises(Retry):
        poll(server, http)


@pytest.mark.parametrize("path", ["/pypi", "/simple/"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.9, 0.999])
def test_a_torn_list_is_refused_wherever_it_is_torn(
    server: FeedServer, http: Http, path: str, share: float
) -> None:
    publish(server, ["zz-001"])
    whole = server.replies[path]
    assert isinstance(whole, Reply)
    server.replies[path] = Reply(body=whole.body[: int(len(whole.body) * share)])

    with pytest.raises(FeedError, match="nothing was changed"):
        poll(server, http)


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (REDIRECT, "redirects to another address"),
        (Reply(body=b"{}", media_type="text/plain"), "does not speak the JSON form"),
        (Reply(status=401), "check the URL of this feed"),
    ],
)
def test_an_index_that_answers_no_page_is_not_asked_two_thousand_times(
    server: FeedServer, http: Http, broken: Reply, problem: str
) -> None:
    publish(server, ["zz-001", "zz-002"])
    server.replies["/simple/zz-001/"] = broken

    with pytest.raises(FeedError, match=problem):
        poll(server, http)

    assert "/simple/zz-002/" not in server.paths()


@pytest.mark.parametrize(("names", "listed"), [([], ["zz"]), (["zz"], [])])
def test_a_list_without_packages_is_refused(
    server: FeedServer, http: Http, names: list[str], listed: list[str]
) -> None:
    server.replies["/pypi"] = xml_list(names)
    server.replies["/simple/"] = json_list(listed)

    with pytest.raises(FeedError, match="a list without packages"):
        poll(server, http)


@pytest.mark.parametrize("cursor", ["", "[]", "{}", '{"names": 1, "known": {"a": ["x"]}}'])
def test_a_cursor_that_is_none_is_told(server: FeedServer, http: Http, cursor: str) -> None:
    with pytest.raises(FeedError, match="run `ghostcrawl feeds reset "):
        poll(server, http, cursor)
