"""What is found in a private repository is told to its operator and to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler import pipeline
from crawler.reporting import FORMATS, Edition
from tests.unit.reporting.test_letter import answered, found
from tests.values import NOW, REGISTRIES, REPOSITORY

EDITION = Edition(at=NOW, contact="abuse@git.example", registries=REGISTRIES)
PUBLIC = answered(200)
PRIVATE = found(
    PUBLIC, repository=replace(REPOSITORY, path="acme/secret", native_id="77", private=True)
)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "jsonl"])
def test_a_document_for_others_is_the_same_with_and_without_it(name: str) -> None:
    both = list(pipeline.render([PUBLIC, PRIVATE], [name], EDITION))

    assert both
    assert both == list(pipeline.render([PUBLIC], [name], EDITION))


def test_the_findings_say_of_each_whether_its_repository_is_private() -> None:
    (document,) = pipeline.render([PUBLIC, PRIVATE], ["jsonl"], EDITION)

    first, second = document.text.splitlines()
    assert '"private": false' in first
    assert '"private": true' in second
