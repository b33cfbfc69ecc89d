"""What is found in a private repository is told to its operator and to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler import pipeline
from crawler.model import CaseClass, Report
from crawler.reporting import FORMATS, Edition
from tests.unit.reporting.letters import answered, classified, found
from tests.values import NOW, REGISTRIES, REPOSITORY

EDITION = Edition(at=NOW, contact="abuse@git.example", registries=REGISTRIES)
PUBLIC = answered(200)
PRIVATE = found(
    PUBLIC, repository=replace(REPOSITORY, path="acme/secret", native_id="77", private=True)
)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "jsonl"])
def test_a_document_for_others_is_the_same_with_and_without_it(name: str) -> None:
    public, private = told_by(name, PUBLIC), told_by(name, PRIVATE)
    both = list(pipeline.render([public, private], [name], EDITION))

    assert both
    assert both == list(pipeline.render([public], [name], EDITION))


def told_by(name: str, report: Report) -> Report:
    """Return a finding that the format tells of: a notice goes to victims, a mail to desks that take it."""
    if name == "notice":
        return replace(report, classification=classified(CaseClass.VICTIM))
    if name == "eml":
        return found(report, repository=replace(report.finding.repository, host="gitlab.com"))
    return report


def test_the_findings_say_of_each_whether_its_repository_is_private() -> None:
    (document,) = pipeline.render([PUBLIC, PRIVATE], ["jsonl"], EDITION)

    first, second = document.text.splitlines()
    assert '"private": false' in first
    assert '"private": true' in second
