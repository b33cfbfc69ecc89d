"""Ranges of npm are made explicit with the versions that the registry ever had."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from crawler.errors import Defer, Gone, Malformed
from crawler.hosts.github.objects import GlobalAdvisory, global_advisory
from crawler.model import Ecosystem, ProjectKey, Record
from crawler.net import Http
from feeds.ghsa.record import read_advisory
from feeds.npm.versions import NpmVersions
from feeds.osv.record import read_record
from tests.servers.feed_server import FeedServer, Reply
from tests.values import NOW

ZZ = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/ghost")
PACKUMENT = "/@zz%2fghost"
HAD = ("0.9.0", "1.0.0", "1.1.0-rc.1", "1.1.0", "2.0.0")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def http(server: FeedServer) -> Iterator[Http]:
    client = server.http()
    yield client
    client.close()


def packument(**time: object) -> Reply:
    return Reply(body=json.dumps({"name": "@zz/ghost", "time": time}).encode())


def had(_: ProjectKey) -> tuple[str, ...]:
    return HAD


def gone(_: ProjectKey) -> tuple[str, ...]:
    raise Gone("the registry answered 404")


def osv(*events: dict[str, str]) -> dict[str, object]:
    return {
        "id": "MAL-2026-1",
        "modified": "2026-05-02T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "npm", "name": "@zz/ghost"},
                "ranges": [{"type": "SEMVER", "events": list(events)}],
            }
        ],
    }


def ghsa(text: str) -> GlobalAdvisory:
    package = {"ecosystem": "npm", "name": "@zz/ghost"}
    return global_advisory(
        {
            "ghsa_id": "GHSA-aaaa-bbbb-cccc",
            "type": "malware",
            "published_at": NOW.isoformat(),
            "updated_at": NOW.isoformat(),
            "withdrawn_at": None,
            "source_code_location": "",
            "references": [],
            "description": "",
            "html_url": "https://github.example/advisories/GHSA-aaaa-bbbb-cccc",
            "vulnerabilities": [{"package": package, "vulnerable_version_range": text}],
        }
    )


def versions(record: Record) -> list[str | None]:
    return [said.subject.version for said in record.assertions]


def test_versions_that_were_removed_are_told_and_each_project_is_asked_once(
    server: FeedServer, http: Http
) -> None:
    at = "2026-05-01T00:00:00Z"
    server.replies[PACKUMENT] = packument(created=at, modified=at, **{"1.0.0": at, "1.1.0": at})
    versions_of = NpmVersions(http, server.url)

    told = [versions_of(ZZ), versions_of(ZZ)]

    assert (told, server.paths()) == ([("1.0.0", "1.1.0")] * 2, [PACKUMENT])


def test_those_of_an_unpublished_project_are_told(server: FeedServer, http: Http) -> None:
    server.replies[PACKUMENT] = packument(unpublished={"versions": ["1.0.0"]})

    assert NpmVersions(http, server.url)(ZZ) == ("1.0.0",)


def test_a_project_that_is_gone_is_asked_once_and_nobody_can_tell(
    server: FeedServer, http: Http
) -> None:
    versions_of = NpmVersions(http, server.url)

    for _ in range(2):
        with pytest.raises(Gone):
            versions_of(ZZ)

    assert server.paths() == [PACKUMENT]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(body=b'{"time": '), Malformed),
        (Reply(body=b"[]"), Malformed),
        (Reply(status=429, headers={"retry-after": "30"}), Defer),
    ],
    ids=["torn", "another type", "asked to wait"],
)
def test_an_answer_that_is_no_packument_tells_nothing(
    server: FeedServer, http: Http, reply: Reply, error: type[Exception]
) -> None:
    server.replies[PACKUMENT] = reply

    with pytest.raises(error):
        NpmVersions(http, server.url)(ZZ)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"introduced": "1.0.0"}, {"fixed": "1.1.0"}], ["1.0.0", "1.1.0-rc.1"]),
        ([{"introduced": "0"}, {"last_affected": "1.0.0"}], ["0.9.0", "1.0.0"]),
        ([{"introduced": "1.1.0"}], ["1.1.0", "2.0.0"]),
        (
            [{"introduced": "0"}, {"fixed": "1.0.0"}, {"introduced": "2.0.0"}],
            ["0.9.0", "2.0.0"],
        ),
    ],
)
def test_a_range_of_an_osv_record_is_the_versions_in_it(
    events: list[dict[str, str]], expected: list[str]
) -> None:
    reading = read_record(osv(*events), "osv-mal:npm", Ecosystem.NPM, had)

    assert (versions(reading.record), reading.skipped) == (expected, ())


def test_a_range_nobody_can_resolve_is_named_as_skipped() -> None:
    unknown = read_record(
        osv({"introduced": "1.0.0"}, {"fixed": "1.1.0"}), "osv-mal:npm", Ecosystem.NPM, gone
    )
    empty = read_record(
        osv({"introduced": "7.0.0"}, {"fixed": "8.0.0"}), "osv-mal:npm", Ecosystem.NPM, had
    )

    assert [s.reason for s in (*unknown.skipped, *empty.skipped)] == [
        "which versions are meant is not known: the registry answered 404",
        "no known version lies in its ranges",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">= 1.0.0, < 2.0.0", ["1.0.0", "1.1.0"]),
        ("< 1.0.0", ["0.9.0"]),
        ("= 1.1.0", ["1.1.0"]),
        (">= 0", [None]),
        (">= nonsense", []),
    ],
)
def test_a_range_of_an_advisory_is_the_versions_in_it(
    text: str, expected: list[str | None]
) -> None:
    record, skipped = read_advisory(ghsa(text), "ghsa-malware:npm", Ecosystem.NPM, had)

    assert (versions(record), bool(skipped)) == (expected, not expected)


def test_a_range_that_is_too_long_is_not_cut_to_another_one() -> None:
    text = f"{'= 0.9.0':4087}, = 1.1.0-rc.1"

    record, skipped = read_advisory(ghsa(text), "ghsa-malware:npm", Ecosystem.NPM, had)

    assert text[:4096].endswith(", = 1.1.0")
    assert (versions(record), len(skipped)) == ([], 1)
