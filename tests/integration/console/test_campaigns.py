"""Campaigns are shown as the commands tell them, no page writes, and hostile names do nothing in the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from crawler.model import CaseClass
from tests.integration.conftest import Played
from tests.integration.console.test_api import check
from tests.servers.consoles import client_of, wiring_of
from workers.ledger import case_decisions, cases
from workers.ledger.tables import campaign_case, repository
from workers.wiring import Wiring

_TRAP = "demo-01/\"'><img src=x onerror=alert(1)>\u202e{{7*7}}" + "a" * 60
_FIRST = "2026-06-03T10:00:00Z"
"""So that it is no copy of the task of another account that had the same lock first."""
LURES = {"demo-01/trading-bot", _TRAP}


@pytest.fixture(scope="module")
def parts(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    """Parts over a ledger in which one account has two lures, one of them with a hostile name."""
    with wiring_of(played.go_on(tmp_path_factory.mktemp("campaigns") / "user").user) as wiring:
        with wiring.ledger.write() as conn:
            undated = repository.c.created_at.is_(None)
            conn.execute(update(repository).where(undated).values(created_at=_FIRST))
            moved = repository.c.path == "demo-42/clean-main"
            conn.execute(update(repository).where(moved).values(path=_TRAP, created_at=_FIRST))
        yield wiring


def test_campaigns_are_kept_by_whoever_follows_them_and_shown_without_a_write(
    parts: Wiring,
) -> None:
    client = client_of(parts)
    before = client.get("/api/v1/campaigns").json()
    (case, *_) = _cases(client)

    (known,) = parts.follow_campaigns()
    with parts.ledger.write() as conn:
        conn.execute(campaign_case.delete())
    one = client.get(f"/api/v1/campaigns/{known.id[:5]}")
    with parts.ledger.read() as conn:
        written = conn.scalar(select(func.count()).select_from(campaign_case))
    unnamed = client.get(f"/api/v1/cases/{case}").json()["campaign"]
    parts.follow_campaigns()
    (row,) = client.get("/api/v1/campaigns").json()["rows"]

    assert before == {"campaigns": 0, "rows": [], "after": None}
    assert (written, unnamed) == (0, None)
    check("/campaigns/{id}", one)
    shown = one.json()["campaign"]
    assert {member["path"] for member in shown["members"]} == LURES
    assert [link["reasons"][0]["code"] for link in shown["links"]] == ["same-owner"]
    assert (row["id"], row["cases"], row["lures"]) == (known.id, 2, 2)
    assert row["hosts"] == [shown["members"][0]["host"]]


def test_a_case_leads_to_its_campaign_and_the_campaign_to_its_cases(parts: Wiring) -> None:
    client = client_of(parts)
    (known,) = parts.follow_campaigns()

    page = client.get(f"/campaigns/{known.id}").text
    queue = client.get(f"/api/v1/cases?campaign={known.id}&state=all").json()["rows"]

    assert {row["path"] for row in queue} == LURES
    assert f'<a href="/campaigns/{known.id}">' in client.get("/campaigns").text
    for member in known.members:
        assert page.count(f'<a href="/cases/{member.case}">') == 3  # picture, link, case
        assert f'<a href="/campaigns/{known.id}">' in client.get(f"/cases/{member.case}").text


def test_the_name_of_a_repository_is_text_in_the_picture(parts: Wiring) -> None:
    (known,) = parts.follow_campaigns()

    page = client_of(parts).get(f"/campaigns/{known.id}").text

    (picture,) = re.findall(r'<svg class="graph".*?</svg>', page)
    assert "demo-01/&#34;&#39;&gt;&lt;img" in picture
    assert set(re.findall(r"<(\w+)", picture)) == {"svg", "line", "title", "text", "a", "circle"}
    assert "\u202e" not in page
    assert "<img" not in page


def test_a_case_that_a_person_calls_a_victim_names_no_campaign_at_once(parts: Wiring) -> None:
    client = client_of(parts)
    (known,) = parts.follow_campaigns()
    key = known.members[0].case

    with parts.ledger.write() as conn:
        one, now = cases.named(conn, key), parts.clock()
        case_decisions.set_class(conn, one, CaseClass.VICTIM, "hit", None, now)

    assert client.get(f"/api/v1/cases/{key}").json()["campaign"] is None
    assert client.get(f"/campaigns/{known.id}").status_code == 404
    assert client.get("/api/v1/campaigns?after=c-0").status_code == 400


def _cases(client: httpx.Client) -> list[Any]:
    found = client.get("/api/v1/cases?state=all&owner=demo-01").json()["rows"]
    return [row["key"] for row in found]
