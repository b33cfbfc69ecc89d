from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crawler.model import Claim, Ecosystem, Record
from tests.servers.api import json_reply
from tests.servers.github_advisories import Stage, advisory, affected, records, staged


@pytest.fixture(scope="module")
def running() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture
def stage(running: Stage) -> Stage:
    running.reset()
    return running


def test_an_advisory_accuses_the_version_it_names(stage: Stage) -> None:
    stage.api.advisories = [advisory(1, vulnerabilities=[affected("= 1.0.0-RC1")])]

    (found,) = records(stage.poll())

    (said,) = found.assertions
    assert (found.id, said.record_id, said.feed) == (
        "GHSA-0001-aaaa-bbbb",
        "GHSA-0001-aaaa-bbbb",
        "ghsa-malware",
    )
    assert str(said.subject) == "pkg:pypi/zz-ghost@1.0.0rc1"
    assert said.claim is Claim.MALICIOUS
    assert said.valid_from == datetime(2026, 5, 1, 0, 1, tzinfo=UTC)
    assert said.observed_at == datetime(2026, 5, 1, 0, 1, tzinfo=UTC)
    assert said.root_source == "ghsa:GHSA-0001-aaaa-bbbb"
    assert said.reference == "https://github.example/advisories/GHSA-0001-aaaa-bbbb"
    assert said.retracted_at is None


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (["= 1.0"], ["@1.0"]),
        (["== 1.0"], ["@1.0"]),
        (["= 1.0, = 1.1"], ["@1.0", "@1.1"]),
        (["= 1.0", "= 1.1"], ["@1.0", "@1.1"]),
        ([">= 1.0, <= 1.0"], ["@1.0"]),
        (["<= 1.0,>= 1.0.0"], ["@vers:pypi/>=1.0.0|<=1.0"]),
        ([">= 0"], [""]),
        (["> 0"], [""]),
        ([">= 0.0.0"], [""]),
        ([">= 0", "= 1.0"], ["@1.0"]),
        (["< 2.0"], ["@vers:pypi/>=0|<2.0.dev0"]),
        (["< 2.0rc1"], ["@vers:pypi/>=0|<2.0rc1"]),
        (["<= 2.0"], ["@vers:pypi/>=0|<=2.0"]),
        ([">= 1.0, < 2.0"], ["@vers:pypi/>=1.0|<2.0.dev0"]),
        (["> 1.0, <= 2.0"], ["@vers:pypi/>1.0|<=2.0"]),
        ([">= 0.1"], ["@vers:pypi/>=0.1"]),
        ([">= 1.0, < 2.0", "= 3.0"], ["@vers:pypi/>=1.0|<2.0.dev0", "@3.0"]),
        ([">= 2.0, < 1.0"], []),
        ([">= 1.0, >= 2.0"], []),
        ([">= 1.0, < nothing"], []),
        (["= 1.*"], []),
        (["= 1.0 || = 2.0"], []),
        (["= ../1"], []),
        ([""], [""]),
        (["*"], [""]),
        ([None], [""]),
    ],
)
def test_an_advisory_accuses_what_its_range_means(
    stage: Stage, ranges: list[str | None], expected: list[str]
) -> None:
    stage.api.advisories = [advisory(1, vulnerabilities=[affected(text) for text in ranges])]

    (page,) = stage.poll()

    named = [str(said.subject) for said in page.records[0].assertions]
    assert named == [f"pkg:pypi/zz-ghost{version}" for version in expected]
    assert bool(page.skipped) is not bool(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("< 2.0.0", "@vers:npm/>=0|<2.0.0-0"),
        (">= 1.0.0, < 2.0.0-rc.1", "@vers:npm/>=1.0.0|<2.0.0-rc.1"),
        (">= 1.x, < 2.0.0", "@vers:npm/>=1.0.0|<2.0.0-0"),
        ("^1.2.0", "@vers:npm/>=1.2.0|<2.0.0-0"),
        ("1.x || 3.1.0", "@vers:npm/>=1.0.0|<2.0.0-0"),
        (">= 0.0.0-0", ""),
        ("x", ""),
    ],
)
def test_an_advisory_of_npm_accuses_what_its_range_means(
    stage: Stage, text: str, expected: str
) -> None:
    stage.api.advisories = [advisory(1, vulnerabilities=[affected(text, "zz-ghost", "npm")])]

    (page,) = stage.poll(ecosystem=Ecosystem.NPM)

    assert f"pkg:npm/zz-ghost{expected}" in {str(a.subject) for a in page.records[0].assertions}
    assert not page.skipped


