"""A person looks at campaigns at the terminal: as a list, whole, and as graphs."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest
from sqlalchemy import update

from tests.integration.conftest import Played
from tests.servers.terminal import Terminal
from workers.ledger.ledger import Ledger
from workers.ledger.tables import repository

FIRST = "2026-06-03T10:00:00Z"
"""So that the moved one is no copy of the task of another account that had the same lock first."""
LURES = {"demo-01/trading-bot", "demo-01/clean-main"}


@pytest.fixture(scope="module")
def user(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A user who has verified a world in which one account has moved its lure to another one."""
    user = played.go_on(tmp_path_factory.mktemp("campaigns") / "user").user
    ledger = Ledger.open(user.ledger_url)
    with ledger.write() as conn:
        undated = repository.c.created_at.is_(None)
        conn.execute(update(repository).where(undated).values(created_at=FIRST))
        moved = repository.c.path == "demo-42/clean-main"
        conn.execute(
            update(repository).where(moved).values(path="demo-01/clean-main", created_at=FIRST)
        )
    ledger.close()
    return user


def name(user: Terminal) -> str:
    (row,) = user("campaigns", "list", "--format", "jsonl").rows
    found: str = row["id"]
    return found


def test_the_list_the_whole_and_the_cases_tell_the_same(user: Terminal) -> None:
    (row,) = user("campaigns", "list", "--format", "jsonl").rows
    heading, line = user("campaigns", "list").out.splitlines()
    (shown,) = user("campaigns", "show", row["id"][:5]).rows
    cases = user("cases", "list", "--campaign", row["id"], "--format", "jsonl").rows

    assert {case["repository"] for case in row["cases"]} == LURES
    assert shown == row
    assert heading.split()[:3] == ["campaign", "cases", "lures"]
    assert line.split()[:3] == [row["id"], "2", "2"]
    assert {case["id"] for case in cases} == {case["id"] for case in row["cases"]}
    assert [link["reasons"][0]["code"] for link in row["links"]] == ["same-owner"]


def test_people_read_the_reasons_of_each_link(user: Terminal) -> None:
    text = user("campaigns", "show", name(user), "--format", "text").out

    assert ": 2 cases, begun " in text
    assert "    100: both are of " in text
    assert "/demo-01 (same-owner, host)\n" in text


def test_a_graph_has_the_cases_as_nodes(user: Terminal, tmp_path: Path) -> None:
    written = user("campaigns", "graph", "-o", str(tmp_path / "all.graphml"))
    graph = nx.read_graphml(io.BytesIO((tmp_path / "all.graphml").read_bytes()))
    dot = user("campaigns", "graph", name(user), "--format", "dot").out

    assert (written.code, written.out) == (0, "")
    assert {data["label"].partition("/")[2] for _, data in graph.nodes(data=True)} == LURES
    assert dot.startswith("graph campaigns {\n")


def test_without_graphviz_an_svg_says_what_to_do(user: Terminal, tmp_path: Path) -> None:
    without = replace(user, environment={**user.environment, "PATH": str(tmp_path)})

    drawn = without("campaigns", "graph", "--format", "svg")

    assert (drawn.code, drawn.out) == (4, "")
    assert drawn.err.startswith("ghostcrawl: dot is not installed; on Debian: ")


def test_an_id_that_no_campaign_has_is_a_usage_error(user: Terminal) -> None:
    shown = user("campaigns", "show", "c-zz")
    listed = user("cases", "list", "--campaign", "c-zz")

    assert (shown.code, listed.code) == (2, 2)
    assert "no campaign has an id that begins with 'c-zz'" in shown.err
    assert "no campaign has the id 'c-zz'" in listed.err


@pytest.mark.parametrize("what", ["campaigns", "cases"])
def test_a_list_of_nothing_says_so(what: str, terminal: Terminal) -> None:
    ran = terminal(what, "list")

    assert (ran.code, ran.out) == (0, "")
    assert f"no {what}" in ran.err


def test_a_campaign_is_reported_in_one_letter_and_a_page(user: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "together"

    ran = user(
        "report", "-o", str(folder), "--format", "html", "--select", f"campaign:{name(user)}"
    )
    refused = user("report", "-o", str(folder))

    (letter,), (page,) = folder.glob("takedown-*.md"), folder.glob("takedown-*.html")
    text = letter.read_text("utf-8")
    assert ran.code == 0, ran.err
    assert "letters to github.example go to its desk: " in ran.err
    assert "1 letter: read each before you send it" in ran.err
    # The findings have the names under which they were verified.
    assert text.count("\n## ") == 2
    assert "## `demo-01/trading-bot`\n" in text
    assert "`demo-42/clean-main` and `demo-01/trading-bot`: both are of " in text
    assert "<h2><code>demo-01/trading-bot</code></h2>" in page.read_text("utf-8")
    assert refused.code == 4
    assert "name another folder with --output" in refused.err


def test_an_owner_is_reported_in_one_letter(user: Terminal, tmp_path: Path) -> None:
    ran = user("report", "-o", str(tmp_path), "--select", "owner:github.example/Demo-01")

    (letter,) = tmp_path.glob("takedown-*.md")
    assert ran.code == 0, ran.err
    assert letter.name.startswith("takedown-github.example-owner_github.example_demo-01-")
    assert "# Malware report: `github.example/demo-01/trading-bot`\n" in letter.read_text("utf-8")


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("demo-01", "expected campaign:ID or owner:HOST/OWNER"),
        ("owner:demo-01", "expected campaign:ID or owner:HOST/OWNER"),
        ("owner:github.example/nobody", "no finding is in a repository of"),
        ("campaign:c-none", "no campaign has an id that begins with"),
    ],
)
def test_a_selection_of_nothing_is_refused(word: str, why: str, user: Terminal) -> None:
    ran = user("report", "-o", "never-made", "--select", word)

    assert ran.code == 2
    assert why in ran.err
