from __future__ import annotations

from crawler.model import Confidence


def test_confidence_rises_from_census_to_confirmed() -> None:
    ranks = {level: level.rank for level in Confidence}

    assert ranks == {
        Confidence.CENSUS: 0,
        Confidence.POSSIBLE: 1,
        Confidence.LIKELY: 2,
        Confidence.CONFIRMED: 3,
    }
