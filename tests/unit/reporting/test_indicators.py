"""The CSV of indicators, as a spreadsheet and a SIEM read it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.model import Confidence, FindingStatus, Report
from crawler.reporting.indicators import IndicatorTable
from crawler.reporting.interface import Edition
from tests.unit.reporting.letters import answered, confirmed, found, matched
from tests.values import NOW, REPOSITORY, SHA, URL

EDITION = Edition(at=NOW + timedelta(hours=1), tlp="TLP:GREEN")


def rows(*reports: Report) -> list[dict[str, str]]:
    (document,) = IndicatorTable(EDITION).render(reports)
    return list(csv.DictReader(io.StringIO(document.text)))


def test_a_confirmed_finding_tells_its_file_its_release_and_its_repository() -> None:
    assert [(row["type"], row["indicator"]) for row in rows(confirmed())] == [
        ("filename", "zz_ghost_one-1.0-py3-none-any.whl"),
        ("purl", "pkg:pypi/zz-ghost-one@1.0"),
        ("repository", "git.example/acme/task"),
        ("sha256", SHA),
        ("url", URL),
    ]


def test_each_row_says_how_sure_it_is_and_who_may_see_it() -> None:
    (row, *_) = rows(confirmed())

    assert row["confidence"] == "confirmed"
    assert row["tlp"] == "TLP:GREEN"
    assert row["first_seen"] == "2026-11-22T12:00:00Z"
    assert row["finding"] == confirmed().finding.key


def test_a_repository_that_no_letter_may_accuse_is_no_indicator() -> None:
    kinds = {row["type"] for row in rows(answered(404))}

    assert "repository" not in kinds
    assert "sha256" in kinds


@pytest.mark.parametrize(
    "report",
    [
        matched(confirmed(), confidence=Confidence.LIKELY),
        replace(confirmed(), status=FindingStatus.RETRACTED),
        matched(confirmed(), verdict=None),
    ],
)
def test_what_is_not_confirmed_open_and_malicious_tells_nothing(report: Report) -> None:
    assert rows(report) == []


def test_the_same_file_in_two_repositories_is_told_once() -> None:
    other = found(confirmed(), key="f" * 64, repository=replace(REPOSITORY, path="acme/copy"))
    indicators = [row["indicator"] for row in rows(confirmed(), other)]

    assert indicators.count(SHA) == 1
    assert "git.example/acme/copy" in indicators


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n="])
def test_no_cell_is_a_formula(start: str) -> None:
    name = f'{start}HYPERLINK("x")'
    report = found(confirmed(), repository=replace(REPOSITORY, path=name, host=""))
    pin = replace(report.finding.match.pin, filename=name, url=name)

    for row in rows(matched(report, pin=pin)):
        assert all(
            not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row.values()
        )
