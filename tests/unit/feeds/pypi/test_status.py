from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import Defer, FeedError
from crawler.model import Algorithm, Claim, Ecosystem, ProjectKey
from crawler.net import Http
from feeds.interface import FeedPage, PollRequest
from feeds.pypi.cursors import file_hosts_in
from feeds.pypi.status import PypiStatus
from tests.servers.feed_server import Asked, FeedServer, Reply

NOW = datetime(2026, 11, 22, tzinfo=UTC)
JSON = "application/vnd.pypi.simple.v1+json"
BLAKE = "ab" + "cd" + "e" * 60
WHEEL = "zz_ghost-1.0-py3-none-any.whl"
URL = f"https://files.index.example/packages/ab/cd/{'e' * 60}/{WHEEL}"


def page(
    name: str = "zz-ghost", status: str = "active", *files: object, versions: object = ()
) -> Reply:
    document = {
        "meta": {"api-version": "1.4", "_last-serial": 7},
        "name": name,
        "project-status": {"status": status},
        "versions": versions or [],
        "files": list(files),
    }
    return Reply(body=json.dumps(document).encode(), media_type=JSON, headers={"etag": '"1"'})


def file(**changes: object) -> dict[str, object]:
    return {
        "filename": WHEEL,
        "url": URL,
        "hashes": {"sha256": "5" * 64},
        "upload-time": "2026-05-01T00:00:00Z",
        "yanked": False,
    } | changes


def poll(
    feed: PypiStatus,
    *names: str,
    cursor: str | None = None,
    now: datetime = NOW,
    accept: bool = False,
) -> list[FeedPage]:
    watched = [ProjectKey(ecosystem=Ecosystem.PYPI, name=name) for name in names]
    request = PollRequest(cursor=cursor, now=now, watched=watched, accept_change=accept)
    return list(feed.poll(request))


def claims(found: FeedPage) -> list[tuple[Claim, str]]:
    return [(a.claim, str(a.subject)) for record in found.records for a in record.assertions]


@pytest.mark.parametrize("status", ["archived", "deprecated"])
def test_a_project_that_is_marked_is_listed_all_the_same(
    server: FeedServer, http: Http, status: str
) -> None:
    server.replies["/simple/zz-ghost/"] = page("zz-ghost", status, file(), versions=["1.0"])
    feed = PypiStatus(http, f"{server.url}/simple/")

    (first,) = poll(feed, "zz-ghost")
    (again,) = poll(feed, "zz-ghost", cursor=first.cursor, now=NOW + timedelta(days=9))

    assert claims(first) == [
        (Claim.LISTED, "pkg:pypi/zz-ghost"),
        (Claim(status), "pkg:pypi/zz-ghost"),
        (Claim.LISTED, "pkg:pypi/zz-ghost@1.0"),
        (Claim.LISTED, f"pkg:pypi/zz-ghost@1.0 {WHEEL}"),
    ]
    assert claims(again) == claims(first)
    assert {a.valid_from for a in again.records[0].assertions if a.claim is Claim(status)} == {NOW}


def test_a_mark_that_is_taken_off_is_said_no_longer(server: FeedServer, http: Http) -> None:
    feed = PypiStatus(http, f"{server.url}/simple/")
    server.replies["/simple/zz-ghost/"] = page("zz-ghost", "archived", file())
    (archived,) = poll(feed, "zz-ghost")
    server.replies["/simple/zz-ghost/"] = page("zz-ghost", "deprecated", file())
    (deprecated,) = poll(feed, "zz-ghost", cursor=archived.cursor, now=NOW + timedelta(days=1))
    server.replies["/simple/zz-ghost/"] = page("zz-ghost", "active", file())

    (active,) = poll(feed, "zz-ghost", cursor=deprecated.cursor, now=NOW + timedelta(days=2))

    marks = {Claim.ARCHIVED, Claim.DEPRECATED}
    assert [
        (a.claim, a.valid_from) for a in deprecated.records[0].assertions if a.claim in marks
    ] == [(Claim.DEPRECATED, NOW + timedelta(days=1))]
    assert marks.isdisjoint(a.claim for a in active.records[0].assertions)


def test_a_listed_file_is_known_by_both_digests(server: FeedServer, http: Http) -> None:
    server.replies["/simple/zz-ghost/"] = page("ZZ.Ghost", "active", file(), versions=["1.0"])

    (found,) = poll(PypiStatus(http, f"{server.url}/simple/"), "zz-ghost")

    assert claims(found) == [
        (Claim.LISTED, "pkg:pypi/zz-ghost"),
        (Claim.LISTED, "pkg:pypi/zz-ghost@1.0"),
        (Claim.LISTED, f"pkg:pypi/zz-ghost@1.0 {WHEEL}"),
    ]
    listed = found.records[0].assertions[2]
    assert found.records[0].id == "status:zz-ghost"
    assert listed.valid_from == datetime(2026, 5, 1, tzinfo=UTC)
    assert listed.subject.file is not None
    assert listed.subject.file.digest(Algorithm.BLAKE2B_256) == BLAKE
    assert listed.subject.file.digest(Algorithm.SHA256) == "5" * 64
    assert file_hosts_in(found.cursor) == {"files.index.example"}
    assert server.asked[0].headers["accept"] == JSON


