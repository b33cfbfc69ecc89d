"""What the signs of a repository show, as plain questions: the predicates of the rules.

A repository is compared with the first of its accused files: whoever made it around one of them made it
around all of them. What is not known is never true.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.classifying.signs import AccusedPin, Signs

__all__ = [
    "accused",
    "bait_of",
    "history_is_older",
    "is_asked",
    "made_after_accusation",
    "made_after_removal",
    "made_before_upload",
    "made_long_before_upload",
    "made_near_upload",
    "never_innocent",
    "older_releases",
    "pin_came_later",
    "pins_bait",
    "pushed_once",
    "removed",
    "uploaded",
    "uploaded_by",
]

_NEAR = timedelta(days=30)
"""How long before an upload a repository may be made and still count as made for it."""
_LONG_BEFORE = timedelta(days=180)
_OLD_HISTORY = timedelta(days=60)
_CAME_LATER = timedelta(days=14)
_ONE_PUSH = timedelta(days=1)


def uploaded(signs: Signs) -> datetime | None:
    """Return when the first of the pinned files came to the index, UTC."""
    return _first(pin.uploaded_at for pin in signs.pins)


def uploaded_by(signs: Signs) -> datetime | None:
    """Return a time by which the first file was there: that of its upload, or when somebody named it."""
    return uploaded(signs) or _first([accused(signs), removed(signs)])


def accused(signs: Signs) -> datetime | None:
    """Return when a feed named the first of the pinned files, UTC."""
    return _first(pin.accused_at for pin in signs.pins)


def removed(signs: Signs) -> datetime | None:
    """Return when the index took the first of the pinned files off, UTC."""
    return _first(pin.removed_at for pin in signs.pins)


def bait_of(signs: Signs) -> frozenset[str]:
    """Return the pinned projects that the index dropped as a whole, with no harmless release known."""
    return frozenset(pin.project for pin in signs.pins if _is_bait(pin))


def pins_bait(signs: Signs) -> bool:
    """Say whether a pinned project is gone as a whole, as far as is known for nothing but malice."""
    return bool(bait_of(signs))


def never_innocent(signs: Signs) -> bool:
    """Say whether it is known of a pinned project that it had no harmless release before."""
    return any(pin.older_releases == 0 for pin in signs.pins if _is_bait(pin))


def _is_bait(pin: AccusedPin) -> bool:
    return pin.project_lives is False and not pin.older_releases and not pin.most_used


def older_releases(signs: Signs) -> int:
    """Return how many harmless older releases the best of the pinned projects is known to have had."""
    return max(pin.older_releases or 0 for pin in signs.pins)


def made_near_upload(signs: Signs) -> bool:
    """Say whether the host made the repository after the upload, or not long before it."""
    upload = uploaded_by(signs)
    return upload is not None and _made_after(signs, upload - _NEAR)


def made_after_accusation(signs: Signs) -> bool:
    """Say whether the host made the repository when a feed had named a pinned file."""
    return _made_after(signs, accused(signs))


def made_after_removal(signs: Signs) -> bool:
    """Say whether the host made the repository when the index listed a pinned file no longer."""
    return _made_after(signs, removed(signs))


def _made_after(signs: Signs, moment: datetime | None) -> bool:
    return signs.created_at is not None and moment is not None and signs.created_at > moment


def made_before_upload(signs: Signs) -> bool:
    """Say whether the host made the repository too early to be made for the upload."""
    return _NEAR <= _age_at_upload(signs) < _LONG_BEFORE


def made_long_before_upload(signs: Signs) -> bool:
    """Say whether the host made the repository half a year or more before the upload."""
    return _age_at_upload(signs) >= _LONG_BEFORE


def _age_at_upload(signs: Signs) -> timedelta:
    """Return how old the repository was; nothing where either time is not known."""
    upload = uploaded(signs)
    if signs.created_at is None or upload is None:
        return timedelta(0)
    return upload - signs.created_at


def pushed_once(signs: Signs) -> bool:
    """Say whether the host saw no push but those of the day on which it made the repository."""
    made, pushed = signs.created_at, signs.pushed_at
    return made is not None and pushed is not None and pushed - made <= _ONE_PUSH


def history_is_older(signs: Signs) -> bool:
    """Say whether the commits claim to begin long before the upload."""
    upload = uploaded(signs)
    first = None if signs.history is None else signs.history.first_at
    return upload is not None and first is not None and first < upload - _OLD_HISTORY


def pin_came_later(signs: Signs) -> bool:
    """Say whether the commits claim that the pin came into a project that was there."""
    history = signs.history
    if history is None or history.first_at is None or history.entered_at is None:
        return False
    return history.entered_at - history.first_at >= _CAME_LATER


def is_asked(code: str, signs: Signs) -> bool:
    """Say whether the question with this code is open."""
    return code in signs.questions


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)
