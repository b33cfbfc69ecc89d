"""Feeds that are files in a Git repository, read from a real one over a real smart-HTTP server."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from crawler.errors import FeedError
from crawler.git.capabilities import Probes
from crawler.git.interface import Limits
from crawler.git.wire import WireReader
from crawler.model import Claim, Record
from crawler.net import Http
from feeds.campaigns.datadog import DataDog
from feeds.campaigns.kam193 import Kam193
from feeds.interface import Feed, FeedPage, PollRequest
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CAMPAIGNS, DATASET = "campaigns.git", "dataset.git"
SAMPLE = random.Random(1).randbytes(200_000)  # packs to no less


@dataclass
class Stage:
    root: Path
    server: GitHttpServer
    http: Http
    probes: Probes = field(default_factory=Probes)

    def reader(self) -> WireReader:
        trusted = [self.server.authority]
        return WireReader(self.http, probes=self.probes, limits=Limits(), trusted_hosts=trusted)

    def kam193(self) -> Kam193:
        return Kam193(self.server.url(CAMPAIGNS), self.reader)

    def datadog(self) -> DataDog:
        return DataDog(self.server.url(DATASET), self.reader)

    def write(self, name: str, files: Mapping[str, bytes]) -> None:
        commit(self.root / name, files)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    bare(tmp_path / CAMPAIGNS)
    bare(tmp_path / DATASET)
    with GitHttpServer(tmp_path) as server:
        http = Http(agent="ghostcrawl/test", trusted_hosts=[server.authority])
        yield Stage(root=tmp_path, server=server, http=http)
        http.close()


def package(name: str, versions: list[str], **changes: object) -> bytes:
    document = {
        "schema_version": "1.7.4",
        "id": f"pypi/2026-05-zz/{name}",
        "published": "2026-05-01T00:00:00Z",
        "modified": "2026-05-02T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "versions": versions}],
        "references": [{"type": "WEB", "url": f"https://campaigns.example/{name}"}],
    }
    return json.dumps(document | changes).encode()


def osv(category: str, name: str) -> str:
    return f"pypi/packages/{category}/osv/{name}.json"


def poll(
    feed: Feed, cursor: str | None = None, *, now: datetime = NOW, accept: bool = False
) -> list[FeedPage]:
    return list(feed.poll(PollRequest(cursor=cursor, now=now, accept_change=accept)))


def records(pages: list[FeedPage]) -> dict[str, Record]:
    return {record.id: record for page in pages for record in page.records}


def said(record: Record) -> list[tuple[str, Claim]]:
    return [(str(a.subject), a.claim) for a in record.assertions]


def test_only_the_malicious_category_accuses(stage: Stage) -> None:
    stage.write(
        CAMPAIGNS,
        {
            osv("malicious", "zz-ghost"): package("ZZ_Ghost", ["1.0", "1.1.0-RC1"]),
            osv("spam", "zz-noise"): package("zz-noise", []),
            "pypi/packages/malicious/json/zz-ghost.json": b"{}",
            "README.md": b"campaigns",
        },
    )

    found = records(poll(stage.kam193()))

    assert {i: said(r) for i, r in found.items()} == {
        "malicious/zz-ghost": [
            ("pkg:pypi/zz-ghost@1.0", Claim.MALICIOUS),
            ("pkg:pypi/zz-ghost@1.1.0rc1", Claim.MALICIOUS),
        ],
        "spam/zz-noise": [("pkg:pypi/zz-noise", Claim.SUSPICIOUS)],
    }
    first = found["malicious/zz-ghost"].assertions[0]
    assert (first.root_source, first.reference) == (
        "kam193",
        "https://campaigns.example/ZZ_Ghost",
    )
    assert first.valid_from == datetime(2026, 5, 1, tzinfo=UTC)


def test_an_unchanged_head_costs_one_request_and_says_nothing(stage: Stage) -> None:
    stage.write(CAMPAIGNS, {osv("malicious", "zz"): package("zz", ["1.0"])})
    cursor = poll(stage.kam193())[-1].cursor
    before = len(stage.server.traffic.requests)

    again = poll(stage.kam193(), cursor)

    assert (again, len(stage.server.traffic.requests) - before) == ([], 1)


def test_a_vanished_file_takes_back_and_only_changed_files_are_fetched(stage: Stage) -> None:
    kept = {osv("malicious", f"zz{n}"): package(f"zz{n}", ["1.0"]) for n in range(20)}
    stage.write(CAMPAIGNS, kept | {osv("malicious", "zz-wrong"): package("zz-wrong", ["1.0"])})
    cursor = poll(stage.kam193())[-1].cursor
    stage.write(CAMPAIGNS, kept | {osv("spam", "zz-wrong"): package("zz-wrong", ["1.0"])})

    found = records(poll(stage.kam193(), cursor))

    assert {i: said(r) for i, r in found.items()} == {
        "malicious/zz-wrong": [],
        "spam/zz-wrong": [("pkg:pypi/zz-wrong@1.0", Claim.SUSPICIOUS)],
    }


def test_a_tree_that_lost_a_tenth_is_held_back_until_a_person_accepts(stage: Stage) -> None:
    files = {osv("malicious", f"zz{n}"): package(f"zz{n}", ["1.0"]) for n in range(10)}
    stage.write(CAMPAIGNS, files)
    cursor = poll(stage.kam193())[-1].cursor
    stage.write(CAMPAIGNS, dict(islice(files.items(), 8)))

    with pytest.raises(FeedError, match="shrank from 10 to 8"):
        poll(stage.kam193(), cursor)
    accepted = records(poll(stage.kam193(), cursor, accept=True))

    assert [i for i, r in accepted.items() if not r.assertions] == [
        "malicious/zz8",
        "malicious/zz9",
    ]


def test_a_range_of_versions_is_kept_and_one_that_is_none_is_told(stage: Stage) -> None:
    def ranged(name: str, *events: dict[str, str]) -> bytes:
        stated = [{"type": "ECOSYSTEM", "events": list(events)}]
        affected = [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": stated}]
        return package(name, [], affected=affected)

    stage.write(
        CAMPAIGNS,
        {
            osv("malicious", "zz-all"): ranged("zz-all", {"introduced": "0"}),
            osv("malicious", "zz-none"): ranged("zz-none", {"fixed": "1.0"}),
            osv("malicious", "zz-some"): ranged("zz-some", {"introduced": "1.0"}, {"fixed": "2.0"}),
        },
    )

    (page,) = poll(stage.kam193())

    assert [subject for record in page.records for subject, _ in said(record)] == [
        "pkg:pypi/zz-all",
        "pkg:pypi/zz-some@vers:pypi/>=1.0|<2.0",
    ]
    assert ["zz-none" in one.context for one in page.skipped] == [True]


def test_an_unreadable_file_is_named_and_the_others_are_read(stage: Stage) -> None:
    stage.write(
        CAMPAIGNS,
        {
            osv("malicious", "zz-good"): package("zz-good", ["1.0"]),
            osv("malicious", "zz-torn"): b'{"id": ',
            osv("malicious", "zz-timeless"): package("zz-timeless", ["1.0"], modified=None),
        },
    )

    (page,) = poll(stage.kam193())

    assert [record.id for record in page.records] == ["malicious/zz-good"]
    assert [s.context.rpartition("/")[2] for s in page.skipped] == [
        "zz-timeless.json",
        "zz-torn.json",
    ]


def test_a_poll_that_died_after_a_page_goes_on_with_the_rest(stage: Stage) -> None:
    files = {osv("malicious", f"zz{n}"): package(f"zz{n}", ["1.0"]) for n in range(1001)}
    stage.write(CAMPAIGNS, files)
    first = next(stage.kam193().poll(PollRequest(cursor=None, now=NOW)))

    rest = records(poll(stage.kam193(), first.cursor))

    assert (len(first.records), len(rest)) == (1000, 1)


def test_a_repository_of_another_layout_is_no_empty_feed(stage: Stage) -> None:
    stage.write(CAMPAIGNS, {"README.md": b"moved"})

    with pytest.raises(FeedError, match="was its layout changed"):
        poll(stage.kam193())


def dataset(pypi: object, npm: object) -> dict[str, bytes]:
    return {
        "samples/pypi/manifest.json": json.dumps(pypi).encode(),
        "samples/npm/manifest.json": json.dumps(npm).encode(),
        "samples/pypi/malicious_intent/zz/1.0/sample.zip": SAMPLE,
        "README.md": b"dataset",
    }


def test_of_the_dataset_nothing_but_its_manifests_is_fetched(stage: Stage) -> None:
    stage.write(DATASET, dataset({"zz-ghost": ["1.0"], "zz-all": None}, {"@zz/ghost": ["2.0.0"]}))

    found = records(poll(stage.datadog()))

    assert {i: said(r) for i, r in found.items()} == {
        "npm/@zz/ghost@2.0.0": [("pkg:npm/@zz/ghost@2.0.0", Claim.MALICIOUS)],
        "pypi/zz-all": [("pkg:pypi/zz-all", Claim.MALICIOUS)],
        "pypi/zz-ghost@1.0": [("pkg:pypi/zz-ghost@1.0", Claim.MALICIOUS)],
    }
    assert stage.server.traffic.sent < len(SAMPLE) // 10
    assert len(stage.server.traffic.requests) == 7  # probe, head, 4 levels, 2 manifests in one


def test_what_was_seen_before_keeps_its_date(stage: Stage) -> None:
    stage.write(DATASET, dataset({"zz-old": ["1.0"]}, {}))
    cursor = poll(stage.datadog())[-1].cursor
    stage.write(DATASET, dataset({"zz-old": ["1.0", "1.1"]}, {}))

    found = records(poll(stage.datadog(), cursor, now=NOW + timedelta(days=2)))

    dates = {i: r.assertions[0].valid_from.day for i, r in found.items()}
    assert dates == {"pypi/zz-old@1.0": 22, "pypi/zz-old@1.1": 24}


def test_a_name_that_vanished_from_the_manifest_is_taken_back(stage: Stage) -> None:
    names = {f"zz{n}": ["1.0"] for n in range(20)}
    stage.write(DATASET, dataset(names | {"zz-wrong": None}, {}))
    cursor = poll(stage.datadog())[-1].cursor
    stage.write(DATASET, dataset(names, {}))

    found = records(poll(stage.datadog(), cursor))

    assert found["pypi/zz-wrong"].assertions == ()


def test_a_dataset_without_its_manifest_is_an_error_and_no_retraction(stage: Stage) -> None:
    stage.write(DATASET, dataset({"zz": ["1.0"]}, {}))
    cursor = poll(stage.datadog())[-1].cursor
    stage.write(DATASET, {"samples/pypi/manifest.json": b"{}", "README.md": b"moved"})

    with pytest.raises(FeedError, match=r"has no samples/npm/manifest\.json any more"):
        poll(stage.datadog(), cursor)


@pytest.mark.parametrize(
    ("manifest", "error"),
    [
        (b'{"zz": ["1.0"', "not readable as JSON"),
        (b"[]", "expected object, got array"),
        (b"{}", "the list is empty"),
        (b'{"zz": ["1.0"], "zz": []}', "the same key twice"),
    ],
    ids=["torn", "another type", "empty", "one name twice"],
)
def test_a_manifest_that_is_none_changes_nothing(stage: Stage, manifest: bytes, error: str) -> None:
    broken = dict.fromkeys(("samples/pypi/manifest.json", "samples/npm/manifest.json"), manifest)
    stage.write(DATASET, broken)

    with pytest.raises(FeedError, match=error):
        poll(stage.datadog())
