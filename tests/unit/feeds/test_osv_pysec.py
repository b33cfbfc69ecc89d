"""Records of the Python advisory database, which come in the same dump."""

from __future__ import annotations

import json

import pytest

from crawler.model import Claim, Ecosystem, Record
from crawler.net import Http
from feeds.osv.record import read_record
from tests.servers.feed_server import FeedServer, Reply
from tests.servers.osv_dumps import CSV, ZIP, csv, dump, only, poll, pysec, record, subjects

OSSF = "https://forge.example/blob/main/osv/malicious/pypi"
MALICIOUS = {"aliases": ["GHSA-aaaa-bbbb-cccc", "MAL-2026-2144"]}


def pysec_only(server: FeedServer, http: Http) -> list[Record]:
    (page,) = poll(server, http)
    assert page.skipped == ()
    return [found for found in page.records if found.id.startswith("PYSEC-")]


@pytest.mark.parametrize(
    ("changes", "root"),
    [
        (MALICIOUS, "MAL-2026-2144"),
        ({"references": [{"url": f"{OSSF}/zz.ghost/MAL-2026-7.json"}]}, "MAL-2026-7"),
        ({"summary": "Malicious code in zz-ghost (PyPI)"}, "PYSEC-2026-2"),
        ({"database_specific": {"cwe_ids": ["CWE-79", "CWE-506"]}}, "PYSEC-2026-2"),
    ],
)
def test_a_record_that_is_marked_as_malware_accuses(
    server: FeedServer, http: Http, changes: dict[str, object], root: str
) -> None:
    server.replies[ZIP] = Reply(body=dump(record(1), pysec(2, **changes)))

    (found,) = pysec_only(server, http)

    assert subjects(found) == ["pkg:pypi/zz-ghost@1.0.0rc1"]
    assert found.assertions[0].claim is Claim.MALICIOUS
    assert found.assertions[0].root_source == root


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"details": "A number of releases contained malicious software, see MAL-2026-7."},
        {"references": [{"url": "https://osv.example/vulnerability/MAL-2026-7"}]},
        {"references": [{"url": f"{OSSF}/zz-other/MAL-2026-7.json"}]},
        {"related": ["MAL-2026-7"]},
        {"aliases": ["MAL-0000-x"]},
        {"database_specific": {"cwe_ids": ["CWE-94"]}},
        {"affected": []},
    ],
)
def test_a_mere_vulnerability_says_nothing_and_is_no_noise(
    server: FeedServer, http: Http, changes: dict[str, object]
) -> None:
    server.replies[ZIP] = Reply(body=dump(record(1), pysec(2, **changes)))

    assert pysec_only(server, http) == []


def test_one_download_serves_both(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(record(1), pysec(2, **MALICIOUS)))

    poll(server, http)

    assert server.paths() == [ZIP]


def test_a_dump_of_vulnerabilities_alone_is_not_believed(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(pysec(1), pysec(2)))

    with pytest.raises(Exception, match="no readable record of malware"):
        poll(server, http)


def test_a_vulnerability_that_was_seen_is_not_fetched_again(server: FeedServer, http: Http) -> None:
    server.replies[ZIP] = Reply(body=dump(record(1), pysec(2)))
    (first,) = poll(server, http)
    server.replies[CSV] = csv((2, "PYSEC-2026-2"), (1, "MAL-2026-1"))
    server.asked.clear()

    assert poll(server, http, first.cursor) == []
    assert server.paths() == [CSV]


def test_a_record_that_turns_out_a_mere_vulnerability_takes_back_what_it_said(
    server: FeedServer, http: Http
) -> None:
    server.replies[ZIP] = Reply(body=dump(record(1), pysec(2, **MALICIOUS)))
    (first,) = poll(server, http)
    server.replies[CSV] = csv((9, "PYSEC-2026-2"), (2, "PYSEC-2026-2"), (1, "MAL-2026-1"))
    server.replies["/osv/PyPI/PYSEC-2026-2.json"] = Reply(body=json.dumps(pysec(2)).encode())

    assert only(poll(server, http, first.cursor)) == Record(id="PYSEC-2026-2", assertions=())


@pytest.mark.parametrize(
    ("changes", "root"),
    [
        ({"id": "GHSA-aaaa-bbbb-cccc"}, "ghsa:GHSA-aaaa-bbbb-cccc"),
        ({}, "ghsa:GHSA-dddd-eeee-ffff"),
    ],
)
def test_an_import_of_an_advisory_has_the_root_that_the_advisory_has(
    changes: dict[str, object], root: str
) -> None:
    origins = [{"source": "ghsa-malware"} | changes]
    document = record(
        1,
        aliases=["GHSA-dddd-eeee-ffff"],
        database_specific={"malicious-packages-origins": origins},
    )

    reading = read_record(document, "osv-mal", Ecosystem.PYPI)

    assert reading.record.assertions[0].root_source == root


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"introduced": "1.2.0"}, {"last_affected": "1.2.0"}], ["pkg:npm/zz@1.2.0"]),
        ([{"introduced": "0"}, {"last_affected": "0"}], ["pkg:npm/zz@vers:npm/>=0|<=0"]),
        (
            [{"introduced": "1.2.0"}, {"last_affected": "1.2.1"}],
            ["pkg:npm/zz@vers:npm/>=1.2.0|<=1.2.1"],
        ),
        ([{"introduced": "1.2.0"}, {"fixed": "1.2.0"}], []),
    ],
)
def test_a_range_names_one_version_or_is_kept_as_it_is(
    events: list[object], expected: list[str]
) -> None:
    affected = {
        "package": {"ecosystem": "npm", "name": "zz"},
        "ranges": [{"type": "SEMVER", "events": events}],
    }

    reading = read_record(record(1, affected=[affected]), "osv-mal:npm", Ecosystem.NPM)

    assert subjects(reading.record) == expected
    assert bool(reading.skipped) is not bool(expected)