def test_npm_is_a_feed_of_its_own(stage: Stage) -> None:
    both = [affected("= 1.0.0-rc.1", "@zz/ghost", "npm"), affected("= 2.0", "zz-other")]
    stage.api.advisories = [advisory(1, vulnerabilities=both), advisory(2)]

    (found,) = records(stage.poll(ecosystem=Ecosystem.NPM))

    assert [str(said.subject) for said in found.assertions] == ["pkg:npm/@zz/ghost@1.0.0-rc.1"]
    assert found.assertions[0].feed == "ghsa-malware:npm"


MAL = "MAL-2024-4722"


@pytest.mark.parametrize(
    "changes",
    [
        {"references": [f"https://forge.example/osv/malicious/pypi/zz/{MAL}.json"]},
        {"source_code_location": f"https://forge.example/blob/main/{MAL}.json"},
        {"description": f"---\n_-= Source: ossf ({MAL}) =-_\n"},
    ],
)
def test_an_advisory_that_cites_a_record_counts_as_that_record(
    stage: Stage, changes: dict[str, object]
) -> None:
    stage.api.advisories = [advisory(1, **changes)]

    assert records(stage.poll())[0].assertions[0].root_source == MAL


def test_a_withdrawn_advisory_takes_its_assertions_back(stage: Stage) -> None:
    stage.api.advisories = [advisory(1)]
    (first,) = stage.poll()
    stage.api.advisories = [
        advisory(1, updated_at="2026-05-02T00:00:00Z", withdrawn_at="2026-05-02T00:00:00Z")
    ]

    (found,) = records(stage.poll(first.cursor))

    assert found.assertions[0].retracted_at == datetime(2026, 5, 2, tzinfo=UTC)


def test_an_advisory_narrowed_to_nothing_readable_takes_back_what_it_named(stage: Stage) -> None:
    stage.api.advisories = [advisory(1, vulnerabilities=[affected(">= 0")])]
    (first,) = stage.poll()
    stage.api.advisories = [advisory(1, vulnerabilities=[affected("below 2.0")])]

    (second,) = stage.poll(first.cursor)

    assert second.records == (Record(id="GHSA-0001-aaaa-bbbb", assertions=()),)
    assert "invalid range of versions" in second.skipped[0].reason


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "reviewed"},
        {"ghsa_id": "GHSA-1"},
        {"ghsa_id": 5},
        {"updated_at": None},
        {"updated_at": "yesterday"},
        {"updated_at": "2027-05-01T00:00:00Z"},
        {"published_at": "9999-12-31T23:59:59Z"},
        {"references": "https://a.example"},
        {"vulnerabilities": [{"package": None}]},
        {"vulnerabilities": [5]},
        {"description": ["x"]},
    ],
)
def test_an_advisory_that_cannot_be_used_is_skipped_and_the_rest_kept(
    stage: Stage, changes: dict[str, object]
) -> None:
    stage.api.broken = [json_reply([advisory(1, **changes), advisory(2)])]

    (page,) = stage.poll()

    assert [record.id for record in page.records] == ["GHSA-0002-aaaa-bbbb"]
    assert len(page.skipped) == 1


@pytest.mark.parametrize("name", ["\u212aeras", "", "../zz", "zz ghost", "z" * 300])
def test_a_name_that_is_none_is_skipped(stage: Stage, name: str) -> None:
    both = [affected("= 1.0", name), affected("= 1.0")]
    stage.api.advisories = [advisory(1, vulnerabilities=both)]

    (page,) = stage.poll()

    assert [str(said.subject) for said in page.records[0].assertions] == ["pkg:pypi/zz-ghost@1.0"]
    assert page.skipped[0].context == "GHSA-0001-aaaa-bbbb.vulnerabilities[0]"
