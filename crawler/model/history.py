"""When a pin came and went, as the commits of its repository tell. Term: git-log(1), `-S`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["PinHistory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinHistory:
    """The commits around a pin, as far as they were fetched. All of it is the owner's claim.

    No name of an author is kept.
    """

    commits: int
    """How many were seen below the commit that was asked about, itself included."""
    whole: bool
    """Whether these are all; False where more lie deeper."""
    first_at: datetime | None = None
    """UTC, author date of the oldest commit that was seen."""
    entered_commit: str | None = None
    """The one that brought the pin; None where it lies deeper, or where it came with a merge."""
    entered_at: datetime | None = None
    """UTC, author date of that commit."""
    utc_offset: int | None = field(default=None, metadata={"omit_default": True})
    """Minutes east, of the clock that it was dated by."""
    entered_with_others: int | None = None
    """Files that changed in the same commit, but for the lock and the manifests of its tool beside it; 0: the
    pin came alone."""
    entered_with_lock: bool | None = None
    """Whether the lock itself was new in that commit."""
    by_bot: bool | None = None
    """Whether that commit names a bot that updates dependencies."""
    left_commit: str | None = None
    """The one that took the pin away; None while it is there."""
    left_at: datetime | None = None
    """UTC, author date of that commit."""
