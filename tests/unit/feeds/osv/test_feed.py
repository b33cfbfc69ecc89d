from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import Defer, FeedError, Retry
from crawler.model import Algorithm, Ecosystem
from crawler.net import Http
from feeds.interface import PollRequest
from feeds.osv.cursor import OsvCursor
from feeds.osv.feed import OsvMalicious
from tests.servers.feed_server import FeedServer, Reply
from tests.servers.osv_dumps import (
    CSV,
    NOW,
    ZIP,
    csv,
    dump,
    members,
    only,
    poll,
    record,
    subjects,
)
from tests.servers.torn_archives import TORN, packed, with_zip64_end
from workers.demo.osv import archive


def test_a_record_says_which_versions_are_malicious(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(record(1)))

    found = only(poll(server, http))

    assert found.id == "MAL-2026-1"
    assert subjects(found) == ["pkg:pypi/zz-ghost@1.0.0rc1"]
    assert found.assertions[0].valid_from == datetime(2026, 5, 1, tzinfo=UTC)
    assert found.assertions[0].observed_at == datetime(2026, 5, 2, 0, 0, 1, 123456, tzinfo=UTC)


EVERYTHING = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]
BOUNDED = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]
COMMITS = [{"type": "GIT", "events": [{"introduced": "0"}]}]
PACKAGE = {"ecosystem": "PyPI", "name": "zz-ghost"}


@pytest.mark.parametrize(
    ("affected", "expected"),
    [
        ({"package": PACKAGE, "ranges": EVERYTHING}, ["pkg:pypi/zz-ghost"]),
        ({"package": PACKAGE, "ranges": EVERYTHING, "versions": ["1"]}, ["pkg:pypi/zz-ghost@1"]),
        ({"package": PACKAGE, "ranges": BOUNDED, "versions": ["1"]}, ["pkg:pypi/zz-ghost@1"]),
        ({"package": PACKAGE, "versions": ["1", "../2"]}, ["pkg:pypi/zz-ghost@1"]),
    ],
)
def test_explicit_versions_win_over_a_range_of_all(
    server: FeedServer, http: Http, affected: object, expected: list[str]
) -> None:
    server.replies[ZIP] = Reply(body=dump(record(1, affected=[affected])))

    assert subjects(only(poll(server, http))) == expected


def test_the_integrity_of_files_makes_assertions_on_files(server: FeedServer, http: Http) -> None:
    integrity = [
        {
            "filename": "zz_ghost-1.0.tar.gz",
            "hashes": {"sha256": "A" * 64, "blake2b_256": "b" * 64},
        },
        {"filename": "../zz.tar.gz", "hashes": {"sha256": "a" * 64}},
    ]
    affected = {
        "package": PACKAGE,
        "versions": ["1.0"],
        "database_specific": {"indicators": {"package_integrity": integrity}},
    }
    server.replies[ZIP] = Reply(body=dump(record(1, affected=[affected])))

    (page,) = poll(server, http)

    file = page.records[0].assertions[1].subject.file
    assert file is not None
    assert file.digest(Algorithm.SHA256) == "a" * 64
    assert file.digest(Algorithm.BLAKE2B_256) == "b" * 64
    assert [skipped.context for skipped in page.skipped] == [
        "MAL-2026-1.affected[0].database_specific.indicators.package_integrity[1]"
    ]


def test_an_npm_integrity_is_a_sha512(server: FeedServer, http: Http) -> None:
    sri = "sha512-" + "A" * 86 + "=="
    affected = {
        "package": {"ecosystem": "npm", "name": "@zz/ghost"},
        "versions": ["6.0.0"],
        "database_specific": {
            "indicators": {
                "package_integrity": [
                    {"filename": "ghost-6.0.0.tgz", "hashes": {"sha512_sri": sri}}
                ]
            }
        },
    }
    server.replies["/osv/npm/all.zip"] = Reply(body=dump(record(1, affected=[affected])))

    found = only(poll(server, http, ecosystem=Ecosystem.NPM))

    assert subjects(found) == ["pkg:npm/@zz/ghost@6.0.0", "pkg:npm/@zz/ghost@6.0.0 ghost-6.0.0.tgz"]
    file = found.assertions[1].subject.file
    assert file is not None
    assert file.digest(Algorithm.SHA512) == "0" * 128


def test_a_withdrawn_record_takes_its_assertions_back(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(record(1, withdrawn="2026-05-26T13:04:03Z"), record(2)))

    (page,) = poll(server, http)

    assert [r.assertions[0].retracted_at for r in page.records] == [
        datetime(2026, 5, 26, 13, 4, 3, tzinfo=UTC),
        None,
    ]


