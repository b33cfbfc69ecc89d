"""What was not looked at: grouped by place and reason, counted in full, in an order in which none hides another."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crawler import lockfiles
from crawler.git.walk import HOLDS_COMMANDS
from crawler.model import Worth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crawler.model import Skipped

__all__ = ["LeftOut", "alike", "grouped", "left_out", "of_skipped"]

_ADDRESS = re.compile(r"https?://\S+")
_VARYING = re.compile(r"[0-9a-f]{12,}|(?<!answered )(?<!UTF-)\b\d[\d.,]*")
"""Oids, sizes and counts, but no status of HTTP and no name of an encoding; without them the same reason is the same text."""
_LONGEST_REASON, _LONGEST_LOOKED_AT = 160, 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One reason for which something of one place was not looked at."""

    place: str
    """A repository (`host/owner/name`), a host, a search, a piece of work; empty: what was asked for."""
    where: tuple[str, ...]
    """The files in it, and what else there is a name for, what is worth most first; may be empty."""
    reason: str
    """As it is said of the first of them; of the others it differs in numbers and addresses only."""
    times: int
    """How many things this stands for, also those without a name."""
    worth: Worth
    """The most that any of them is worth; LIKELY where it is no single file."""

    @property
    def known_lock(self) -> bool:
        """Whether a lock of a well-known name is among them."""
        return self.worth is Worth.WELL_KNOWN

    def as_json(self) -> Mapping[str, Any]:
        """Return it made of JSON's own types."""
        return {
            "place": self.place,
            "where": list(self.where),
            "reason": self.reason,
            "times": self.times,
            "known_lock": self.known_lock,
        }


def left_out(place: str, where: str, reason: str, *, path: str = "", times: int = 1) -> LeftOut:
    """Return one thing that was left out; `path` is that of its file where `where` says more than that."""
    return LeftOut(
        place=place,
        where=(where,) if where else (),
        reason=reason,
        times=times,
        worth=_worth(path or where),
    )


def of_skipped(skipped: Iterable[Skipped], place: str = "") -> tuple[LeftOut, ...]:
    """Return what of one place was skipped, grouped; contexts that are paths say what it is worth."""
    return grouped(left_out(place, one.context, one.reason, times=one.times) for one in skipped)


def grouped(items: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    """Put `items` together that have the same place and reason; nothing is dropped.

    The first line of every place comes before the second one of any, so that none fills a list that is
    cut. Of places with the same number of lines before, what is worth most comes first, then what is most.
    """
    groups: defaultdict[tuple[str, str], list[LeftOut]] = defaultdict(list)
    for one in map(_of_all_places, items):
        groups[one.place, alike(one.reason)].append(one)
    merged = sorted((_merged(some) for some in groups.values()), key=_importance)
    before: Counter[str] = Counter()
    turns: list[int] = []
    for one in merged:
        turns.append(before[one.place])
        before[one.place] += 1
    in_turn = sorted(zip(turns, merged, strict=True), key=lambda pair: pair[0])
    return tuple(one for _, one in in_turn)


def _of_all_places(one: LeftOut) -> LeftOut:
    """Return what nearly every repository has without its place: one line says it of all."""
    if one.reason != HOLDS_COMMANDS or not one.place:
        return one
    return replace(one, place="", where=tuple(f"{one.place} {where}" for where in one.where))


def _merged(some: Sequence[LeftOut]) -> LeftOut:
    ranked = sorted(some, key=lambda one: -one.worth)
    return LeftOut(
        place=ranked[0].place,
        where=tuple(dict.fromkeys(where for one in ranked for where in one.where)),
        reason=ranked[0].reason,
        times=sum(one.times for one in ranked),
        worth=ranked[0].worth,
    )


def _importance(one: LeftOut) -> tuple[int, int, str, str]:
    return -one.worth, -one.times, one.place, one.reason


def _worth(path: str) -> Worth:
    """Return what a file is worth; what is no file may hide any."""
    if lockfiles.names_files(path):
        return Worth.POSSIBLE
    worth = lockfiles.worth_of(path)
    if worth <= Worth.NONE and lockfiles.command_kind(path) is not None:
        return Worth.GUESS
    return worth or Worth.LIKELY


def alike(reason: str) -> str:
    """Return `reason` with URL for addresses and N for numbers and oids; equal reasons give equal text."""
    return _VARYING.sub("N", _ADDRESS.sub("URL", reason[:_LONGEST_LOOKED_AT]))[:_LONGEST_REASON]
