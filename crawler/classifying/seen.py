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

__all__ = [
    "A_CLASS",
    "A_COLLECTION",
    "SEVERAL",
    "accused",
    "bait_of",
    "caught_soon",
    "claimed_upload",
    "dropped",
    "had_few_releases",
    "had_many_releases",
    "has_older_sibling",
    "is_asked",
    "is_lone_copy",
    "is_of_a_campaign",
    "is_young",
    "made_after_accusation",
    "made_at_upload",
    "made_before_upload",
    "made_long_before_upload",
    "may_be_copy",
    "mistyped",
    "never_innocent",
    "partly_vendored",
    "pins_bait",
    "pushed_once",
    "removed",
    "sets_task",
    "uploaded",
    "uploaded_by",
]

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_AT = timedelta(days=3)
_SOON = timedelta(days=4)
_NEAR = timedelta(days=30)
"""How long before an upload a repository may be made and still count as made for it."""
_LONG_BEFORE = timedelta(days=180)
A_COLLECTION = 5
"""Projects; as of the question `many-ghosts`."""
A_CLASS = 20
"""Copies, or repositories of one owner: of an exercise there are as many as students."""
SEVERAL = 3
"""Other repositories of an owner: more than one mistake, or one answer."""
_FEW_RELEASES = 5
"""Of a project that wants to look as if it lived."""


def uploaded(signs: Signs) -> datetime | None:
    """Return when the first of the pinned files came to the index, UTC."""
    return _first(pin.uploaded_at for pin in signs.pins)


def claimed_upload(signs: Signs) -> datetime | None:
    """Return when the first file came, by the index; else as the lock has it, which is its owner's claim."""
    claimed = _first(pin.claimed_upload_at for pin in signs.pins)
    return uploaded(signs) or (claimed and _first([claimed, accused(signs), removed(signs)]))


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
    return dropped(signs) | never_innocent(signs)


def is_of_a_campaign(signs: Signs) -> bool:
    """Say whether two to four such projects are pinned, and their files came a week or more apart.

    Names that came within days are one event, as where somebody takes the internal names of a firm.
    """
    bait = bait_of(signs)
    came = [pin.uploaded_at for pin in signs.pins if pin.project in bait and pin.uploaded_at]
    return 1 < len(bait) < A_COLLECTION and bool(came) and max(came) - min(came) >= _WEEK


def may_be_copy(signs: Signs) -> bool:
    """Say whether other owners have the very same lock, and may have had it first."""
    return bool(signs.same_lock) and signs.lock_was_elsewhere is not False


def is_lone_copy(signs: Signs) -> bool:
    """Say whether so few owners have it, and this one so few other such repositories, that it may be an answer."""
    return (
        may_be_copy(signs) and (signs.siblings or 0) < SEVERAL and (signs.same_lock or 0) < A_CLASS
    )


def pins_bait(signs: Signs) -> bool:
    """Say whether a pinned project is gone as a whole, or began with what is accused."""
    return bool(bait_of(signs))


def dropped(signs: Signs) -> frozenset[str]:
    """Return the pinned projects of which the index lists no release, and that had few harmless ones, if any."""
    return frozenset(pin.project for pin in signs.pins if _is_dropped(pin))


def never_innocent(signs: Signs) -> frozenset[str]:
    """Return the pinned projects of which it is known that they had no harmless release before."""
    return frozenset(pin.project for pin in signs.pins if _began_with_it(pin))


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


def caught_soon(signs: Signs) -> bool:
    """Say whether a feed named the first of the files within days of its upload."""
    upload, moment = uploaded(signs), accused(signs)
    return upload is not None and moment is not None and moment - upload < _SOON


def sets_task(signs: Signs) -> bool:
    """Say whether a README sets a task, and the repository was there before anybody could make an exercise of it."""
    return bool(signs.readme_is_task) and not made_after_accusation(signs)


def has_older_sibling(signs: Signs) -> bool:
    """Say whether the host made another repository of the owner that pins the same before the upload."""
    oldest, upload = signs.oldest_sibling_at, claimed_upload(signs)
    return oldest is not None and upload is not None and upload - oldest >= _NEAR


def partly_vendored(signs: Signs) -> bool:
    """Say whether there is a project that only copies of other projects pin, and one that is pinned else."""
    outside = {pin.project for pin in signs.pins if not pin.vendored}
    return bool(outside) and any(pin.project not in outside for pin in signs.pins)


def made_at_upload(signs: Signs) -> bool:
    """Say whether the host made the repository within three days of the upload, before or after."""
    age = _age_by_host(signs)
    return age is not None and -_AT < age < _AT


def is_young(signs: Signs) -> bool:
    """Say whether the host made the repository no earlier than a month before the upload."""
    age = _age_by_host(signs)
    return age is not None and age < _NEAR


def _age_by_host(signs: Signs) -> timedelta | None:
    """Return how old the repository was, by host and index alone, when the file was there for sure."""
    upload = uploaded_by(signs)
    return None if upload is None or signs.created_at is None else upload - signs.created_at


def made_after_accusation(signs: Signs) -> bool:
    """Say whether the host made the repository when a feed had named a pinned file."""
    moment = accused(signs)
    return signs.created_at is not None and moment is not None and signs.created_at > moment


def made_before_upload(signs: Signs) -> bool:
    """Say whether the host made the repository too early to be made for the upload."""
    return _NEAR <= _age_at_upload(signs) < _LONG_BEFORE


def made_long_before_upload(signs: Signs) -> bool:
    """Say whether the host made the repository half a year or more before the upload."""
    return _age_at_upload(signs) >= _LONG_BEFORE


def _age_at_upload(signs: Signs) -> timedelta:
    """Return how old the repository was; nothing where either time is not known."""
    upload = claimed_upload(signs)
    if signs.created_at is None or upload is None:
        return timedelta(0)
    return upload - signs.created_at


def pushed_once(signs: Signs) -> bool:
    """Say whether the host saw no push but those of the day on which it made the repository."""
    made, pushed = signs.created_at, signs.pushed_at
    return made is not None and pushed is not None and pushed - made <= _DAY


def is_asked(code: str, signs: Signs) -> bool:
    """Say whether the question with this code is open."""
    return code in signs.questions


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of those that anybody can mean: some feeds write the first of all days for none."""
    return min((one for one in moments if one is not None and one >= _EARLIEST), default=None)
