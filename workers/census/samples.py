"""Of the repositories and locks that were read, how many pin a ghost; and how they were found (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from workers.census.shares import Share
from workers.runs import Way

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PinningShares", "WayShare", "bias_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayShare:
    """Of the repositories that one way led to."""

    way: Way | None
    """None: found before ways were noted."""
    repositories: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class PinningShares:
    """Which share of what was read pins a ghost now, by open findings that are confirmed or likely."""

    ways: Sequence[WayShare]
    repositories: Share
    """Those that were read at their last visit."""
    locks: Share
    """Distinct blobs that were read and that are still where they were seen."""


def bias_of(way: Way | None) -> str:  # noqa: PLR0911 - one sentence per way
    """Say what kind of sample the repositories are that a way leads to."""
    match way:
        case Way.SEARCH:
            return "searched for the names of ghosts: far more of them than in a random sample"
        case Way.PIVOT:
            return "around repositories with a finding: far more ghosts than in a random sample"
        case Way.HUNT:
            return "found in locks that were stored already"
        case Way.SWEEP:
            return "pushed to of late: active repositories, no random sample"
        case Way.ARCHIVE:
            return "named in an archive of events: active repositories, no random sample"
        case Way.LIST:
            return "from the list of a host: near to all of it where the list was read to its end"
        case Way.REPOS | Way.OWNERS:
            return "chosen by a person: no random sample"
        case Way.GITLINK:
            return "submodules of repositories that were read: no random sample"
        case None:
            return "found before ways were noted: not known what it is a sample of"
        case _:
            assert_never(way)
