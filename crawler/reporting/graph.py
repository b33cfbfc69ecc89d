"""Campaigns as graphs for other programs: GraphML, and the language of Graphviz.

Sources: graphml.graphdrawing.org, "GraphML Primer"; graphviz.org, "DOT Language" and "escString". Names of
repositories are strangers' and stand in quotes only.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from crawler.reporting.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crawler.model import Campaign, CampaignLink

__all__ = ["as_dot", "as_graphml"]

_NO_XML = re.compile("[\ufffe\uffff]")
"""What no XML document may hold, besides what `plain` takes out: XML 1.0, "Char"."""
_NODE_KEYS = ("label", "case", "class", "campaign")
_EDGE_KEYS = ("reasons", "why")


def as_graphml(campaigns: Sequence[Campaign]) -> str:
    """Return the campaigns as one GraphML document: cases are nodes, links are edges."""
    return "\n".join(_graphml(campaigns)) + "\n"


def _graphml(campaigns: Sequence[Campaign]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for target, names in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
        for name in names:
            yield f'<key id="{name}" for="{target}" attr.name="{name}" attr.type="string"/>'
    yield '<key id="weight" for="edge" attr.name="weight" attr.type="int"/>'
    yield '<graph id="campaigns" edgedefault="undirected">'
    nodes = _nodes(campaigns)
    for one in campaigns:
        for member in one.members:
            yield f'<node id="{nodes[member.case]}">'
            yield _data("label", f"{member.host}/{member.path}")
            yield _data("case", member.case)
            yield _data("class", member.case_class.value)
            yield f"{_data('campaign', one.id)}</node>"
        for link in one.links:
            yield f'<edge source="{nodes[link.first]}" target="{nodes[link.second]}">'
            yield _data("weight", str(link.weight))
            yield _data("reasons", _codes(link))
            yield f"{_data('why', '; '.join(reason.text for reason in link.reasons))}</edge>"
    yield "</graph></graphml>"


def as_dot(campaigns: Sequence[Campaign]) -> str:
    """Return the campaigns as one graph for Graphviz, each in a frame of its own."""
    return "\n".join(_dot(campaigns)) + "\n"


def _dot(campaigns: Sequence[Campaign]) -> Iterator[str]:
    yield 'graph campaigns {\n  charset="UTF-8"; node [shape=box];'
    nodes = _nodes(campaigns)
    for number, one in enumerate(campaigns):
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={_quoted(one.id)};"
        for member in one.members:
            label = _quoted(f"{member.host}/{member.path} ({member.case_class})")
            yield f"    {nodes[member.case]} [label={label}];"
        for link in one.links:
            label = _quoted(f"{_codes(link)} ({link.weight})")
            yield f"    {nodes[link.first]} -- {nodes[link.second]} [label={label}];"
        yield "  }"
    yield "}"


def _nodes(campaigns: Sequence[Campaign]) -> Mapping[str, str]:
    """Return names for the nodes that need no quotes, by the ids of cases."""
    cases = (member.case for one in campaigns for member in one.members)
    return {case: f"n{number}" for number, case in enumerate(cases)}


def _codes(link: CampaignLink) -> str:
    return ", ".join(reason.code for reason in link.reasons)


def _data(key: str, text: str) -> str:
    return f'<data key="{key}">{escape(_NO_XML.sub("?", plain(text)))}</data>'


def _quoted(text: str) -> str:
    """Return a string of Graphviz that shows `text` as it is: no escape, no entity, no other label in it."""
    shown = _NO_XML.sub("?", plain(text)).replace("&", "&amp;")
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
