"""A campaign as an SVG picture: its cases on a ring, and the links between them; the tables beside it have every one.

No script draws it, and no text in it is markup. The lengths are in pixels of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from markupsafe import Markup

from workers.console.rendering import harmless

if TYPE_CHECKING:
    from crawler.model import Campaign, CampaignLink, CampaignMember

__all__ = ["MOST_DRAWN", "drawn"]

MOST_DRAWN = 40
"""Cases in the picture, the ones that were opened first."""
_WIDTH, _ROW, _RADIUS, _LEAST_ROWS = 760, 24, 120, 3
_LETTERS = 38
"""Of a name, that there is room for beside the ring."""
_Places: TypeAlias = "Mapping[str, tuple[float, float]]"


def drawn(campaign: Campaign) -> Markup:
    """Return the picture; each case leads to its page."""
    members = campaign.members[:MOST_DRAWN]
    height = _ROW * max(_LEAST_ROWS, math.ceil(len(members) / 2))
    places = _places(members, height)
    links = [one for one in campaign.links if {one.first, one.second} <= places.keys()]
    parts = [
        *(_line(one, places) for one in links),
        *(_weight(one, places) for one in links),
        *(_node(one, *places[one.case]) for one in members),
    ]
    return Markup(
        '<svg class="graph" role="group" aria-label="{}" viewBox="0 0 {} {}">{}</svg>'
    ).format(
        f"{len(members)} cases on a ring and {len(links)} links; the tables below list them",
        _WIDTH,
        height,
        Markup().join(parts),
    )


def _places(members: tuple[CampaignMember, ...], height: float) -> _Places:
    """Return where each case is: down the right side, then up the left one, in even rows so that no names meet."""
    half = math.ceil(len(members) / 2)
    return {
        one.case: (round(x, 1), round(y, 1))
        for side, cases in ((1, members[:half]), (-1, members[: half - 1 : -1]))
        for x, y, one in _side(side, cases, height)
    }


def _side(
    side: int, members: tuple[CampaignMember, ...], height: float
) -> Iterator[tuple[float, float, CampaignMember]]:
    for row, one in enumerate(members):
        share = (row + 0.5) / len(members)
        aside = _RADIUS * math.sqrt(1 - (2 * share - 1) ** 2)
        yield _WIDTH / 2 + side * aside, share * height, one


def _line(link: CampaignLink, places: _Places) -> Markup:
    (x1, y1), (x2, y2) = places[link.first], places[link.second]
    why = "; ".join(str(harmless(reason.text)) for reason in link.reasons)
    return Markup(
        '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke-width="{}"><title>{}</title></line>'
    ).format(x1, y1, x2, y2, round(link.weight / 60, 1), f"{link.weight}: {why}")


def _weight(link: CampaignLink, places: _Places) -> Markup:
    (x1, y1), (x2, y2) = places[link.first], places[link.second]
    return Markup('<text class="weight" x="{}" y="{}" text-anchor="middle">{}</text>').format(
        round((x1 + x2) / 2, 1), round((y1 + y2) / 2 + 4, 1), link.weight
    )


def _node(one: CampaignMember, x: float, y: float) -> Markup:
    name, left = str(harmless(f"{one.host}/{one.path}")), x < _WIDTH / 2
    return Markup(
        '<a href="/cases/{}"><title>{}</title><circle class="{}" cx="{}" cy="{}" r="6"/>'
        '<text x="{}" y="{}" text-anchor="{}">{}</text></a>'
    ).format(
        one.case,
        f"case {one.case}, {one.case_class.value}: {name}",
        one.case_class.value,
        x,
        y,
        x - 11 if left else x + 11,
        y + 4,
        "end" if left else "start",
        name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}\N{HORIZONTAL ELLIPSIS}",
    )
