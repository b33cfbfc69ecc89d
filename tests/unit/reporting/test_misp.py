"""MISP events, as the library of MISP reads them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pymisp
import pytest

from crawler.model import Confidence, FindingStatus, Report, Source
from crawler.reporting.interface import Edition, ExportFile
from crawler.reporting.misp import MispEvents
from tests.unit.reporting.hostile import TRAPS, hostile
from tests.unit.reporting.letters import answered, confirmed, found, matched
from tests.values import NOW, OTHER_SHA, REGISTRIES, REPOSITORY, SHA, SIGHTING, URL, WHEEL, sha256

EDITION = Edition(
    at=NOW + timedelta(hours=1),
    contact="a.person@operator.example",
    tlp="TLP:AMBER+STRICT",
    registries=REGISTRIES,
)
TEMPLATES = Path(pymisp.__file__).parent / "data" / "misp-objects" / "objects"


def documents(*reports: Report, edition: Edition = EDITION) -> list[ExportFile]:
    return list(MispEvents(edition).render(reports))


def event(*reports: Report) -> pymisp.MISPEvent:
    """Return the only event, read by the library against its own templates."""
    (document,) = documents(*reports)
    read = pymisp.MISPEvent(strict_validation=True)
    read.from_json(document.text)
    return read


def values(read: pymisp.MISPEvent, name: str) -> list[list[tuple[str, str]]]:
    return [
        [(one.object_relation, str(one.value)) for one in known.attributes]
        for known in read.objects
        if known.name == name
    ]


def test_an_event_tells_of_the_package_its_file_and_its_url() -> None:
    read = event(confirmed())

    assert values(read, "malicious-package-report") == [
        [
            ("package-name", "zz-ghost-one"),
            ("ecosystem", "pypi"),
            ("state", "active"),
            ("affected-version", "1.0"),
            ("package-purl", "pkg:pypi/zz-ghost-one@1.0"),
            ("report-id", "MAL-2026-1"),
            ("origin-source", "acme-labs"),
        ]
    ]
    assert values(read, "file") == [[("filename", WHEEL), ("sha256", SHA)]]
    assert values(read, "url") == [[("url", URL)]]


def test_it_says_where_and_at_which_commit_the_pin_was_seen() -> None:
    said = [(one.type, one.value, one.comment) for one in event(confirmed()).attributes]

    assert said[0] == ("link", "https://git.example/acme/task", "repository")
    assert said[1][:2] == ("git-commit-id", "1" * 40)
    assert said[1][2].startswith("uv.lock, line 5 at commit 1111")
    assert said[2] == (
        "link",
        "https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5",
        "lock",
    )


def test_only_the_malicious_file_is_marked_for_detection() -> None:
    read = event(confirmed())
    marked = [
        one.value
        for one in [*read.attributes, *(a for known in read.objects for a in known.attributes)]
        if one.to_ids
    ]

    assert marked == [SHA, URL]


def test_a_repository_of_github_has_the_object_of_one() -> None:
    repository = replace(
        REPOSITORY, host="github.com", clone_url="https://github.com/acme/task.git"
    )

    assert values(event(found(confirmed(), repository=repository)), "github-repo") == [
        [("full-name", "acme/task"), ("link", "https://github.com/acme/task")]
    ]


def test_objects_are_of_the_templates_that_misp_has() -> None:
    repository = replace(
        REPOSITORY, host="github.com", clone_url="https://github.com/acme/task.git"
    )
    (document,) = documents(found(confirmed(), repository=repository))
    known = json.loads(document.text)["Event"]["Object"]

    assert {one["name"] for one in known} == {
        "github-repo",
        "malicious-package-report",
        "file",
        "url",
    }
    for one in known:
        template = json.loads((TEMPLATES / one["name"] / "definition.json").read_text())
        assert one["template_uuid"] == template["uuid"]
        assert one["meta-category"] == template["meta-category"]
        assert int(one["template_version"]) <= template["version"]
        for attribute in one["Attribute"]:
            kind = template["attributes"][attribute["object_relation"]]["misp-attribute"]
            assert attribute["type"] == kind


def test_it_is_marked_unpublished_and_stays_with_its_organisation() -> None:
    read = event(confirmed())

    assert [tag.name for tag in read.tags] == ["tlp:amber+strict"]
    assert read.Orgc.name == "operator.example"
    assert (read.published, read.distribution) == (False, 0)
    assert "a.person" not in documents(confirmed())[0].text


def test_each_repository_has_its_own_event_and_two_pins_of_one_share_it() -> None:
    second = found(confirmed(), key="e" * 64, sighting=replace(SIGHTING, path="api/uv.lock"))
    other = found(confirmed(), key="f" * 64, repository=replace(REPOSITORY, path="acme/copy"))
    first, last = documents(confirmed(), second, other)

    assert (first.findings, last.findings) == (
        (other.finding.key,),
        (confirmed().finding.key, "e" * 64),
    )
    assert json.loads(first.text)["Event"]["uuid"] != json.loads(last.text)["Event"]["uuid"]


def test_ids_stay_and_the_time_says_what_is_newer() -> None:
    def of(report: Report) -> tuple[set[str], str]:
        read: dict[str, Any] = json.loads(documents(report)[0].text)["Event"]
        ids = {read["uuid"], *(one["uuid"] for one in read["Object"] + read["Attribute"])}
        return ids, read["timestamp"]

    evidence = confirmed().evidence
    assert evidence is not None
    seen = replace(confirmed(), evidence=replace(evidence, verified_at=NOW + timedelta(minutes=30)))

    assert of(confirmed())[0] == of(seen)[0]
    assert int(of(seen)[1]) - int(of(confirmed())[1]) == 1800


def test_writing_it_again_a_day_later_changes_no_byte() -> None:
    (before,) = documents(confirmed())
    (after,) = documents(confirmed(), edition=replace(EDITION, at=NOW + timedelta(hours=20)))

    assert before.text == after.text


def test_what_only_the_lock_claims_is_not_told() -> None:
    pin = replace(
        confirmed().finding.match.pin,
        digests=(sha256(), sha256(OTHER_SHA)),
        url="https://downloads.example/good-1.0.zip",
    )
    (document,) = documents(matched(confirmed(), pin=pin))

    assert OTHER_SHA not in document.text
    assert "downloads.example" not in document.text


@pytest.mark.parametrize(
    "report",
    [
        answered(404),
        matched(confirmed(), confidence=Confidence.LIKELY),
        replace(confirmed(), status=FindingStatus.RETRACTED),
        matched(confirmed(), verdict=None),
    ],
)
def test_what_no_letter_may_accuse_makes_no_event(report: Report) -> None:
    assert documents(report) == []


def test_a_feed_that_was_read_from_a_file_is_named_without_its_folder() -> None:
    judged = confirmed().finding.match.verdict
    assert judged is not None
    own = replace(
        judged,
        sources=(Source(feed="f", record_id="file:/srv/x/own.jsonl", root_source="/srv/x/y"),),
    )

    assert "/srv/x" not in documents(matched(confirmed(), verdict=own))[0].text


@pytest.mark.parametrize("trap", TRAPS)
def test_hostile_text_stays_text(trap: str) -> None:
    read = event(hostile(trap))
    texts = [
        str(one.value)
        for one in [*read.attributes, *(a for known in read.objects for a in known.attributes)]
    ]

    assert {known.name for known in read.objects} >= {"malicious-package-report", "file"}
    assert all(text.isprintable() for text in [read.info, *texts])
    assert "https://good.example/" not in texts
