"""The report to the package index: about files, never about people."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.model import Confidence, Ecosystem, FindingStatus, Liveness, ProjectKey, Report
from crawler.reporting.index_report import IndexReports
from crawler.reporting.interface import DocumentKind, Edition, ExportFile
from tests.unit.reporting.letters import EVIDENCE, answered, confirmed, found, matched
from tests.values import NOW, REGISTRIES, REPOSITORY, SHA, verdict

EDITION = Edition(
    at=NOW + timedelta(hours=1), contact="desk@operator.example", registries=REGISTRIES
)


def documents(*reports: Report) -> list[ExportFile]:
    return list(IndexReports(EDITION).render(reports))


def text(*reports: Report) -> str:
    (document,) = documents(*reports)
    return document.text


def form_link(report: str) -> str:
    return next(line[1:-1] for line in report.splitlines() if "submit-malware-report" in line)


def test_it_asks_for_the_deletion_of_the_files_and_says_what_they_are() -> None:
    said = text(confirmed())

    assert "**Please delete this file of the project `zz-ghost-one`.**" in said
    assert " A lock file in one public repository pins it, and an installer" in said
    assert "Please delete this file." in parse_qs(urlsplit(form_link(said)).query)["summary"][0]
    assert "`zz_ghost_one-1.0-py3-none-any.whl`" in said
    assert f"sha256: `{SHA}`" in said
    assert "it still serves the file, which was not fetched" in said
    assert said.endswith("Contact: desk@operator.example.\n")  # it has no case to name


def test_it_names_no_repository_and_no_owner() -> None:
    (document,) = documents(confirmed())

    assert "acme" not in document.text
    assert document.repository is None
    assert document.kind is DocumentKind.INDEX_REPORT
    assert document.name == "index-pypi-zz-ghost-one.md"


def test_the_form_of_the_index_is_filled_in() -> None:
    link = urlsplit(form_link(text(confirmed())))
    fields = parse_qs(link.query)

    assert link.netloc == "index.example"
    assert link.path == "/project/zz-ghost-one/submit-malware-report/"
    assert fields["inspector_link"] == [EVIDENCE.viewer_url]
    assert 10 <= len(fields["summary"][0]) <= 2000


def test_the_observation_is_what_the_api_takes() -> None:
    block = [line for line in text(confirmed()).splitlines() if line.startswith("    ")]
    sent = json.loads("\n".join(block))

    assert sent["kind"] == "is_malware"
    assert sent["inspector_url"] == EVIDENCE.viewer_url
    assert set(sent) == {"kind", "inspector_url", "summary"}


def test_the_pins_of_many_repositories_are_one_report() -> None:
    other = found(confirmed(), key="f" * 64, repository=replace(REPOSITORY, path="acme/copy"))

    assert "Please delete this file of the project" in text(confirmed(), other)
    assert "Lock files in 2 public repositories pin it," in text(confirmed(), other)


@pytest.mark.parametrize(
    "report",
    [
        answered(404),
        answered(403),
        answered(None, "not asked"),
        replace(confirmed(), evidence=None),
        replace(confirmed(), status=FindingStatus.RETRACTED),
        matched(confirmed(), confidence=Confidence.LIKELY),
        matched(confirmed(), verdict=None),
    ],
)
def test_only_confirmed_files_that_are_served_are_reported(report: Report) -> None:
    assert documents(report) == []


def test_the_index_is_not_asked_to_delete_what_only_a_mirror_was_seen_to_serve() -> None:
    at_mirror = Liveness(
        method="HEAD",
        url="https://mirror.example/packages/zz.whl",
        status=200,
        content_length=9,
        checked_at=NOW,
    )

    assert documents(replace(confirmed(), evidence=replace(EVIDENCE, liveness=at_mirror))) == []


def test_without_a_viewer_there_is_no_form_to_fill_in() -> None:
    said = text(replace(confirmed(), evidence=replace(EVIDENCE, viewer_url=None)))

    assert "submit-malware-report" not in said
    assert "has a link to report malware" in said


def test_a_report_to_npm_goes_by_its_page_or_form_and_never_by_mail() -> None:
    project = ProjectKey(ecosystem=Ecosystem.NPM, name="zz-ghost-one")
    judged = replace(verdict(), subject=replace(verdict().subject, project=project))
    said = text(matched(confirmed(), verdict=judged))

    assert "**Where.** 'Report malware' on the page of the package" in said
    assert "mail does not arrive there" in said


def test_names_that_look_the_same_as_file_names_stay_apart() -> None:
    def of_npm(name: str) -> Report:
        project = ProjectKey(ecosystem=Ecosystem.NPM, name=name)
        subject = replace(verdict().subject, project=project)
        return matched(confirmed(), verdict=replace(verdict(), subject=subject))

    names = {one.name for one in documents(of_npm("@zz/a"), of_npm("@zz_a"))}

    assert len(names) == 2


def test_hostile_names_break_neither_the_page_nor_the_form() -> None:
    name = "x`</a><script>alert(1)</script>\n::set-output\u202e.whl"
    pin = replace(confirmed().finding.match.pin, filename=name)
    said = text(matched(confirmed(), pin=pin))
    summary = parse_qs(urlsplit(form_link(said)).query)["summary"][0]

    assert "\u202e" not in said
    assert "\n::" not in said
    assert not set("<>") & set(summary)
