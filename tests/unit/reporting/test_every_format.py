"""What holds for every export format, whoever wrote the text in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.reporting.interface import Edition
from crawler.reporting.registry import FORMATS
from tests.unit.reporting.hostile import TRAPS, hostile
from tests.unit.reporting.letters import confirmed
from tests.values import NOW, REGISTRIES

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
