"""XARF reports, as the parser of its makers reads them."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import xarf

from crawler.model import Confidence, FindingStatus, Report, Repository
from crawler.reporting.interface import Edition, ExportFile
from crawler.reporting.xarf import XarfReports
from tests.unit.reporting.hostile import TRAPS, hostile
from tests.unit.reporting.letters import EVIDENCE, answered, confirmed, found, matched
from tests.values import NOW, REGISTRIES, REPOSITORY, SHA, WHEEL

EDITION = Edition(
    at=NOW + timedelta(hours=1), contact="desk@operator.example", registries=REGISTRIES
)


def documents(*reports: Report, edition: Edition = EDITION) -> list[ExportFile]:
    return list(XarfReports(edition).render(reports))


def read(*reports: Report) -> dict[str, Any]:
    """Return the only report; its makers' parser finds no fault in it."""
    (document,) = documents(*reports)
    known: dict[str, Any] = json.loads(document.text)
    result = xarf.parse(known)
    assert result.errors == []
    assert result.warnings == []
    assert type(result.report).__name__ == "MalwareReport"
    return known


def test_a_report_says_what_lies_where_and_who_says_so() -> None:
    said = read(confirmed())

    assert (said["category"], said["type"]) == ("content", "malware")
    assert said["url"] == "https://git.example/acme/task"
    assert (said["source_identifier"], said["domain"]) == ("git.example", "git.example")
    assert said["reporter"] == {
        "org": "operator.example",
        "contact": "desk@operator.example",
        "domain": "operator.example",
    }
    assert said["sender"] == said["reporter"]
    assert said["file_hashes"] == {"sha256": SHA}
    assert said["file_metadata"] == {"filename": WHEEL}
    assert said["verified_at"] == "2026-11-22T12:00:00Z"
    assert said["distribution_method"] == "supply_chain"
    assert "confidence" not in said  # our score is of a pin, not of who is accused


def test_its_evidence_is_the_lines_of_the_lock_and_the_finding() -> None:
    lines, finding = read(confirmed())["evidence"]

    assert b64decode(lines["payload"]) == EVIDENCE.excerpt.encode()
    assert json.loads(b64decode(finding["payload"]))["id"] == confirmed().finding.key
    for one in (lines, finding):
        data = b64decode(one["payload"])
        assert one["hash"] == f"sha256:{sha256(data).hexdigest()}"
        assert one["size"] == len(data)


@pytest.mark.parametrize("contact", [None, "https://operator.example/abuse", "a b@x.example"])
def test_without_an_address_where_the_sender_can_be_reached_there_is_no_report(
    contact: str | None,
) -> None:
    assert documents(confirmed(), edition=replace(EDITION, contact=contact)) == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:3000/acme/task.git", "127.0.0.1"),
        ("http://[::1]:3000/acme/task.git", "::1"),
        ("https://localhost/acme/task.git", "localhost"),
    ],
)
def test_a_host_that_is_no_domain_is_named_but_not_as_one(url: str, host: str) -> None:
    repository = Repository(host="here", path="acme/task", clone_url=url)
    said = read(found(confirmed(), repository=repository))

    assert said["source_identifier"] == host
    assert "domain" not in said


def test_many_pins_are_one_report_that_counts_what_it_leaves_out() -> None:
    pins = [found(confirmed(), key=f"{number:064x}") for number in range(30)]
    said = read(*pins)

    assert len(said["evidence"]) == 40
    assert said["description"].endswith("10 more pins left out for length.")
    assert documents(*pins)[0].findings == tuple(one.finding.key for one in pins)


def test_a_piece_of_evidence_that_is_too_large_is_left_out() -> None:
    large = replace(EVIDENCE, excerpt="x" * (5 * 1024 * 1024 + 1))

    assert read(replace(confirmed(), evidence=large))["evidence"] == []


def test_writing_it_again_a_day_later_changes_no_byte() -> None:
    (before,) = documents(confirmed())
    (after,) = documents(confirmed(), edition=replace(EDITION, at=NOW + timedelta(hours=20)))

    assert before.text == after.text


def test_two_repositories_have_reports_with_ids_of_their_own() -> None:
    other = found(confirmed(), key="f" * 64, repository=replace(REPOSITORY, path="acme/copy"))

    first, last = documents(confirmed(), other)

    assert json.loads(first.text)["report_id"] != json.loads(last.text)["report_id"]


@pytest.mark.parametrize(
    "report",
    [
        answered(404),
        matched(confirmed(), confidence=Confidence.LIKELY),
        replace(confirmed(), status=FindingStatus.RETRACTED),
        matched(confirmed(), verdict=None),
    ],
)
def test_what_no_letter_may_accuse_makes_no_report(report: Report) -> None:
    assert documents(report) == []


@pytest.mark.parametrize("trap", TRAPS)
def test_hostile_text_stays_text(trap: str) -> None:
    said = read(hostile(trap))

    assert said["url"].startswith("https://git.example/o/")
    assert said["url"].isascii()
    assert said["url"].isprintable()
    assert all(one["description"].isprintable() for one in said["evidence"])
    assert said["file_metadata"]["filename"].isprintable()
