"""What was found against what is true: precision and recall of `confirmed`, and every other difference."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crawler.model import Report
    from workers.demo.model import Expectation

__all__ = ["Score", "score", "to_confirm"]

_Place = tuple[str, str, str]
_Said = tuple[Confidence | None, bool]
"""How sure, and whether a person is asked before anybody is told."""
_NOTHING: _Said = (None, False)
_TOLD: _Said = (Confidence.CONFIRMED, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well a run did."""

    right: int
    """Places confirmed that are ghosts, and that nobody has to be asked about."""
    wrong: tuple[str, ...]
    """Places confirmed that are none, and places judged more strongly than they may be."""
    missed: tuple[str, ...]
    """Ghosts not confirmed, and places judged more weakly than they should be.

    Of a confirmed place about which a person is asked, nobody is told: that is weaker than confirmed.
    """
    false_confirmed: int
    missed_confirmed: int

    @property
    def precision(self) -> float:
        """Share of confirmed places that are ghosts; 1.0 where nothing was confirmed."""
        confirmed = self.right + self.false_confirmed
        return self.right / confirmed if confirmed else 1.0

    @property
    def recall(self) -> float:
        """Share of ghosts that were confirmed; 1.0 where there are none."""
        ghosts = self.right + self.missed_confirmed
        return self.right / ghosts if ghosts else 1.0

    @property
    def perfect(self) -> bool:
        """Whether nothing differs from the truth."""
        return not self.wrong and not self.missed


def to_confirm(truth: Iterable[Expectation]) -> int:
    """Return how many places hold something to confirm: the others are innocent, weaker, or asked about."""
    return sum((one.confidence, one.asked) == _TOLD for one in truth)


def score(reports: Iterable[Report], truth: Sequence[Expectation]) -> Score:
    """Compare the findings of a run with the truth of the world, place by place."""
    found = _strongest(reports)
    right = false_confirmed = missed_confirmed = 0
    wrong: list[str] = []
    missed: list[str] = []
    known: set[_Place] = set()
    for expected in truth:
        place = (expected.host, expected.repository, expected.path)
        known.add(place)
        got = found.get(place, _NOTHING)
        wanted = (expected.confidence, expected.asked)
        sentence = f"{'/'.join(place)}: expected {_word(wanted)}, got {_word(got)} ({expected.why})"
        if _rank(got) > _rank(wanted):
            wrong.append(sentence)
        elif _rank(got) < _rank(wanted):
            missed.append(sentence)
        is_ghost = wanted == _TOLD
        is_confirmed = got == _TOLD
        right += is_ghost and is_confirmed
        false_confirmed += is_confirmed and not is_ghost
        missed_confirmed += is_ghost and not is_confirmed
    for place, got in found.items():
        if place not in known:
            wrong.append(f"{'/'.join(place)}: got {_word(got)}, of which the world knows nothing")
            false_confirmed += got == _TOLD
    return Score(
        right=right,
        wrong=tuple(wrong),
        missed=tuple(missed),
        false_confirmed=false_confirmed,
        missed_confirmed=missed_confirmed,
    )


def _strongest(reports: Iterable[Report]) -> Mapping[_Place, _Said]:
    by_place: dict[_Place, list[_Said]] = defaultdict(list)
    for report in reports:
        finding = report.finding
        place = (finding.repository.host, finding.repository.path, finding.sighting.path)
        asked = bool(finding.questions) and finding.match.confidence is Confidence.CONFIRMED
        by_place[place].append((finding.match.confidence, asked))
    return {place: max(all_of, key=_rank) for place, all_of in by_place.items()}


def _rank(said: _Said) -> tuple[int, bool]:
    """What is asked about first is weaker than the same without a question."""
    confidence, asked = said
    return (-1 if confidence is None else confidence.rank), not asked


def _word(said: _Said) -> str:
    confidence, asked = said
    if confidence is None:
        return "nothing"
    return f"{confidence.value}, with a question" if asked else confidence.value
