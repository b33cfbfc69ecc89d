"""Campaigns: the list as the ledger keeps it, and one with every link between its cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.model import Campaign
from workers.console.interface import Page, PageRequest, QueryField
from workers.ledger import campaigns
from workers.ledger.campaigns import KeptCampaign

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["CAMPAIGN", "CAMPAIGNS", "CampaignShown", "CampaignsShown"]

_MOST = 200
"""Campaigns of one page."""
_FIELDS = (
    QueryField(name="after", says="The campaign to go on behind; `after` of the last page."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignsShown:
    """A page of the list."""

    campaigns: int
    """All that are kept."""
    rows: tuple[KeptCampaign, ...]
    """The one that began first comes first."""
    after: str | None
    """Behind which the next page begins; None on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignShown:
    """One campaign as it is now."""

    campaign: Campaign
    repositories: Mapping[str, str]
    """Host and path, by the ids of cases."""


def _load(conn: Connection, asked: PageRequest) -> CampaignsShown:
    known = campaigns.kept(conn)
    after = asked.one("after")
    begin = 0 if after is None else _place(known, after) + 1
    rows = known[begin : begin + _MOST]
    return CampaignsShown(
        campaigns=len(known),
        rows=rows,
        after=rows[-1].id if begin + _MOST < len(known) else None,
    )


def _place(known: tuple[KeptCampaign, ...], name: str) -> int:
    for place, one in enumerate(known):
        if one.id == name:
            return place
    msg = f"invalid after {name!r}: expected the id of a campaign; the first page has them"
    raise UsageError(msg)


def _load_one(conn: Connection, asked: PageRequest) -> CampaignShown:
    (one,) = campaigns.chosen(campaigns.found(conn), [asked.names["id"]])
    names = {member.case: f"{member.host}/{member.path}" for member in one.members}
    return CampaignShown(campaign=one, repositories=names)


CAMPAIGNS = Page(
    path="/campaigns",
    title="Campaigns",
    shows=CampaignsShown,
    load=_load,
    template="campaigns.html",
    fields=_FIELDS,
)
CAMPAIGN = Page(
    path="/campaigns/{id}",
    title="Campaign",
    shows=CampaignShown,
    load=_load_one,
    template="campaign.html",
    in_navigation=False,
)
