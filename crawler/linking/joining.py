"""From cases to groups that are linked, without looking at every pair.

Whatever joins two cases is a value, or two, that both have, perhaps at nearly the same time. So cases are
listed by these, each list is put in the order of time, and only neighbours are looked at: in a list whose
values join by themselves all neighbours are linked, in one that needs the time nobody lies between two who
are near. The cost grows with the number of cases and their values.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from crawler.linking.reasons import link_of
from crawler.linking.values import SharedKind, speaking_values

if TYPE_CHECKING:
    from collections.abc import Hashable
    from collections.abc import Set as AbstractSet

    from crawler.linking.profile import CaseProfile
    from crawler.linking.values import SharedValue
    from crawler.model import CampaignLink

__all__ = ["Joined", "candidate_pairs", "joined"]

_Values: TypeAlias = "Mapping[str, AbstractSet[SharedValue]]"
_JOIN_ALONE = frozenset({SharedKind.OWNER, SharedKind.LOCK})
"""... or with the time."""
_JOIN_WITH_README = frozenset({SharedKind.LOCK, SharedKind.FILE})
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Cases that are linked with one another."""

    cases: tuple[CaseProfile, ...]
    """At least two; the one that was opened first comes first."""
    links: tuple[CampaignLink, ...]
    """Those that hold the group together."""


def joined(profiles: Sequence[CaseProfile]) -> tuple[Joined, ...]:
    """Return the groups of linked cases, the one whose first case is the oldest first.

    Lures link with lures. A case whose class is open joins the lure that it has most in common with, and
    links nothing with anything else.
    """
    ordered = sorted(profiles, key=lambda one: (one.opened_at, one.case))
    values = speaking_values(ordered)
    groups = _Groups()
    open_links: dict[str, CampaignLink] = {}
    for one, other in candidate_pairs(ordered, values):
        if groups.are_one(one, other):
            continue
        link = link_of(one, other, values[one.case] & values[other.case])
        if link is None:
            continue
        if one.is_lure and other.is_lure:
            groups.join(link)
        else:
            unclear = other.case if one.is_lure else one.case
            known = open_links.get(unclear)
            if known is None or link.weight > known.weight:
                open_links[unclear] = link
    for link in open_links.values():
        groups.join(link)
    return groups.of(ordered)


def candidate_pairs(
    profiles: Sequence[CaseProfile], values: _Values
) -> Iterator[tuple[CaseProfile, CaseProfile]]:
    """Yield the pairs that are looked at, some of them twice; `values` are those that speak, by case."""
    return _near(_lists([one for one in profiles if one.may_join], values))


def _lists(profiles: Sequence[CaseProfile], values: _Values) -> Iterator[Sequence[CaseProfile]]:
    """Yield the cases that have alike what may join them."""
    lists: dict[Hashable, list[CaseProfile]] = defaultdict(list)
    by_place = {(one.host, one.path): one for one in profiles}
    for one in profiles:
        own = sorted(values[one.case])
        readmes = [readme for kind, readme in own if kind is SharedKind.README]
        for kind, value in own:
            if kind in _JOIN_ALONE:
                lists[kind, value].append(one)
            if kind in _JOIN_WITH_README:
                for readme in readmes:
                    lists[kind, value, readme].append(one)
        upstream = by_place.get((one.host, one.fork_of or ""))
        if upstream is not None:
            yield upstream, one
    yield from lists.values()


def _near(
    lists: Iterator[Sequence[CaseProfile]],
) -> Iterator[tuple[CaseProfile, CaseProfile]]:
    """Yield the neighbours of each list: lures among themselves, and the others with the lures around them."""
    for members in lists:
        for order in (_by_making, _by_commit):
            in_order = sorted(members, key=order)
            yield from pairwise(one for one in in_order if one.is_lure)
            yield from _around(in_order)
            yield from ((one, other) for other, one in _around(in_order[::-1]))


def _around(members: Sequence[CaseProfile]) -> Iterator[tuple[CaseProfile, CaseProfile]]:
    """Yield the last lure before each case of another class, with that case."""
    lure: CaseProfile | None = None
    for one in members:
        if one.is_lure:
            lure = one
        elif lure is not None:
            yield lure, one


def _by_making(one: CaseProfile) -> tuple[datetime, str]:
    return one.made_at or _NEVER, one.case


def _by_commit(one: CaseProfile) -> tuple[float, datetime, str]:
    offset = math.inf if one.utc_offset is None else one.utc_offset
    return offset, one.entered_at or _NEVER, one.case


class _Groups:
    """Joins cases, and keeps the links that joined what was apart."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}
        self._links: list[CampaignLink] = []

    def join(self, link: CampaignLink) -> None:
        first, second = self._top(link.first), self._top(link.second)
        if first != second:
            self._above[second] = first
            self._links.append(link)

    def are_one(self, one: CaseProfile, other: CaseProfile) -> bool:
        return self._top(one.case) == self._top(other.case)

    def of(self, ordered: Sequence[CaseProfile]) -> tuple[Joined, ...]:
        members: dict[str, list[CaseProfile]] = defaultdict(list)
        links: dict[str, list[CampaignLink]] = defaultdict(list)
        for link in self._links:
            links[self._top(link.first)].append(link)
        for one in ordered:
            top = self._top(one.case)
            if top in links:
                members[top].append(one)
        return tuple(
            Joined(
                cases=tuple(cases),
                links=tuple(sorted(links[top], key=lambda link: (link.first, link.second))),
            )
            for top, cases in members.items()
        )

    def _top(self, case: str) -> str:
        top = case
        while (above := self._above.get(top, top)) != top:
            top = above
        while (above := self._above.get(case, case)) != top:
            self._above[case], case = top, above
        return top
