"""What the commits of a repository claim, as plain questions: what was there before the pin, and who brought it.

All of it is the owner's claim, so it may keep a letter back and never brings one about. The commits below the
pin of a fork are those of its upstream, and say nothing of its owner.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.classifying import seen

if TYPE_CHECKING:
    from crawler.classifying.signs import Signs
    from crawler.model import PinHistory

__all__ = [
    "brought_by_bot",
    "brought_later",
    "has_many_commits",
    "history_is_copied",
    "history_is_older",
    "lock_was_there",
    "pin_came_later",
    "pin_is_older_than_repository",
]

_DAY = timedelta(days=1)
_OLD_HISTORY = timedelta(days=60)
_CAME_LATER = timedelta(days=14)
_MANY_COMMITS = 50


def history_is_older(signs: Signs) -> bool:
    """Say whether the commits claim to begin long before the upload, and the pin to be among them."""
    return _claims_age(signs) and not _pin_came_with_the_repository(signs)


def history_is_copied(signs: Signs) -> bool:
    """Say whether old commits lie below a pin that came when, or after, a young repository was made.

    So it is where somebody puts a pin on top of a known project; and where an own project moves.
    """
    return _claims_age(signs) and _pin_came_with_the_repository(signs)


def pin_is_older_than_repository(signs: Signs) -> bool:
    """Say whether the pin is dated before the host made the repository: it was moved, mirrored or copied there.

    Who makes a repository may commit on the day before; a fork has what is older from its upstream.
    """
    history, made = _believed(signs), signs.created_at
    if history is None or history.entered_at is None or made is None:
        return False
    return history.entered_at < (made if signs.fork_of is not None else made - _DAY)


def pin_came_later(signs: Signs) -> bool:
    """Say whether the pin came into a project that was there, by its commits and by its host."""
    age = _age_at_pin(signs)
    return age is not None and age >= _CAME_LATER


def brought_later(signs: Signs) -> bool:
    """Say whether others may have brought the pin: into a lock that was there for a day, or with a merge.

    The merged request of a stranger looks like that, and so does whoever fills a trap in two steps.
    """
    history, age = _believed(signs), _age_at_pin(signs)
    if history is None:
        return False
    if history.entered_commit is None and history.whole and history.commits > 1:
        return True
    return history.entered_with_lock is False and age is not None and age >= _DAY


def lock_was_there(signs: Signs) -> bool:
    """Say whether the commits claim that the lock is older than the pin, by a day or more where they tell."""
    history, age = _own(signs), _age_at_pin(signs)
    return (
        history is not None and history.entered_with_lock is False and (age is None or age >= _DAY)
    )


def brought_by_bot(signs: Signs) -> bool:
    """Say whether the commit that brought the pin claims to be one of a bot that updates dependencies."""
    history = _believed(signs)
    return history is not None and history.by_bot is True


def has_many_commits(signs: Signs) -> bool:
    """Say whether there are more commits than somebody makes for one repository of many."""
    history = _own(signs)
    return history is not None and history.commits >= _MANY_COMMITS


def _claims_age(signs: Signs) -> bool:
    upload, history = seen.claimed_upload(signs), _own(signs)
    first = None if history is None else history.first_at
    return upload is not None and first is not None and first < upload - _OLD_HISTORY


def _pin_came_with_the_repository(signs: Signs) -> bool:
    entered = None if signs.history is None else signs.history.entered_at
    if entered is None or signs.created_at is None or not seen.is_young(signs):
        return False
    return entered >= signs.created_at - _DAY


def _age_at_pin(signs: Signs) -> timedelta | None:
    """Return how old the repository was when the pin came, by its commits and by its host."""
    history = _believed(signs)
    if history is None or history.first_at is None or history.entered_at is None:
        return None
    return history.entered_at - max(history.first_at, signs.created_at or history.first_at)


def _own(signs: Signs) -> PinHistory | None:
    return None if signs.fork_of is not None else _believed(signs)


def _believed(signs: Signs) -> PinHistory | None:
    """Return the history, unless it dates the pin before the file was there: then no date of it counts."""
    upload, history = seen.uploaded(signs), signs.history
    entered = None if history is None else history.entered_at
    forged = upload is not None and entered is not None and entered < upload - _DAY
    return None if forged else history
