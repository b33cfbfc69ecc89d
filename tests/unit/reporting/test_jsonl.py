"""JSON Lines: checked against the schema that ships with it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import pytest

import crawler.reporting
from crawler.model import FindingStatus, Reason, Report, Source
from crawler.reporting.jsonl import JsonLines
from tests.unit.reporting.letters import EVIDENCE, confirmed
from tests.values import NOW, URL, verdict

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
        *(
            replace(
                confirmed(), status=status, status_reason=Reason(code="c", text="t"), status_at=NOW
            )
            for status in FindingStatus
        ),
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


@pytest.mark.parametrize(
    ("name", "purl"), [("zz/", "pkg:pypi/zz@1.0"), ("/", None), ("@zz/", "pkg:pypi/%40zz@1.0")]
)
def test_a_name_that_is_half_of_one_breaks_no_line(name: str, purl: str | None) -> None:
    report = confirmed()
    match = report.finding.match
    odd = replace(match, verdict=None, pin=replace(match.pin, name=name))

    (line,) = rendered(replace(report, finding=replace(report.finding, match=odd)))

    assert line["artifact"]["purl"] == purl


def test_a_line_says_what_was_taken_back_and_why() -> None:
    reason = Reason(code="withdrawn", text="The record was withdrawn.")
    at = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

    (new,) = rendered(confirmed())
    (gone,) = rendered(
        replace(confirmed(), status=FindingStatus.RETRACTED, status_reason=reason, status_at=at)
    )

    assert new["triage"] == {"state": "new", "reason": None, "at": None, "questions": []}
    assert gone["triage"] == {
        "state": "retracted",
        "reason": {"code": "withdrawn", "text": "The record was withdrawn."},
        "at": "2026-11-22T09:30:00Z",
        "questions": [],
    }


def test_no_line_tells_where_a_feed_lies_on_this_machine() -> None:
    report = confirmed()
    source = Source(
        feed="file:/srv/feeds/own.jsonl",
        record_id="/srv/feeds/own.jsonl",
        root_source="file:/srv/feeds/own.jsonl",
        reference="file:///srv/feeds/own.jsonl",
    )
    judged = replace(verdict(), sources=(source,))
    matched = replace(report.finding.match, verdict=judged)

    (document,) = JsonLines().render(
        [replace(report, finding=replace(report.finding, match=matched))]
    )

    (line,) = [json.loads(text) for text in document.text.splitlines()]
    assert "/srv" not in document.text
    assert line["ghost"]["advisories"] == [
        {
            "feed": "file:own.jsonl",
            "id": "own.jsonl",
            "found_by": "file:own.jsonl",
            "reference": None,
        }
    ]


def test_what_an_earlier_version_made_up_as_a_link_is_none() -> None:
    made_up = replace(EVIDENCE, permalink="https://git.example/acme/task.git 1111 uv.lock:5-5")

    (line,) = rendered(replace(confirmed(), evidence=made_up))

    assert line["lock"]["permalink"] is None


def test_times_are_in_utc_whatever_the_zone_of_the_value() -> None:
    far = replace(confirmed(), first_seen=NOW.astimezone(timezone(timedelta(hours=5))))

    (document,) = JsonLines().render([far])

    assert '"first_seen": "2026-11-22T12:00:00Z"' in document.text


def test_no_finding_is_an_empty_document() -> None:
    assert rendered() == []


def test_foreign_text_stays_ascii() -> None:
    report = confirmed()
    evidence = replace(EVIDENCE, excerpt="\N{RIGHT-TO-LEFT OVERRIDE}\x1b[31m\udc80")

    (document,) = JsonLines().render([replace(report, evidence=evidence)])

    assert document.text.isascii()
    assert "\x1b" not in document.text
