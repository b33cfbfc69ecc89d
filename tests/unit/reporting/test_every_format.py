"""What holds for every export format, whoever wrote the text in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.model import CaseClass
from crawler.reporting.interface import Edition
from crawler.reporting.registry import FORMATS
from tests.unit.reporting.hostile import TRAPS, hostile
from tests.unit.reporting.letters import classified, confirmed, found
from tests.values import NOW, REGISTRIES, REPOSITORY

EDITION = Edition(
    at=NOW + timedelta(hours=1), contact="desk@operator.example", registries=REGISTRIES
)


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_writes_hostile_text_as_utf8_and_the_same_again(name: str, trap: str) -> None:
    first = list(FORMATS[name].renderer(EDITION).render([hostile(trap)]))
    again = list(FORMATS[name].renderer(EDITION).render([hostile(trap)]))

    assert first == again
    for one in first:
        assert one.text.encode().endswith(b"\n")
        assert one.name.isascii()
        assert len(one.name) <= 255


@pytest.mark.parametrize("name", FORMATS)
def test_a_document_does_not_depend_on_when_it_is_written(name: str) -> None:
    victim = replace(
        found(confirmed(), repository=replace(REPOSITORY, path="acme/other"), key="e" * 64),
        classification=classified(CaseClass.VICTIM),
    )
    later = replace(EDITION, at=EDITION.at + timedelta(hours=2))

    assert list(FORMATS[name].renderer(later).render([confirmed(), victim])) == list(
        FORMATS[name].renderer(EDITION).render([confirmed(), victim])
    )


@pytest.mark.parametrize("name", FORMATS)
def test_no_two_formats_call_a_file_the_same_kind_or_name(name: str) -> None:
    others = [one for other, one in FORMATS.items() if other != name]
    names = {one.name for one in FORMATS[name].renderer(EDITION).render([confirmed()])}

    assert not any(FORMATS[name].kinds & one.kinds for one in others)
    for other in others:
        assert names.isdisjoint(one.name for one in other.renderer(EDITION).render([confirmed()]))


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_writes_an_empty_accusation(name: str) -> None:
    assert not any(
        one.findings or one.repository for one in FORMATS[name].renderer(EDITION).render([])
    )
