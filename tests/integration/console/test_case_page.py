"""A case is shown with all that is known of it, and what strangers wrote stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.integration.conftest import Played
from tests.servers.consoles import client_of, form_secret, wiring_of
from tests.unit.reporting.hostile import TRAPS, hostile
from workers.ledger import cases, findings, frontier, proofs
from workers.ledger.case_following import follow
from workers.runs import Way
from workers.wiring import Wiring

_TRAPS = (*TRAPS, '"><script>alert(1)</script>')
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ufeff\ud800-\udfff]")


def page_of(client: httpx.Client, path: str) -> dict[str, Any]:
    found = client.get("/api/v1/cases?state=all").json()["rows"]
    key = next(row["key"] for row in found if row["path"] == path)
    shown: dict[str, Any] = client.get(f"/api/v1/cases/{key}").json()
    return shown


def test_a_case_shows_its_pin_its_history_its_class_and_its_log(reader: httpx.Client) -> None:
    shown = page_of(reader, "demo-01/trading-bot")

    assert (shown["state"], shown["case_class"]) == ("confirmed", "lure")
    (pinned, *_) = shown["ghosts"]
    assert pinned["release"].startswith("zz-ghost-wallet@")
    (line,) = [one for one in pinned["lines"] if one["pinned"]]
    assert pinned["url"] in line["text"]
    assert isinstance(line["number"], int)
    assert [check["means"] for check in pinned["checks"]] == ["served"]
    assert {(one["lane"], one["what"]) for one in shown["moments"]} >= {
        ("index", "uploaded"),
        ("index", "quarantined"),
        ("index", "removed"),
        ("index", "called malicious"),
        ("repository", "created"),
        ("repository", "pin committed"),
        ("case", "found"),
        ("case", "verified"),
    }
    assert sum(one["weight"] for one in shown["by_rules"]["weights"]) >= 100
    assert [line["event"] for line in shown["log"]][-1] == "opened"


def test_the_page_marks_the_pinned_line_and_makes_no_link_of_a_ghost(reader: httpx.Client) -> None:
    shown = page_of(reader, "demo-01/trading-bot")

    page = reader.get(f"/cases/{shown['key']}").text

    assert page.count('<tr class="pinned">') >= 1
    assert "hxxp" in page
    assert shown["ghosts"][0]["url"] not in page
    assert '<svg class="timeline" role="img"' in page
    links = re.findall(r'<a href="(http[^"]+)" rel="([^"]+)"', page)
    assert {rel for _, rel in links} == {"noreferrer noopener nofollow external"}


def test_a_case_that_nobody_knows_is_not_there(reader: httpx.Client) -> None:
    answer = reader.get("/cases/0000")

    assert answer.status_code == 404
    assert "no case has an id that begins with" in answer.text
    assert reader.get("/api/v1/cases/0000").status_code == 404


def test_a_class_a_label_and_a_note_are_set_from_the_page_of_a_case(client: httpx.Client) -> None:
    key = page_of(client, "demo-20/agent")["key"]

    for do, reason in (("victim", "a hijacked release"), ("assign", "team a"), ("note", "asked")):
        version = page_of(client, "demo-20/agent")["version"]
        sent = {"form": form_secret(client), "case": f"{key}.{version}", "do": do, "reason": reason}
        assert client.post(f"/cases/{key}", data=sent).headers["location"] == f"/cases/{key}"

    shown = page_of(client, "demo-20/agent")
    assert (shown["case_class"], shown["assigned_to"]) == ("victim", "team a")
    assert shown["class_reason"] == "a hijacked release"
    assert [line["event"] for line in shown["log"]][:2] == ["noted", "assigned"]


@pytest.fixture(scope="module")
def spoilt(
    played: Played, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, list[str]]]:
    """A browser, and the ids of the cases of findings of which every text is one of the traps."""
    with wiring_of(played.go_on(tmp_path_factory.mktemp("spoilt") / "user").user) as wiring:
        yield client_of(wiring), [_case_of(wiring, place) for place in range(len(_TRAPS))]


@pytest.mark.parametrize("place", range(len(_TRAPS)))
def test_what_strangers_wrote_is_text_on_every_page(
    spoilt: tuple[httpx.Client, list[str]], place: int
) -> None:
    client, keys = spoilt

    as_json = client.get(f"/api/v1/cases/{keys[place]}")

    assert as_json.status_code == 200
    assert as_json.json()["path"] == f"o/{_TRAPS[place]}"
    _check_harmless(client.get(f"/cases/{keys[place]}"))
    if not place:
        _check_harmless(client.get("/cases"))  # has all of them


def _check_harmless(page: httpx.Response) -> None:
    assert page.status_code == 200
    assert "alert(1)<" not in page.text
    assert "<img" not in page.text
    assert page.text.count("<script") == 1
    assert _CONTROLS.findall(page.text) == []


def _case_of(wiring: Wiring, place: int) -> str:
    """Record a finding of which every text is a trap, and return the id of its case."""
    report = hostile(_TRAPS[place])
    now = wiring.clock()
    where = replace(report.finding.repository, native_id=f"hostile-{place}")
    found = replace(report.finding, repository=where, key=f"{place:064}")
    assert report.evidence is not None
    with wiring.ledger.write() as conn:
        (number,) = frontier.save(conn, [where], now, Way.LIST)
        findings.record(conn, [found], "run", now)
        proofs.add_evidence(conn, found.key, report.evidence, now)
        follow(conn, [number], now, wiring.case_policy)
        return cases.of_repositories(conn, [number])[number].key


def test_of_many_pins_the_first_are_shown_with_how_many_more_and_the_way_to_all(
    client: httpx.Client, wiring: Wiring
) -> None:
    report, now = hostile("many"), wiring.clock()
    where = replace(report.finding.repository, path="o/many", native_id="many")
    pins = [replace(report.finding, repository=where, key=f"{n:064}") for n in range(52)]
    with wiring.ledger.write() as conn:
        (number,) = frontier.save(conn, [where], now, Way.LIST)
        findings.record(conn, pins, "run", now)
        follow(conn, [number], now, wiring.case_policy)

    shown = page_of(client, "o/many")

    assert (len(shown["ghosts"]), shown["more_ghosts"]) == (25, 27)
    page = client.get(f"/cases/{shown['key']}").text
    assert "27 more pins are not shown" in page
    assert {one["no_lines"] for one in shown["ghosts"]} == {"not-verified"}
    assert "<code>ghostcrawl verify</code> reads the lock again" in page
    everything = client.get(f"/api/v1/cases/{shown['key']}?pins=all").json()
    assert (len(everything["ghosts"]), everything["more_ghosts"]) == (52, 0)
    assert f'href="/cases/{shown["key"]}?pins=all"' in page
    (line,) = client.get("/api/v1/cases?state=all&owner=o").json()["rows"]
    assert (len(line["ghosts"]), line["more_ghosts"], line["served"]) == (1, True, None)
    assert " and more</span>" in client.get("/cases?state=all&owner=o").text