@pytest.mark.parametrize(
    ("origins", "reference", "root"),
    [
        (
            [{"source": "b", "import_time": "2026-2"}, {"source": "a", "import_time": "2026-3"}],
            "",
            "b",
        ),
        (
            [{"source": "ghsa-malware"}],
            "https://forge.example/x/MAL-2024-4722.json",
            "MAL-2024-4722",
        ),
        ([{"source": "ghsa-malware"}], "https://forge.example/x/MAL-2026-1.json", "ghsa-malware"),
        ([{"source": "ghsa-malware"}, {"source": "kam193"}], "", "kam193"),
        ([], "", "MAL-2026-1"),
    ],
)
def test_an_origin_that_only_cites_counts_as_what_it_cites(
    server: FeedServer, http: Http, origins: list[object], reference: str, root: str
) -> None:
    changed = record(
        1,
        references=[{"type": "WEB", "url": reference}] if reference else [],
        database_specific={"malicious-packages-origins": origins},
    )
    server.replies[ZIP] = Reply(body=dump(changed))

    assert only(poll(server, http)).assertions[0].root_source == root


@pytest.mark.parametrize(
    "changed",
    [
        record(0, id="MAL-0000-x"),
        record(2, affected=[]),
        record(2, affected=[{"package": {"ecosystem": "npm", "name": "zz"}, "versions": ["1"]}]),
        record(
            2,
            affected=[{"package": {"ecosystem": "PyPI", "name": "\u212aeras"}, "versions": ["1"]}],
        ),
        record(2, affected=[{"package": PACKAGE, "ranges": COMMITS}]),
        record(2, affected=3),
        record(2, modified="yesterday", published=None),
    ],
)
def test_a_record_that_cannot_be_used_is_skipped_and_the_rest_kept(
    server: FeedServer, http: Http, changed: dict[str, object]
) -> None:
    server.replies[ZIP] = Reply(body=dump(changed, record(1)))

    (page,) = poll(server, http)

    assert [found.id for found in page.records] == ["MAL-2026-1"]
    assert len(page.skipped) == 1


def test_only_malicious_records_are_taken(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=archive(("GHSA-x.json", b"{"), *members(record(1))))

    (page,) = poll(server, http)

    assert ([r.id for r in page.records], page.skipped) == (["MAL-2026-1"], ())


GOOD = dump(record(1), record(2))


def unbelievable(case: str) -> bytes:
    bodies = {
        "truncated": GOOD[: len(GOOD) // 2],
        "html": b"<html>maintenance</html>",
        "empty": b"",
        "slip": archive(("../../MAL-2026-1.json", b"{}"), *members(record(1))),
        "twice": archive(*members(record(1), record(1))),
        "bomb": archive(("MAL-2026-1.json", b" " * 7_000_000)),
        "none": archive(("MAL-2026-1.json", b"{}")),
        "text": b"PK" + b"x" * 1000,
    }
    return bodies[case]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "case", ["truncated", "html", "empty", "slip", "twice", "bomb", "none", "text"]
)
def test_a_dump_that_is_not_believable_is_refused(
    server: FeedServer, http: Http, case: str
) -> None:
    server.replies[ZIP] = Reply(body=unbelievable(case))

    with pytest.raises(FeedError):
        poll(server, http)


@pytest.mark.parametrize("case", TORN)
def test_a_dump_that_is_broken_or_lies_is_refused_by_the_feed_itself(
    server: FeedServer, http: Http, case: str
) -> None:
    server.replies[ZIP] = Reply(body=packed())
    good = poll(server, http)
    server.replies[ZIP] = Reply(body=TORN[case])

    assert only(good).id == "MAL-2026-1"
    with pytest.raises(FeedError, match=r"^osv-mal: the dump "):
        poll(server, http)


def test_a_dump_of_more_than_65535_records_is_read(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=with_zip64_end())

    assert only(poll(server, http)).id == "MAL-2026-1"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=429, headers={"retry-after": "30"}), Defer),
        (Reply(status=301, headers={"location": "http://127.0.0.1:1/"}), FeedError),
        (Reply(status=500), Retry),
        (Reply(status=404), FeedError),
        (Reply(body=GOOD, headers={"content-length": str(len(GOOD) + 9)}), Retry),
    ],
)
def test_what_the_host_says_of_itself_is_told_apart(
    server: FeedServer, http: Http, reply: Reply, error: type[Exception]
) -> None:
    server.replies[ZIP] = reply

    with pytest.raises(error):
        poll(server, http)


def test_a_poll_that_is_killed_goes_on_after_the_last_saved_page(
    server: FeedServer, http: Http
) -> None:
    server.replies[ZIP] = Reply(body=dump(*(record(number) for number in range(2500))))
    feed = OsvMalicious(http, f"{server.url}/osv")
    pages = feed.poll(PollRequest(cursor=None, now=NOW))
    first = next(pages)
    del pages

    rest = poll(server, http, first.cursor)

    ids = [r.id for page in (first, *rest) for r in page.records]
    assert [len(page.records) for page in (first, *rest)] == [1000, 1000, 500]
    assert len(set(ids)) == 2500


