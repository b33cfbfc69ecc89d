from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.errors import Defer, Retry
from crawler.model import Claim
from crawler.net import Http
from tests.servers.feed_server import FeedServer, Reply
from tests.servers.npm_changes import (
    NOW,
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


@pytest.mark.parametrize("seq", [7, "7-g1AAAA"])
def test_the_first_poll_takes_down_where_the_changes_stand(
    server: FeedServer, http: Http, seq: object
) -> None:
    server.replies["/registry"] = Reply(body=json.dumps({"update_seq": seq}).encode())

    (page,) = feed(server, http).poll(request(None, "zz-ghost"))

    assert (since(page), page.records) == (seq, ())
    assert server.paths() == ["/registry"]


def test_watched_and_deleted_projects_are_asked_and_no_others(
    server: FeedServer, http: Http
) -> None:
    serve(
        server,
        5,
        listing(
            changed(6, "zz-ghost"), changed(7, "zz-other"), changed(9, "@zz/gone", deleted=True)
        ),
    )
    server.replies["/npm/zz-ghost"] = packument("zz-ghost", "1.0.0")

    (page,) = feed(server, http).poll(request(START, "zz-ghost"))

    assert ids([page]) == ["npm:zz-ghost", "npm:@zz/gone"]
    assert [a.claim for a in page.records[1].assertions] == [Claim.REMOVED]
    assert asked_packuments(server) == ["/npm/zz-ghost", "/npm/@zz%2fgone"]
    assert (since(page), page.skipped) == (9, ())


def test_no_tarball_is_ever_asked_for(server: FeedServer, http: Http) -> None:
    serve(server, 5, listing(changed(6, "zz-ghost")))
    tarball = {"tarball": f"{server.url}/npm/zz-ghost/-/zz-ghost-1.0.0.tgz"}
    server.replies["/npm/zz-ghost"] = packument("zz-ghost", versions={"1.0.0": {"dist": tarball}})

    list(feed(server, http).poll(request(START, "zz-ghost")))

    assert not [path for path in server.paths() if path.endswith(".tgz")]


def test_nothing_new_is_no_page(server: FeedServer, http: Http) -> None:
    serve(server, 5, listing(last=5))

    assert list(feed(server, http).poll(request(START, "zz-ghost"))) == []


def test_an_empty_listing_cannot_push_the_cursor_into_the_future(
    server: FeedServer, http: Http
) -> None:
    serve(server, 5, listing(last=10**15))

    assert list(feed(server, http).poll(request(START))) == []


def test_an_opaque_sequence_is_given_back_as_it_was(server: FeedServer, http: Http) -> None:
    serve(server, "5-g1%2Bx%26y", listing(changed("6-a", "zz"), last="6-b&c"))

    (page,) = feed(server, http).poll(request('{"since": "5-g1+x&y"}'))

    assert since(page) == "6-b&c"


def test_a_full_listing_is_followed_by_the_next(server: FeedServer, http: Http) -> None:
    serve(server, 5, listing(changed(6, "zz-a"), changed(7, "zz-b")), rows=2)
    serve(server, 7, listing(changed(8, "zz-a", deleted=True)), rows=2)
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0")

    pages = list(feed(server, http, rows=2).poll(request(START, "zz-a")))

    assert [since(page) for page in pages] == [7, 8]
    assert ids(pages) == ["npm:zz-a"]


def test_a_project_that_changes_twice_in_a_listing_is_asked_once(
    server: FeedServer, http: Http
) -> None:
    serve(server, 5, listing(changed(6, "zz-a"), changed(7, "zz-b"), changed(8, "zz-a")))
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0")
    server.replies["/npm/zz-b"] = packument("zz-b", "1.0.0")

    pages = list(feed(server, http).poll(request(START, "zz-a", "zz-b")))

    assert asked_packuments(server) == ["/npm/zz-b", "/npm/zz-a"]
    assert ids(pages) == ["npm:zz-b", "npm:zz-a"]


def test_rows_of_one_sequence_are_all_taken_and_the_last_of_a_project_counts(
    server: FeedServer, http: Http
) -> None:
    rows = (changed(6, "zz-a"), changed(6, "zz-b"), changed(6, "zz-a", deleted=True))
    serve(server, 5, listing(*rows))
    server.replies["/npm/zz-b"] = packument("zz-b", "1.0.0")

    (page,) = feed(server, http).poll(request(START, "zz-a", "zz-b"))

    assert asked_packuments(server) == ["/npm/zz-b", "/npm/zz-a"]
    assert [r.assertions[0].claim for r in page.records] == [Claim.LISTED, Claim.REMOVED]
    assert since(page) == 6


def test_a_later_sequence_is_told_later_although_our_clock_went_back(
    server: FeedServer, http: Http
) -> None:
    serve(server, 5, listing(changed(6, "zz-a", deleted=True)))
    serve(server, 6, listing(changed(7, "zz-a")))
    (gone,) = feed(server, http).poll(request(START, "zz-a"))
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0")
    earlier = replace(request(gone.cursor, "zz-a"), now=NOW - timedelta(hours=1))

    (back,) = feed(server, http).poll(earlier)

    assert [a.claim for a in gone.records[0].assertions] == [Claim.REMOVED]
    assert Claim.LISTED in {a.claim for a in back.records[0].assertions}
    assert {a.observed_at for a in back.records[0].assertions} == {NOW}


def test_a_change_that_claims_nothing_new_makes_no_second_record(
    server: FeedServer, http: Http
) -> None:
    serve(server, 5, listing(changed(6, "zz-a")))
    serve(server, 6, listing(changed(7, "zz-a")))
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0", readme="old")
    (first,) = feed(server, http).poll(request(START, "zz-a"))
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0", readme="new")

    (second,) = feed(server, http).poll(request(first.cursor, "zz-a"))

    assert (ids([first]), ids([second])) == (["npm:zz-a"], [])
    assert since(second) == 7


@pytest.mark.parametrize("etag", ['"1"', '"2"'])
def test_an_etag_that_lies_hides_nothing(server: FeedServer, http: Http, etag: str) -> None:
    serve(server, 5, listing(changed(6, "zz-a")))
    serve(server, 6, listing(changed(7, "zz-a")))
    one, two = packument("zz-a", "1.0.0"), packument("zz-a", "1.0.0", "1.1.0")
    server.replies["/npm/zz-a"] = Reply(body=one.body, headers={"etag": '"1"'})
    (first,) = feed(server, http).poll(request(START, "zz-a"))
    server.replies["/npm/zz-a"] = Reply(body=two.body, headers={"etag": etag})

    (second,) = feed(server, http).poll(request(first.cursor, "zz-a"))

    assert ids([second]) == ["npm:zz-a"]
    assert all("if-none-match" not in asked.headers for asked in server.asked)


def test_an_answer_older_than_its_change_is_asked_once_more(server: FeedServer, http: Http) -> None:
    serve(server, 5, listing(changed(6, "zz-a", rev="9-b")))
    serve(server, 6, listing(last=6))
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0", "1.1.0", rev="8-a")
    (first,) = feed(server, http).poll(request(START, "zz-a"))
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0", rev="8-a")

    (second,) = feed(server, http).poll(request(first.cursor))
    third = list(feed(server, http).poll(request(second.cursor)))

    assert (ids([first]), ids([second]), third) == (["npm:zz-a"], ["npm:zz-a"], [])


def test_what_was_answered_before_a_429_is_kept_and_the_poll_goes_on_there(
    server: FeedServer, http: Http
) -> None:
    serve(server, 5, listing(changed(6, "zz-a"), changed(7, "zz-b"), changed(8, "zz-x")))
    serve(server, 6, listing(changed(7, "zz-b"), changed(8, "zz-x")))
    server.replies["/npm/zz-a"] = packument("zz-a", "1.0.0")
    server.replies["/npm/zz-b"] = Reply(status=429, headers={"retry-after": "9" * 12})
    pages = feed(server, http).poll(request(START, "zz-a", "zz-b"))
    first = next(pages)
    with pytest.raises(Defer) as told:
        next(pages)
    server.replies["/npm/zz-b"] = packument("zz-b", "1.0.0")

    (second,) = feed(server, http).poll(request(first.cursor, "zz-a", "zz-b"))

    assert told.value.seconds == 24 * 3600
    assert (ids([first]), since(first)) == (["npm:zz-a"], 6)
    assert (ids([second]), since(second)) == (["npm:zz-b"], 8)


def test_a_first_question_that_breaks_off_leaves_the_cursor_where_it_was(
    server: FeedServer, http: Http
) -> None:
    serve(server, 5, listing(changed(6, "zz-a")))
    server.replies["/npm/zz-a"] = Reply(status=503)

    with pytest.raises(Retry):
        list(feed(server, http).poll(request(START, "zz-a")))


def test_more_projects_than_a_poll_asks_wait_for_the_next(server: FeedServer, http: Http) -> None:
    rows = [changed(n, f"zz-{n}", deleted=True) for n in range(6, 626)]
    serve(server, 5, listing(*rows), rows=1000)
    serve(server, 505, listing(*rows[500:]), rows=1000)
    polled = feed(server, http, rows=1000)

    first = list(polled.poll(request(START)))
    rest = list(polled.poll(request(first[-1].cursor)))

    assert (len(ids(first)), since(first[-1])) == (500, 505)
    assert (len(ids(rest)), since(rest[-1])) == (120, 625)
    assert len({*ids(first), *ids(rest)}) == 620


def test_a_poll_killed_after_any_page_goes_on_behind_it(server: FeedServer, http: Http) -> None:
    rows = [changed(n, f"zz-{n}", deleted=True) for n in range(6, 256)]
    for start in (5, 105, 205):
        serve(server, start, listing(*rows[start - 5 :]), rows=1000)
    serve(server, 255, listing(last=255), rows=1000)
    polled = feed(server, http, rows=1000)
    whole = list(polled.poll(request(START)))

    resumed = [list(polled.poll(request(page.cursor))) for page in whole]

    assert len(whole) == 3
    for place, rest in enumerate(resumed, start=1):
        assert ids(whole[:place]) + ids(rest) == ids(whole)
