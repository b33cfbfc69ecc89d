"""Campaigns as graphs: read back by networkx and Graphviz, whatever repositories are called."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from crawler.model import (
    Campaign,
    CampaignLink,
    CampaignMember,
    CaseClass,
    LinkReason,
    WeightSource,
)
from crawler.reporting.graph import as_dot, as_graphml
from tests.unit.reporting.hostile import TRAPS

MORE_TRAPS = (
    *TRAPS,
    '"]; n9 [label="owned',
    'a\\"]; n9 [label="owned',
    "back\\",
    "<b>bold</b> &lt;i&gt; &#60;",
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "\\N \\G \\l \\n",
    "\uffff\ufffe",
)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def campaign(path: str = "o/r") -> Campaign:
    members = tuple(
        CampaignMember(case=case, host="git.example", path=path, case_class=CaseClass.LURE)
        for case in ("a1", "b2")
    )
    reason = LinkReason(
        code="same-owner", weight=100, source=WeightSource.HOST, text=f"both are of {path}"
    )
    link = CampaignLink(first="a1", second="b2", weight=100, reasons=(reason,))
    begun = datetime(2026, 3, 1, tzinfo=UTC)
    return Campaign(id="c-0123456789", begun_at=begun, members=members, links=(link,))


def read(text: str) -> nx.Graph[str]:
    found: nx.Graph[str] = nx.read_graphml(io.BytesIO(text.encode()))
    return found


def test_networkx_reads_cases_as_nodes_and_links_as_edges() -> None:
    graph = read(as_graphml([campaign()]))

    assert graph.nodes["n0"] == {
        "label": "git.example/o/r",
        "case": "a1",
        "class": "lure",
        "campaign": "c-0123456789",
    }
    assert dict(graph.edges) == {
        ("n0", "n1"): {"weight": 100, "reasons": "same-owner", "why": "both are of o/r"}
    }


def test_no_campaign_is_an_empty_graph() -> None:
    assert not read(as_graphml([])).nodes
    assert _STRING.sub("S", as_dot([])) == "graph campaigns {\n  charset=S; node [shape=box];\n}\n"


@pytest.mark.parametrize("trap", MORE_TRAPS)
def test_hostile_names_are_nothing_but_text_in_graphml(trap: str) -> None:
    graph = read(as_graphml([campaign(trap)]))

    assert len(graph.nodes) == 2
    assert len(graph.edges) == 1


@pytest.mark.parametrize("trap", MORE_TRAPS)
def test_hostile_names_stay_in_their_quotes_in_dot(trap: str) -> None:
    plain, hostile = as_dot([campaign()]), as_dot([campaign(trap)])

    assert _STRING.sub("S", hostile) == _STRING.sub("S", plain)
    assert len(hostile.splitlines()) == len(plain.splitlines())


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("trap", MORE_TRAPS)
def test_graphviz_draws_hostile_names_as_text(trap: str) -> None:
    drawn = subprocess.run(
        ["dot", "-Tsvg"], input=as_dot([campaign(trap)]).encode(), capture_output=True, check=True
    ).stdout

    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(drawn).iter()}
    assert tags <= {"svg", "g", "title", "polygon", "path", "text"}
