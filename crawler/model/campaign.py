"""Cases that one hand has made, and why anybody thinks so.

A *campaign* is of cases, that is of repositories. The lists of malicious packages in `feeds/campaigns` only
have that name in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model.case import CaseClass, WeightSource

__all__ = ["Campaign", "CampaignLink", "CampaignMember", "LinkReason"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReason:
    """One thing that two cases have in common."""

    code: str
    """Stable; docs/campaigns.md has the table."""
    weight: int
    """1 to 100, of 100 that join."""
    source: WeightSource
    text: str
    """What was seen, as a sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLink:
    """Two cases of a campaign, by their ids, and all that speaks for one hand."""

    first: str
    second: str
    weight: int
    """What the reasons come to; of several of one kind the heaviest alone counts."""
    reasons: tuple[LinkReason, ...]
    """The heaviest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignMember:
    """A case in a campaign."""

    case: str
    """Its id."""
    host: str
    path: str
    case_class: CaseClass
    """LURE or UNCLEAR; no other joins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """At least two cases, one of them a lure, that are linked with one another."""

    id: str
    """Stays when cases join; where two campaigns turn out to be one it is the id of the older."""
    begun_at: datetime
    """UTC; when its first case was opened."""
    members: tuple[CampaignMember, ...]
    """The case that was opened first comes first."""
    links: tuple[CampaignLink, ...]
    """Enough of them to hold the campaign together, not all that there are."""