def test_a_yanked_file_is_listed_and_yanked(server: FeedServer, http: Http) -> None:
    server.replies["/simple/zz-ghost/"] = page("zz-ghost", "active", file(yanked="broken"))

    (found,) = poll(PypiStatus(http, f"{server.url}/simple"), "zz-ghost")

    assert [subject for claim, subject in claims(found) if claim is Claim.YANKED] == [
        "pkg:pypi/zz-ghost@1.0",
        f"pkg:pypi/zz-ghost@1.0 {WHEEL}",
    ]


def test_a_quarantined_project_answers_200_with_nothing_listed(
    server: FeedServer, http: Http
) -> None:
    server.replies["/simple/zz-ghost/"] = page("zz-ghost", "quarantined")

    (found,) = poll(PypiStatus(http, f"{server.url}/simple/"), "zz-ghost")

    assert claims(found) == [(Claim.QUARANTINED, "pkg:pypi/zz-ghost")]


def test_a_404_is_a_removal_told_once_and_asked_again_after_a_week(
    server: FeedServer, http: Http
) -> None:
    feed = PypiStatus(http, f"{server.url}/simple/")
    (found,) = poll(feed, "zz-ghost")

    next_day = poll(feed, "zz-ghost", cursor=found.cursor, now=NOW + timedelta(days=1))
    (next_week,) = poll(feed, "zz-ghost", cursor=found.cursor, now=NOW + timedelta(days=8))

    assert claims(found) == [(Claim.REMOVED, "pkg:pypi/zz-ghost")]
    assert next_day == []
    assert next_week.records == ()
    assert len(server.asked) == 2


def test_an_unchanged_project_costs_a_304_and_says_nothing(server: FeedServer, http: Http) -> None:
    def conditional(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"1"':
            return Reply(status=304)
        return page("zz-ghost", "active", file())

    server.replies["/simple/zz-ghost/"] = conditional
    feed = PypiStatus(http, f"{server.url}/simple/")
    (first,) = poll(feed, "zz-ghost")

    (second,) = poll(feed, "zz-ghost", cursor=first.cursor)

    assert (second.records, second.skipped) == ((), ())
    assert file_hosts_in(second.cursor) == {"files.index.example"}


def test_a_304_to_an_unconditional_question_is_skipped(server: FeedServer, http: Http) -> None:
    server.replies["/simple/zz-ghost/"] = Reply(status=304)

    (found,) = poll(PypiStatus(http, f"{server.url}/simple/"), "zz-ghost")

    assert found.records == ()
    assert "304 although nothing was known" in found.skipped[0].reason


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"meta":{"api-version":"2.0"},"name":"zz-ghost","files":[]}',
        b'{"meta":{"api-version":"1.4"},"name":"numpy","files":[]}',
        b'{"meta":{"api-version":"1.4"},"name":"zz-ghost","files":[],"project-status":{"status":"x"}}',
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_no_page_is_skipped_and_the_next_project_asked(
    server: FeedServer, http: Http, body: bytes
) -> None:
    server.replies["/simple/zz-ghost/"] = Reply(body=body, media_type=JSON)
    server.replies["/simple/zz-other/"] = page("zz-other", "active")

    (found,) = poll(PypiStatus(http, f"{server.url}/simple/"), "zz-ghost", "zz-other")

    assert [record.id for record in found.records] == ["status:zz-other"]
    assert len(found.skipped) == 1


def test_a_bad_file_is_skipped_and_the_others_kept(server: FeedServer, http: Http) -> None:
    bad = (file(filename="../x.whl"), file(hashes={"sha256": "zz"}))
    server.replies["/simple/zz-ghost/"] = page("zz-ghost", "active", *bad, file())

    (found,) = poll(PypiStatus(http, f"{server.url}/simple/"), "zz-ghost")

    assert len(found.skipped) == 2
    assert (Claim.LISTED, f"pkg:pypi/zz-ghost@1.0 {WHEEL}") in claims(found)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"<!DOCTYPE html><html>Sign in</html>", media_type="text/html"),
        Reply(body=b"{}", media_type="text/html"),
        Reply(body=b"", media_type=JSON),
    ],
)
def test_a_portal_in_between_stops_the_poll(server: FeedServer, http: Http, reply: Reply) -> None:
    server.replies["/simple/zz-ghost/"] = reply

    with pytest.raises(FeedError):
        poll(PypiStatus(http, f"{server.url}/simple/"), "zz-ghost")