def test_later_only_what_changed_is_fetched(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(*(record(number) for number in range(1, 41))))
    (first,) = poll(server, http)
    rows = [(number, f"MAL-2026-{number}") for number in range(40, 0, -1)]
    server.replies[CSV] = csv((51, "MAL-2026-1"), (50, "GHSA-x"), (45, "MAL-2026-51"), *rows)
    withdrawn = record(1, modified="2026-05-02T00:00:51Z", withdrawn="2026-05-02T00:00:51Z")
    server.replies["/osv/PyPI/MAL-2026-1.json"] = Reply(body=json.dumps(withdrawn).encode())
    server.replies["/osv/PyPI/MAL-2026-51.json"] = Reply(body=json.dumps(record(51)).encode())
    server.asked.clear()

    (second,) = poll(server, http, first.cursor)
    third = poll(server, http, second.cursor)

    assert [r.id for r in second.records] == ["MAL-2026-51", "MAL-2026-1"]
    assert second.records[1].assertions[0].retracted_at is not None
    assert third == []
    assert server.paths() == [
        CSV,
        "/osv/PyPI/MAL-2026-51.json",
        "/osv/PyPI/MAL-2026-1.json",
        CSV,
    ]


def test_what_came_before_a_429_is_kept(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(*(record(number) for number in range(1, 41))))
    (first,) = poll(server, http)
    rows = [(number, f"MAL-2026-{number}") for number in range(40, 0, -1)]
    server.replies[CSV] = csv((56, "MAL-2026-56"), (55, "MAL-2026-55"), *rows)
    server.replies["/osv/PyPI/MAL-2026-55.json"] = Reply(body=json.dumps(record(55)).encode())
    server.replies["/osv/PyPI/MAL-2026-56.json"] = Reply(status=429, headers={"retry-after": "9"})
    feed = OsvMalicious(http, f"{server.url}/osv")
    pages = feed.poll(PollRequest(cursor=first.cursor, now=NOW))
    second = next(pages)
    with pytest.raises(Defer):
        next(pages)
    server.replies["/osv/PyPI/MAL-2026-56.json"] = Reply(body=json.dumps(record(56)).encode())

    (third,) = poll(server, http, second.cursor)

    assert [r.id for page in (second, third) for r in page.records] == [
        "MAL-2026-55",
        "MAL-2026-56",
    ]


def test_a_changed_record_that_is_missing_is_said(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(*(record(number) for number in range(1, 41))))
    (first,) = poll(server, http)
    rows = [(number, f"MAL-2026-{number}") for number in range(40, 0, -1)]
    server.replies[CSV] = csv((55, "MAL-2026-55"), *rows)

    (second,) = poll(server, http, first.cursor)

    assert [skipped.context for skipped in second.skipped] == [
        f"{server.url}/osv/PyPI/MAL-2026-55.json"
    ]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(body=b""), "sent an empty answer"),
        (Reply(body=b"<html>x</html>"), "web page"),
        (Reply(body=b"GHSA-x\n"), "cut off or something else"),
        (csv((1, "MAL-2026-1")), "shrank from 40 to 1"),
        (Reply(body=b"2026-05-02T00:00:00Z,A\n2026-05-03T00:00:00Z,B\n"), "out of order"),
        (Reply(body=b"x" * 100_000), "a line of"),
    ],
)
def test_a_list_of_changes_that_is_not_believable_is_refused(
    server: FeedServer, http: Http, reply: Reply, message: str
) -> None:
    server.replies[ZIP] = Reply(body=dump(*(record(number) for number in range(1, 41))))
    (first,) = poll(server, http)
    server.replies[CSV] = reply

    with pytest.raises(FeedError, match=message):
        poll(server, http, first.cursor)


def test_a_feed_that_withdraws_a_tenth_at_once_is_refused(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(*(record(number) for number in range(1, 41))))
    (first,) = poll(server, http)
    names = [f"MAL-2026-{number}" for number in range(40, 0, -1)]
    server.replies[CSV] = csv(*((55, name) for name in names))
    taken_back = (record(number, withdrawn="2026-05-02T00:00:55Z") for number in range(1, 41))
    server.replies[ZIP] = Reply(body=dump(*taken_back))

    with pytest.raises(FeedError, match="shrank from 40 to 0"):
        poll(server, http, first.cursor)
    accepted = poll(server, http, first.cursor, accept=True)

    assert len(accepted[0].records) == 40


def test_a_page_of_a_dump_says_where_it_ended_and_all_else_as_before(
    server: FeedServer, http: Http
) -> None:
    names = [f"MAL-2026-{number}" for number in range(1001)]
    server.replies[ZIP] = Reply(body=dump(*(record(n) for n in range(1001))))
    (*_, before) = poll(server, http)

    first, last = poll(server, http, before.cursor, now=NOW + timedelta(days=31))

    known = OsvCursor.from_payload(before.cursor, "osv-mal")
    at_first = OsvCursor.from_payload(first.cursor, "osv-mal")
    assert at_first == replace(known, entry=f"{sorted(names)[999]}.json")
    assert OsvCursor.from_payload(last.cursor, "osv-mal").live == set(names)
