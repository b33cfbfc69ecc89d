"""Names of campaigns: one stays while cases join and leave, and where two become one the older name stays."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from crawler.model import Campaign, CampaignMember, CaseClass

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.linking.joining import Joined

__all__ = ["Standing", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The campaign that a case was in when it was last looked at."""

    campaign: str
    begun_at: datetime


def named(groups: Sequence[Joined], known: Mapping[str, Standing]) -> tuple[Campaign, ...]:
    """Return the groups as campaigns, in the same order; `known` is by ids of cases.

    Where a campaign falls apart, the part with most of its cases keeps the name.
    """
    begun = {one.campaign: one.begun_at for one in known.values()}
    held = _held(groups, known)
    taken = {*begun, *held.values()}
    found = []
    for number, group in enumerate(groups):
        name = held.get(number)
        if name is None:
            name = next(free for seed in _seeds(group) if (free := _name(seed)) not in taken)
            taken.add(name)
        first = group.cases[0].opened_at
        found.append(
            Campaign(
                id=name,
                begun_at=begun.get(name, first),
                members=tuple(
                    CampaignMember(
                        case=one.case,
                        host=one.host,
                        path=one.path,
                        case_class=one.case_class or CaseClass.UNCLEAR,
                    )
                    for one in group.cases
                ),
                links=group.links,
            )
        )
    return tuple(found)


def _held(groups: Sequence[Joined], known: Mapping[str, Standing]) -> Mapping[int, str]:
    """Return the names that groups keep, by their positions."""
    begun = {one.campaign: one.begun_at for one in known.values()}
    claims: dict[str, Counter[int]] = defaultdict(Counter)
    for number, group in enumerate(groups):
        for one in group.cases:
            if one.case in known:
                claims[known[one.case].campaign][number] += 1
    held: dict[int, str] = {}
    for name in sorted(claims, key=lambda name: (begun[name], name)):
        number = min(claims[name], key=lambda group: (-claims[name][group], group))
        held.setdefault(number, name)
    return held


def _seeds(group: Joined) -> Iterator[str]:
    """Yield what a new name may be made of: a case, unless a campaign that it has left is called by it."""
    yield from (one.case for one in group.cases)
    yield from (f"{group.cases[0].case} {number}" for number in count())


def _name(seed: str) -> str:
    return f"c-{hashlib.sha256(f'campaign {seed}'.encode()).hexdigest()[:10]}"