def test_a_compressed_answer_that_nobody_asked_for_is_not_unpacked(
    server: FeedServer, http: Http
) -> None:
    bomb = Reply(
        body=b"\x1f\x8b" + b"0" * 100, media_type=JSON, headers={"content-encoding": "gzip"}
    )
    server.replies["/simple/zz-ghost/"] = bomb

    (found,) = poll(PypiStatus(http, f"{server.url}/simple/"), "zz-ghost")

    assert "compressed" in found.skipped[0].reason


def test_many_projects_vanishing_at_once_are_not_believed(server: FeedServer, http: Http) -> None:
    names = [f"zz-{number:02}" for number in range(20)]
    for name in names:
        server.replies[f"/simple/{name}/"] = page(name, "active")
    feed = PypiStatus(http, f"{server.url}/simple/")
    (first,) = poll(feed, *names)
    server.replies.clear()

    with pytest.raises(FeedError, match="20 of 20 listed projects are suddenly gone"):
        poll(feed, *names, cursor=first.cursor)
    (accepted,) = poll(feed, *names, cursor=first.cursor, accept=True)

    assert len(accepted.records) == 20


def test_what_was_answered_before_a_429_is_kept_and_the_round_goes_on_there(
    server: FeedServer, http: Http
) -> None:
    server.replies["/simple/zz-a/"] = page("zz-a", "active")
    server.replies["/simple/zz-b/"] = Reply(status=429, headers={"retry-after": "30"})
    feed = PypiStatus(http, f"{server.url}/simple/")
    watched = [ProjectKey(ecosystem=Ecosystem.PYPI, name=name) for name in ("zz-a", "zz-b")]
    pages = feed.poll(PollRequest(cursor=None, now=NOW, watched=watched))
    first = next(pages)
    with pytest.raises(Defer):
        next(pages)
    server.replies["/simple/zz-b/"] = page("zz-b", "active")

    (second,) = poll(feed, "zz-a", "zz-b", cursor=first.cursor)

    assert [record.id for record in first.records] == ["status:zz-a"]
    assert [record.id for record in second.records] == ["status:zz-b"]


def test_a_finished_round_starts_again_at_the_first_project(server: FeedServer, http: Http) -> None:
    server.replies["/simple/zz-a/"] = page("zz-a", "active")
    feed = PypiStatus(http, f"{server.url}/simple/")
    (first,) = poll(feed, "zz-a")
    unfinished = json.dumps(json.loads(first.cursor) | {"done": "zz-z"})

    (again,) = poll(feed, "zz-a", cursor=unfinished)

    assert [record.id for record in again.records] == ["status:zz-a"]


def html(body: str, kind: str = "text/html; charset=utf-8") -> Reply:
    return Reply(body=f"<!DOCTYPE html><html><body>{body}</body></html>".encode(), media_type=kind)


def further(server: FeedServer, http: Http) -> PypiStatus:
    return PypiStatus(http, f"{server.url}/simple/", registry="devpi", reads_html=True)


def ask(feed: PypiStatus, registry: str = "devpi") -> list[FeedPage]:
    project = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost", registry=registry)
    return list(feed.poll(PollRequest(cursor=None, now=NOW, watched=[project])))


def test_an_index_that_has_html_alone_is_read_where_it_may(server: FeedServer, http: Http) -> None:
    server.replies["/simple/zz-ghost/"] = html(
        f'<a href="../../files/{WHEEL}#sha256={"5" * 64}">{WHEEL}</a>'
    )

    (told,) = ask(further(server, http))

    at_devpi = "pkg:pypi/zz-ghost@1.0?registry=devpi"
    assert claims(told) == [
        (Claim.LISTED, "pkg:pypi/zz-ghost?registry=devpi"),
        (Claim.LISTED, at_devpi),
        (Claim.LISTED, f"{at_devpi} {WHEEL}"),
    ]
    assert {a.root_source for record in told.records for a in record.assertions} == {"devpi"}
    assert file_hosts_in(told.cursor) == {server.url.removeprefix("http://")}
    with pytest.raises(FeedError, match="web page"):
        poll(PypiStatus(http, f"{server.url}/simple/"), "zz-ghost")


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Sign in</h1><form action='/login'></form>",
        "<a href='/help'>Help</a>",
        "<a href='/files/zz_other-1.0-py3-none-any.whl'>zz_other-1.0-py3-none-any.whl</a>",
        "",
    ],
)
def test_a_web_page_that_lists_no_file_of_the_project_says_nothing(
    server: FeedServer, http: Http, body: str
) -> None:
    server.replies["/simple/zz-ghost/"] = html(body)

    (told,) = ask(further(server, http))

    assert told.records == ()
    assert ["links no file of zz-ghost" in one.reason for one in told.skipped] == [True]


def test_an_index_is_asked_about_its_own_projects_alone(server: FeedServer, http: Http) -> None:
    assert ask(further(server, http), registry="") == []
    assert ask(further(server, http), registry="other") == []
    (gone,) = ask(further(server, http))

    assert claims(gone) == [(Claim.REMOVED, "pkg:pypi/zz-ghost?registry=devpi")]
    assert gone.records[0].assertions[0].feed == "pypi-status:devpi"
