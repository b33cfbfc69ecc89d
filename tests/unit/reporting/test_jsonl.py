"""JSON Lines: checked against the schema that ships with it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import crawler.reporting
from crawler.model import FindingStatus, Report
from crawler.reporting.jsonl import JsonLines
from tests.unit.reporting.test_letter import EVIDENCE, confirmed
from tests.values import URL

SCHEMA = json.loads(
    (Path(crawler.reporting.__file__).parent / "finding-v1.schema.json").read_text("utf-8")
)


def rendered(*reports: Report) -> list[dict[str, dict[str, object]]]:
    (document,) = JsonLines().render(reports)
    assert document.name == "findings.jsonl"
    return [json.loads(line) for line in document.text.splitlines()]


@pytest.mark.parametrize(
    "report",
    [
        confirmed(),
        replace(confirmed(), evidence=None),
        replace(confirmed(), evidence=replace(EVIDENCE, liveness=None, still_at_head=None)),
        replace(confirmed(), status=FindingStatus.RETRACTED),
    ],
)
def test_every_line_is_valid_against_the_published_schema(report: Report) -> None:
    (line,) = rendered(report)

    jsonschema.validate(line, SCHEMA)


def test_a_line_says_what_was_found_where_and_why() -> None:
    (line,) = rendered(confirmed())

    assert line["artifact"]["purl"] == "pkg:pypi/zz-ghost-one@1.0"
    assert line["artifact"]["url"] == URL
    assert line["artifact"]["blake2b_256"] == "ab" * 32
    assert line["artifact"]["sha256"] == "cd" * 32
    assert line["lock"]["line_start"] == 5
    assert line["verdict"]["level"] == "confirmed"
    assert line["verdict"]["tier"] == "A"
    assert line["repo"]["full_name"] == "acme/task"
    assert line["ghost"]["advisories"] == [
        {"feed": "osv-mal", "id": "MAL-2026-1", "found_by": "acme-labs", "reference": None}
    ]


def test_no_finding_is_an_empty_document() -> None:
    assert rendered() == []


def test_foreign_text_stays_ascii() -> None:
    report = confirmed()
    evidence = replace(EVIDENCE, excerpt="\N{RIGHT-TO-LEFT OVERRIDE}\x1b[31m\udc80")

    (document,) = JsonLines().render([replace(report, evidence=evidence)])

    assert document.text.isascii()
    assert "\x1b" not in document.text
