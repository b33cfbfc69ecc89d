"""Reasons for people: the text of a rule with the values that it was found by."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from crawler.classifying import seen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crawler.classifying.signs import Signs

__all__ = ["filled"]

_MOST_NAMES = 5


def filled(text: str, signs: Signs) -> str:
    """Return `text` with its `{names}` replaced by what was seen."""
    history = signs.history
    return text.format(
        created=_utc(signs.created_at),
        pushed=_utc(signs.pushed_at),
        came=_came(signs),
        claimed=_utc(seen.claimed_upload(signs)),
        accused=_utc(seen.accused(signs)),
        removed=_utc(seen.removed(signs)),
        bait=_names(seen.bait_of(signs)),
        dropped=_names(seen.dropped(signs)),
        began=_names(seen.never_innocent(signs)),
        number=len({pin.project for pin in signs.pins}),
        living=_names(pin.project for pin in signs.pins if pin.project_lives),
        popular=_names(pin.project for pin in signs.pins if pin.most_used),
        meant=_names(seen.mistyped(signs)),
        siblings=_repositories(signs.siblings, "other repositories"),
        sibling_at=_utc(signs.oldest_sibling_at),
        same_lock=_repositories(signs.same_lock, "repositories"),
        upstream=signs.fork_of,
        commits=None if history is None else history.commits,
        stars=signs.stars,
        asked=_names(signs.questions),
    )


def _came(signs: Signs) -> str:
    """Return what is known of the upload: its time, else the first time that somebody spoke of the file."""
    uploaded = seen.uploaded(signs)
    if uploaded is not None:
        return f"was uploaded at {_utc(uploaded)}"
    return f"was named by a feed or removed from the index at {_utc(seen.uploaded_by(signs))}"


def _utc(moment: datetime | None) -> str:
    if moment is None:
        return "not known"
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _names(names: Iterable[str]) -> str:
    all_of = sorted(set(names))
    more = len(all_of) - _MOST_NAMES
    return ", ".join([*all_of[:_MOST_NAMES], *([f"{more} more"] if more > 0 else [])])


def _repositories(number: int | None, several: str) -> str:
    return f"1 {several.removesuffix('ies')}y" if number == 1 else f"{number or 0} {several}"
