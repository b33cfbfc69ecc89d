"""When a repository is visited again: often where things change, seldom where they do not.

After the visit scheduler of Software Heritage (swh-scheduler, journal client and cooldowns): an eventful
visit takes two steps back on a scale of intervals, an uneventful one takes a step forward; whatever is
missing or failing is left alone for weeks, and after three failures in a row until a crawl names it
again. All of it is pure: the same history gives the same time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from crawler.model import Outcome

__all__ = ["ABSOLUTE_COOLDOWN", "TRIES", "VisitHistory", "jitter_of", "next_due", "remember"]

ABSOLUTE_COOLDOWN = timedelta(hours=12)
"""No repository is visited twice within this time."""
SCHEDULED_COOLDOWN = timedelta(days=7)
"""For a visit that was handed out and of which nothing was heard."""
FAILED_COOLDOWN = timedelta(days=14)
NOT_FOUND_COOLDOWN = timedelta(days=31)
MOST_FAILURES = 3
TRIES = 3
"""Of one visit, minutes apart, before it counts as a failure: a host that hiccups is no dead one."""
_FIRST_STEP = 4
_LAST_STEP = 10
_EVENTFUL, _UNEVENTFUL = -2, 1
_JITTER = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitHistory:
    """What the visits of one repository amount to."""

    step: int = _FIRST_STEP
    """Place on the scale of intervals, 0 to 10."""
    failures: int = 0
    """In a row; GONE, PRIVATE and BLOCKED count too."""

    @property
    def disabled(self) -> bool:
        """Whether it failed so often in a row that it is not visited again by itself."""
        return self.failures >= MOST_FAILURES


def remember(outcome: Outcome, history: VisitHistory, *, eventful: bool = True) -> VisitHistory:
    """Return `history` with one more visit that ended as `outcome`.

    `eventful` says of one that read something whether a lock was there that had not been seen: a
    repository without locks may change daily and is uneventful all the same.
    """
    match outcome:
        case Outcome.VISITED if eventful:
            return VisitHistory(step=max(0, history.step + _EVENTFUL))
        case Outcome.VISITED | Outcome.UNCHANGED | Outcome.EMPTY:
            return VisitHistory(step=min(_LAST_STEP, history.step + _UNEVENTFUL))
        case Outcome.GONE | Outcome.PRIVATE | Outcome.BLOCKED | Outcome.FAILED:
            return replace(history, failures=history.failures + 1)
        case Outcome.DEFERRED:
            return history
        case _:
            assert_never(outcome)


def jitter_of(repository_id: int) -> float:
    """Return the place of a repository between -1 and 1, the same at each of its visits."""
    digest = hashlib.blake2b(str(repository_id).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / (2**64 - 1) * 2 - 1


def next_due(
    history: VisitHistory, outcome: Outcome | None, now: datetime, jitter: float = 0.0
) -> datetime | None:
    """Return when a repository is due again, or None where it is disabled.

    `outcome` is that of the last visit, None where nothing was heard of it; `history` already includes
    it (see `remember`); `jitter` is a number from -1 to 1 that moves the time by up to 10 % so that
    what was found together does not come back together. DEFERRED is due `now`: its own wait is kept
    by whoever deferred it.
    """
    if history.disabled:
        return None
    return now + _interval(outcome, history) * (1 + _JITTER * max(-1.0, min(1.0, jitter)))


def _interval(outcome: Outcome | None, history: VisitHistory) -> timedelta:
    match outcome:
        case None:
            return SCHEDULED_COOLDOWN
        case Outcome.VISITED | Outcome.UNCHANGED | Outcome.EMPTY:
            return max(ABSOLUTE_COOLDOWN, timedelta(days=_days(history.step)))
        case Outcome.FAILED:
            return FAILED_COOLDOWN
        case Outcome.GONE | Outcome.PRIVATE | Outcome.BLOCKED:
            return NOT_FOUND_COOLDOWN
        case Outcome.DEFERRED:
            return timedelta()
        case _:
            assert_never(outcome)


def _days(step: int) -> int:
    # 1, 1, 2, 2, 2, then 4^n: 4, 16, 64, 256, 1024, 4096
    if step <= 1:
        return 1
    return 2 if step <= _FIRST_STEP else 4 ** (min(step, _LAST_STEP) - _FIRST_STEP)
