"""Who would be written to, against what can be said of each repository of the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model import CaseClass, Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.model import Report
    from workers.demo.model import Expectation

__all__ = ["ClassScore", "class_score"]

_Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """How well the repositories with confirmed findings were classified."""

    lures: int
    """Called so, rightly: they may get a letter."""
    victims: int
    """Called so, rightly: their owners may get a notice."""
    differs: tuple[str, ...]
    """Repositories of another class than the world knows, as sentences."""


def class_score(reports: Iterable[Report], truth: Sequence[Expectation]) -> ClassScore:
    """Compare the classes of the repositories of confirmed findings with the truth of the world."""
    wanted: dict[_Place, CaseClass] = {
        (one.host, one.repository): one.case_class for one in truth if one.case_class is not None
    }
    said: dict[_Place, CaseClass | None] = {}
    for report in reports:
        if report.finding.match.confidence is Confidence.CONFIRMED:
            where = report.finding.repository
            found = report.classification
            said[where.host, where.path] = None if found is None else found.case_class
    right = [said[place] for place in said if said[place] is wanted.get(place)]
    return ClassScore(
        lures=right.count(CaseClass.LURE),
        victims=right.count(CaseClass.VICTIM),
        differs=tuple(
            f"{'/'.join(place)}: expected class {_word(wanted.get(place))}, got {_word(said.get(place))}"
            for place in sorted(said.keys() | wanted.keys())
            if said.get(place) is not wanted.get(place)
        ),
    )


def _word(case_class: CaseClass | None) -> str:
    return "none" if case_class is None else case_class.value
