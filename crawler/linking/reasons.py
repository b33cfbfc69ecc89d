"""Why two cases may be of one hand, as data.

One thing in common never joins two cases, but for the account. Of one kind the heaviest reason alone counts:
who has the same lock has the same files. No weight was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import TYPE_CHECKING

from crawler.linking.values import SharedKind
from crawler.model import CampaignLink, LinkReason, WeightSource

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from crawler.linking.profile import CaseProfile
    from crawler.linking.values import SharedValue

__all__ = ["JOINS", "LINK_RULES", "LinkKind", "LinkRule", "link_of"]

JOINS = 100
"""What two cases must have in common to be of one campaign."""
_A_DAY = timedelta(days=1)
_AN_HOUR = timedelta(hours=1)


class LinkKind(StrEnum):
    """Of what kind a reason is; those of one kind may follow from one another."""

    ACCOUNT = auto()
    PINS = auto()
    TEXT = auto()
    TIME = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    one: CaseProfile
    other: CaseProfile
    shared: AbstractSet[SharedValue]
    """What both have and what speaks of one hand."""

    def has(self, kind: SharedKind) -> bool:
        return any(known is kind for known, _ in self.shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRule:
    """One reason for a link."""

    code: str
    """Stable; docs/campaigns.md explains each."""
    weight: int
    source: WeightSource
    kind: LinkKind
    text: str
    """What was seen, for people; `{names}` are filled in."""
    applies: Callable[[_Pair], bool]


def _is_fork(pair: _Pair) -> bool:
    return _is_fork_of(pair.one, pair.other) or _is_fork_of(pair.other, pair.one)


def _is_fork_of(one: CaseProfile, other: CaseProfile) -> bool:
    return (one.host, one.fork_of) == (other.host, other.path)


def _made_together(pair: _Pair) -> bool:
    return _are_within(pair.one.made_at, pair.other.made_at, _A_DAY)


def _committed_together(pair: _Pair) -> bool:
    offset = pair.one.utc_offset
    same_clock = offset is not None and offset == pair.other.utc_offset
    return same_clock and _are_within(pair.one.entered_at, pair.other.entered_at, _AN_HOUR)


def _are_within(one: datetime | None, other: datetime | None, span: timedelta) -> bool:
    return one is not None and other is not None and abs(one - other) <= span


LINK_RULES = (
    LinkRule(
        code="same-owner",
        weight=100,
        source=WeightSource.HOST,
        kind=LinkKind.ACCOUNT,
        text="both are of {owner}",
        applies=lambda pair: pair.has(SharedKind.OWNER),
    ),
    LinkRule(
        code="same-lock",
        weight=60,
        source=WeightSource.LOCK,
        kind=LinkKind.PINS,
        text="both have the lock {lock}, byte for byte",
        applies=lambda pair: pair.has(SharedKind.LOCK),
    ),
    LinkRule(
        code="same-file",
        weight=40,
        source=WeightSource.LOCK,
        kind=LinkKind.PINS,
        text="both pin the malicious file {file}",
        applies=lambda pair: pair.has(SharedKind.FILE),
    ),
    LinkRule(
        code="fork",
        weight=60,
        source=WeightSource.HOST,
        kind=LinkKind.TEXT,
        text="one is a fork of the other",
        applies=_is_fork,
    ),
    LinkRule(
        code="same-readme",
        weight=50,
        source=WeightSource.OWNER,
        kind=LinkKind.TEXT,
        text="their READMEs are nearly the same",
        applies=lambda pair: pair.has(SharedKind.README),
    ),
    LinkRule(
        code="made-together",
        weight=40,
        source=WeightSource.HOST,
        kind=LinkKind.TIME,
        text="their hosts made them within a day of each other, {made}",
        applies=_made_together,
    ),
    LinkRule(
        code="committed-together",
        weight=20,
        source=WeightSource.OWNER,
        kind=LinkKind.TIME,
        text="their commits say that the pins came within an hour, by clocks with the same UTC offset, {entered}",
        applies=_committed_together,
    ),
)


def link_of(
    one: CaseProfile, other: CaseProfile, shared: AbstractSet[SharedValue]
) -> CampaignLink | None:
    """Return what links two cases, None where it does not join them.

    `shared` is what both have and what speaks of one hand.
    """
    pair = _Pair(one=one, other=other, shared=shared)
    applying = [rule for rule in LINK_RULES if rule.applies(pair)]
    heaviest: dict[LinkKind, int] = {}
    for rule in applying:
        heaviest[rule.kind] = max(rule.weight, heaviest.get(rule.kind, 0))
    weight = sum(heaviest.values())
    if weight < JOINS or not (one.is_lure or other.is_lure):
        return None
    reasons = [
        LinkReason(
            code=rule.code, weight=rule.weight, source=rule.source, text=_filled(rule.text, pair)
        )
        for rule in applying
    ]
    return CampaignLink(
        first=one.case,
        second=other.case,
        weight=weight,
        reasons=tuple(sorted(reasons, key=lambda reason: (-reason.weight, reason.code))),
    )


def _filled(text: str, pair: _Pair) -> str:
    values = dict(sorted(pair.shared, reverse=True))
    return text.format(
        owner=values.get(SharedKind.OWNER),
        lock=values.get(SharedKind.LOCK),
        file=values.get(SharedKind.FILE),
        made=_times(pair.one.made_at, pair.other.made_at),
        entered=_times(pair.one.entered_at, pair.other.entered_at),
    )


def _times(one: datetime | None, other: datetime | None) -> str:
    known = [at.isoformat(timespec="minutes") for at in (one, other) if at is not None]
    return " and ".join(sorted(known))
