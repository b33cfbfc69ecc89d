"""Names that a person may have meant: one letter or separator away, in the same ecosystem."""

from __future__ import annotations

import pytest

from crawler.classifying import Slips
from crawler.model import Ecosystem, ProjectKey

KNOWN = [
    ProjectKey(ecosystem=Ecosystem.PYPI, name=name)
    for name in ("requests", "python-dateutil", "jinja2", "six")
]


def meant(name: str, ecosystem: Ecosystem = Ecosystem.PYPI) -> str | None:
    return Slips.around(KNOWN).of(ProjectKey(ecosystem=ecosystem, name=name))


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("request", "requests"),
        ("requestss", "requests"),
        ("reqeusts", "requests"),
        ("requezts", "requests"),
        ("pythondateutil", "python-dateutil"),
        ("python-dateutils", "python-dateutil"),
        ("jinja", "jinja2"),
    ],
)
def test_a_slip_of_one_letter_or_separator_is_seen(typed: str, known: str) -> None:
    assert meant(typed) == known


@pytest.mark.parametrize("typed", ["requests", "requests-async", "zz-ghost", "siz", "rquest"])
def test_the_project_itself_and_names_further_away_are_not_mistyped(typed: str) -> None:
    assert meant(typed) is None


def test_another_ecosystem_has_names_of_its_own() -> None:
    assert meant("reqeusts", Ecosystem.NPM) is None
