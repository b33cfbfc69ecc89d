"""Which of its reasons keeps a finding from being surer than it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.matching.codes import Code

if TYPE_CHECKING:
    from crawler.model import Match, Reason

__all__ = ["limiting_reason"]

_CEILINGS = {code.code: code.ceiling for code in Code}


def limiting_reason(match: Match) -> Reason:
    """Return the reason with the lowest ceiling, the first of several.

    A code that another version has written may be what lowered the match, where nothing else did.
    """

    def ceiling(reason: Reason) -> tuple[int, bool]:
        known = _CEILINGS.get(reason.code)
        return (known or match.confidence).rank, known is None

    return min(match.reasons, key=ceiling)
