"""What the signs of a repository show, as plain questions: the predicates of the rules.

A repository is compared with the first of its accused files: whoever made it around one of them made it
around all of them. What is not known is never true.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.classifying.signs import AccusedPin, Signs
    from crawler.model import PinHistory

__all__ = [
    "accused",
    "bait_of",
    "believed",
    "brought_by_bot",
    "had_few_releases",
    "had_many_releases",
    "has_many_commits",
    "history_is_copied",
    "history_is_older",
    "is_asked",
    "is_dropped",
    "lock_was_there",
    "made_after_accusation",
    "made_after_removal",
    "made_before_upload",
    "made_long_before_upload",
    "made_shortly_before",
    "made_with_upload",
    "never_innocent",
    "partly_vendored",
    "pin_came_later",
    "pins_bait",
    "pushed_once",
    "removed",
    "uploaded",
    "uploaded_by",
]

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_WITH = timedelta(days=3)
_NEAR = timedelta(days=30)
"""How long before an upload a repository may be made and still count as made for it."""
_LONG_BEFORE = timedelta(days=180)
_OLD_HISTORY = timedelta(days=60)
_CAME_LATER = timedelta(days=14)
_MANY_COMMITS = 50
_FEW_RELEASES = 5
"""Of a project that wants to look as if it lived."""


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
    """Return the pinned projects that are gone as a whole, or that began with what is accused.

    Some harmless releases are no proof of innocence: they are put before the bad one, so that it looks
    like the next of a living project.
    """
    return frozenset(pin.project for pin in signs.pins if _is_dropped(pin) or _began_with_it(pin))


def pins_bait(signs: Signs) -> bool:
    """Say whether a pinned project is gone as a whole, or began with what is accused."""
    return bool(bait_of(signs))


def is_dropped(signs: Signs) -> bool:
    """Say whether the index lists no release of a pinned project that had few harmless ones, if any."""
    return any(map(_is_dropped, signs.pins))


def never_innocent(signs: Signs) -> bool:
    """Say whether it is known of a pinned project that it had no harmless release before."""
    return any(map(_began_with_it, signs.pins))


def _is_dropped(pin: AccusedPin) -> bool:
    return (
        pin.project_lives is False
        and not pin.most_used
        and (pin.older_releases or 0) <= _FEW_RELEASES
    )


def _began_with_it(pin: AccusedPin) -> bool:
    return pin.older_releases == 0 and not pin.project_lives and not pin.most_used


def mistyped(signs: Signs) -> frozenset[str]:
    """Return the projects that somebody may have meant whose slip of a letter brought a pin."""
    return frozenset(pin.meant for pin in signs.pins if pin.meant is not None)


def had_many_releases(signs: Signs) -> bool:
    """Say whether a pinned project was there for long before it was accused."""
    return _older_releases(signs) > _FEW_RELEASES


def had_few_releases(signs: Signs) -> bool:
    """Say whether a pinned project had a harmless release before, and none of them had many."""
    return 0 < _older_releases(signs) <= _FEW_RELEASES


def _older_releases(signs: Signs) -> int:
    return max(pin.older_releases or 0 for pin in signs.pins)


def partly_vendored(signs: Signs) -> bool:
    """Say whether there is a project that only copies of other projects pin, and one that is pinned else."""
    outside = {pin.project for pin in signs.pins if not pin.vendored}
    return bool(outside) and any(pin.project not in outside for pin in signs.pins)


def made_with_upload(signs: Signs) -> bool:
    """Say whether the host made the repository after the upload, or within days before it."""
    upload = uploaded_by(signs)
    return upload is not None and _made_after(signs, upload - _WITH)


def made_shortly_before(signs: Signs) -> bool:
    """Say whether the host made the repository within a month before the upload."""
    upload = uploaded_by(signs)
    near = upload is not None and _made_after(signs, upload - _NEAR)
    return near and not made_with_upload(signs)


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
    return made is not None and pushed is not None and pushed - made <= _DAY


def history_is_older(signs: Signs) -> bool:
    """Say whether the commits claim to begin long before the upload, and the pin to be among them."""
    return _claims_age(signs) and not _pin_came_with_the_repository(signs)


def history_is_copied(signs: Signs) -> bool:
    """Say whether old commits lie below a pin that came when, or after, a young repository was made.

    So it is where somebody puts a pin on top of a known project; and where an own project moves.
    """
    return _claims_age(signs) and _pin_came_with_the_repository(signs)


def _claims_age(signs: Signs) -> bool:
    upload, history = uploaded(signs), believed(signs)
    first = None if history is None else history.first_at
    return upload is not None and first is not None and first < upload - _OLD_HISTORY


def _pin_came_with_the_repository(signs: Signs) -> bool:
    entered = None if signs.history is None else signs.history.entered_at
    young = made_with_upload(signs) or made_shortly_before(signs)
    if entered is None or signs.created_at is None or not young:
        return False
    return entered >= signs.created_at - _DAY


def pin_came_later(signs: Signs) -> bool:
    """Say whether the pin came into a project that was there, by its commits and by its host."""
    history = believed(signs)
    if history is None or history.first_at is None or history.entered_at is None:
        return False
    begun = max(history.first_at, signs.created_at or history.first_at)
    return history.entered_at - begun >= _CAME_LATER


def believed(signs: Signs) -> PinHistory | None:
    """Return the history, unless it dates the pin before the file was there: then no date of it counts."""
    upload, history = uploaded(signs), signs.history
    entered = None if history is None else history.entered_at
    forged = upload is not None and entered is not None and entered < upload - _DAY
    return None if forged else history


def is_asked(code: str, signs: Signs) -> bool:
    """Say whether the question with this code is open."""
    return code in signs.questions


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of those that anybody can mean: some feeds write the first of all days for none."""
    return min((one for one in moments if one is not None and one >= _EARLIEST), default=None)


def lock_was_there(signs: Signs) -> bool:
    """Say whether the commits claim that the lock is older than the pin."""
    history = believed(signs)
    return history is not None and history.entered_with_lock is False


def brought_by_bot(signs: Signs) -> bool:
    """Say whether the commit that brought the pin claims to be one of a bot that updates dependencies."""
    history = believed(signs)
    return history is not None and history.by_bot is True


def has_many_commits(signs: Signs) -> bool:
    """Say whether there are more commits than somebody makes for one repository of many."""
    history = believed(signs)
    return history is not None and history.commits >= _MANY_COMMITS
