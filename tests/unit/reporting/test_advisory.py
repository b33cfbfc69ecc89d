"""OSV records of accused repositories: valid, honest about commits, and readable by our own feed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from crawler.model import Confidence, Report
from crawler.reporting.advisory import Advisories
from crawler.reporting.interface import Edition, ExportFile
from tests.unit.reporting.letters import answered, confirmed, found, matched
from tests.values import NOW, REPOSITORY, SHA, SIGHTING

EDITION = Edition(at=NOW + timedelta(hours=1))
TIME = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}
OSV = {
    "type": "object",
    "required": ["id", "modified", "schema_version", "affected"],
    "additionalProperties": False,
    "properties": {
        "schema_version": {"const": "1.7.0"},
        "id": {"type": "string", "pattern": "^MAL-[0-9]{4}-[A-Za-z0-9-]+$"},
        "modified": TIME,
        "published": TIME,
        "summary": {"type": "string", "maxLength": 120},
        "details": {"type": "string"},
        "affected": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "ranges": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["type", "repo", "events"],
                            "properties": {
                                "type": {"const": "GIT"},
                                "repo": {"type": "string", "format": "uri"},
                                "events": {
                                    "type": "array",
                                    "minItems": 1,
                                    "items": {
                                        "type": "object",
                                        "required": ["introduced"],
                                        "properties": {
                                            "introduced": {"pattern": "^[0-9a-f]{40,64}$"}
                                        },
                                        "additionalProperties": False,
                                    },
                                },
                            },
                            "additionalProperties": False,
                        },
                    }
                },
                "additionalProperties": False,
            },
        },
        "references": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "url"],
                "properties": {"type": {"const": "EVIDENCE"}, "url": {"pattern": "^https?://"}},
            },
        },
        "database_specific": {"type": "object"},
    },
}
"""What the published schema (OSV 1.7) says of the fields that we write, and no field besides."""


def documents(*reports: Report) -> list[ExportFile]:
    return list(Advisories(EDITION).render(reports))


def record(*reports: Report) -> dict[str, Any]:
    (document,) = documents(*reports)
    found: dict[str, Any] = json.loads(document.text)
    return found


def test_a_record_is_as_the_schema_wants_it() -> None:
    jsonschema.validate(record(confirmed()), OSV)


def test_its_summary_says_what_was_measured_and_is_as_long_as_it_may_be() -> None:
    long = found(confirmed(), repository=replace(REPOSITORY, path=f"acme/{'a' * 200}"))

    assert record(confirmed())["summary"] == (
        "Lock files of git.example/acme/task pin malicious packages"
    )
    assert len(record(long)["summary"]) == 120
    jsonschema.validate(record(long), OSV)


def test_it_is_introduced_at_the_commit_that_was_read() -> None:
    (affected,) = record(confirmed())["affected"]

    assert affected["ranges"] == [
        {
            "type": "GIT",
            "repo": "https://git.example/acme/task",
            "events": [{"introduced": "1" * 40}],
        }
    ]


def test_it_says_what_is_pinned_and_by_whom_it_is_listed() -> None:
    own = record(confirmed())["database_specific"]

    assert own["packages"] == ["pkg:pypi/zz-ghost-one@1.0"]
    assert own["advisories"] == ["MAL-2026-1"]
    assert own["path"] == "osv/malicious/git/git.example/acme/task"
    assert own["iocs"]["file_hashes"] == {"sha256": [SHA]}
    assert own["iocs"]["urls"][0].startswith("hxxps://files[.]index[.]example/")


def test_two_pins_of_a_repository_are_one_record() -> None:
    other = found(confirmed(), key="f" * 64, sighting=replace(SIGHTING, commit="4" * 40))
    (affected,) = record(confirmed(), other)["affected"]

    assert affected["ranges"][0]["events"] == [
        {"introduced": "1" * 40},
        {"introduced": "4" * 40},
    ]


@pytest.mark.parametrize(
    "report", [answered(404), matched(confirmed(), confidence=Confidence.LIKELY)]
)
def test_what_no_letter_may_accuse_gets_no_record(report: Report) -> None:
    assert documents(report) == []


def test_writing_it_again_a_day_later_changes_no_byte() -> None:
    later = Edition(at=NOW + timedelta(hours=20))
    (before,), (after,) = documents(confirmed()), Advisories(later).render([confirmed()])

    assert before.text == after.text


def test_hostile_names_stay_text() -> None:
    odd = found(
        confirmed(),
        repository=replace(REPOSITORY, path="a/\x1b]0;x\u202e", clone_url="https://h.example/\x1b"),
    )

    jsonschema.validate(record(odd), OSV)
    assert "\u202e" not in record(odd)["summary"]
