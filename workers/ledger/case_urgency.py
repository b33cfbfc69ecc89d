"""How soon a person should look at a case, as one number that lists are ordered by; pure.

First what is served, then what is surer, then lures, then what is unclear and looks most like one, then what lies
in the younger repository. It is kept with the case whenever the case follows its findings, so that a page of a
long list is read by an index.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.fields import stated_instant
from crawler.model import CaseClass
from crawler.reporting.serving import Serving, serving_of

if TYPE_CHECKING:
    from crawler.model import Report
    from workers.ledger.case_facts import CaseFacts

__all__ = ["NOT_RECKONED", "urgency_of"]

NOT_RECKONED = -1
"""Of a case that an upgrade found."""
_DAYS = 100_000
"""More than there are from 1970 until the year 2243."""
_FULL_LEAN = 100
"""As far as leans are told apart: 100 is that of a lure, and below -100 nobody looks for one."""
_STEPS = 2 * _FULL_LEAN + 3
"""How like a lure a case may be: 0 is no question, the last is that of lures, each lean between has its own."""
_SERVING = {Serving.SERVED: 2, Serving.UNKNOWN: 1, Serving.ABSENT: 0}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def urgency_of(facts: CaseFacts, case_class: CaseClass | None, lean: int = 0) -> int:
    """Return the urgency of a case of this class, 0 where nothing holds; the most urgent has the highest.

    `lean` is that of its classification; it orders what is unclear.
    """
    reports = (*facts.holding, *facts.weakened)
    if not reports:
        return 0
    serving = max(map(_serving, reports))
    level = max(report.finding.match.confidence.rank for report in reports)
    first = (serving * 4 + level) * _STEPS + _likeness(case_class, lean)
    return first * _DAYS + max(map(_birthday, reports))


def _likeness(case_class: CaseClass | None, lean: int) -> int:
    """Return how much like a lure a case is: 0, or 1 and more for what is unclear, below that of a lure."""
    if case_class is CaseClass.UNCLEAR:
        return 1 + _FULL_LEAN + max(-_FULL_LEAN, min(lean, _FULL_LEAN))
    return _STEPS - 1 if case_class is CaseClass.LURE else 0


def _serving(report: Report) -> int:
    """Return what the last check told when it was made: how long ago that is changes no order."""
    check = None if report.evidence is None else report.evidence.liveness
    return _SERVING[Serving.UNKNOWN if check is None else serving_of(check, check.checked_at)]


def _birthday(report: Report) -> int:
    """Return the day since 1970 on which its host says that a repository was made; 0: it says nothing readable."""
    made = stated_instant(report.finding.repository.created_at)
    return 0 if made is None else min((made - _EPOCH).days, _DAYS - 1)
