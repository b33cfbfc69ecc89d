"""A campaign as an SVG picture: its cases on a ring, and the links between them; the tables beside it have every one.

No script draws it, and no text in it is markup. The lengths are in pixels of the picture.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from markupsafe import Markup

from workers.console.rendering import harmless

if TYPE_CHECKING:
    from crawler.model import Campaign, CampaignLink, CampaignMember

__all__ = ["MOST_DRAWN", "drawn"]

MOST_DRAWN = 40
"""Cases in the picture, all of them linked with one another there."""
_WIDTH, _ROW, _RADIUS, _LEAST_ROWS = 760, 24, 120, 3
_INWARD = 0.82
"""How far out a weight stands beside its line, of which short ones would vanish below it."""
_HEAD, _TAIL = 18, 19
"""Letters of a name that there is room for beside the ring; of a longer one the middle is left out."""
_Places: TypeAlias = "Mapping[str, tuple[float, float]]"


def drawn(campaign: Campaign) -> Markup:
    """Return the picture; each case leads to its page."""
    members = list(islice(_walked(campaign), MOST_DRAWN))
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


def _walked(campaign: Campaign) -> Iterator[CampaignMember]:
    """Yield the cases as a walk along the links meets them: side by side are mostly those that are linked."""
    linked = defaultdict[str, list[str]](list)
    for link in campaign.links:
        linked[link.first].append(link.second)
        linked[link.second].append(link.first)
    members = {one.case: one for one in campaign.members}
    ahead = [campaign.members[0].case]
    while ahead:
        one = members.pop(ahead.pop(), None)
        if one is not None:
            yield one
            ahead += linked[one.case]


def _places(members: Sequence[CampaignMember], height: float) -> _Places:
    """Return where each case is: down the right side, then up the left one, in even rows so that no names meet."""
    half = math.ceil(len(members) / 2)
    return {
        one.case: (round(x, 1), round(y, 1))
        for side, cases in ((1, members[:half]), (-1, members[: half - 1 : -1]))
        for x, y, one in _side(side, cases, height)
    }


def _side(
    side: int, members: Sequence[CampaignMember], height: float
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
    middle = _WIDTH / 2 + _INWARD * ((x1 + x2) / 2 - _WIDTH / 2)
    return Markup('<text class="weight" x="{}" y="{}" text-anchor="middle">{}</text>').format(
        round(middle, 1), round((y1 + y2) / 2 + 4, 1), link.weight
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
        _short(name),
    )


def _short(name: str) -> str:
    fits = len(name) <= _HEAD + 1 + _TAIL
    return name if fits else f"{name[:_HEAD]}\N{HORIZONTAL ELLIPSIS}{name[-_TAIL:]}"
