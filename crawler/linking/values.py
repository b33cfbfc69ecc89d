"""What cases have in common, and whether that speaks of one hand.

A value speaks only where at least half of those who have it are lures. The lock of a starter, the README of
a course, the organisation of a school, a bait that many fell for: all of these are had by others, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.linking.readme import readme_groups

if TYPE_CHECKING:
    from crawler.linking.profile import CaseProfile

__all__ = ["SharedKind", "SharedValue", "speaking_values"]


class SharedKind(StrEnum):
    """What two cases may have alike."""

    OWNER = "owner"
    LOCK = "lock"
    FILE = "file"
    README = "readme"


SharedValue = tuple[SharedKind, str]


def speaking_values(profiles: Sequence[CaseProfile]) -> Mapping[str, frozenset[SharedValue]]:
    """Return of each case that may join (by its id) those of its values that speak of one hand.

    Forks have what their upstream has, so they do not count; neither does it count how many repositories of
    one account have a value, nor what a lure's account has besides.
    """
    groups = readme_groups(one.readme for one in profiles)
    values = {one.case: tuple(_values(one, groups)) for one in profiles}
    lures: dict[SharedValue, set[str]] = defaultdict(set)
    others: dict[SharedValue, set[str]] = defaultdict(set)
    for one in profiles:
        having = lures if one.is_lure else others
        for kind, value in values[one.case]:
            if kind is SharedKind.OWNER:
                having[kind, value].add(one.case)
            elif one.fork_of is None:
                having[kind, value].add(one.holder)
    speaking = frozenset(
        value
        for value, having in lures.items()
        if len(having) >= len(others.get(value, frozenset()) - having)
    )
    return {one.case: speaking.intersection(values[one.case]) for one in profiles if one.may_join}


def _values(one: CaseProfile, groups: Mapping[str, str]) -> Iterator[SharedValue]:
    if one.owner is not None:
        yield SharedKind.OWNER, one.holder
    for lock in one.locks:
        yield SharedKind.LOCK, lock
    for file in one.files:
        yield SharedKind.FILE, file
    if one.readme:
        yield SharedKind.README, groups[one.readme]
