"""A case with very many findings is shown in part, with how many are left out and the way to all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from tests.servers.consoles import client_of, wiring_of
from tests.servers.many_cases import fill, pin_more
from tests.servers.terminal import OFFLINE, Terminal
from tests.unit.reporting.letters import EVIDENCE, answered
from workers.clock import utc_now
from workers.ledger.case_views import at_head, served


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A user with a case of 131 findings."""
    user = Terminal.at(tmp_path_factory.mktemp("user"), OFFLINE)
    with wiring_of(user) as wiring:
        fill(wiring.ledger, 1, utc_now(), ("o/long",))
        pin_more(wiring.ledger, 130, utc_now())
    return user


@pytest.fixture(scope="module")
def client(user: Terminal) -> Iterator[httpx.Client]:
    with wiring_of(user) as wiring:
        yield client_of(wiring)


def _key(client: httpx.Client, path: str) -> str:
    rows = client.get("/api/v1/cases?state=all").json()["rows"]
    return next(str(row["key"]) for row in rows if row["path"] == path)


def test_the_page_counts_what_it_leaves_out_and_keeps_the_class(client: httpx.Client) -> None:
    key = _key(client, "o/long")

    shown = client.get(f"/api/v1/cases/{key}").json()
    page = client.get(f"/cases/{key}").text

    assert (len(shown["ghosts"]), shown["more_ghosts"]) == (25, 106)
    assert (shown["case_class"], shown["by_rules"]) == ("unclear", None)
    assert "106 more pins are not shown" in page
    assert f'The reasons take all findings: <a href="/cases/{key}?pins=all">' in page
    assert "The rules say nothing" not in page


def test_the_page_of_all_pins_has_the_reasons_as_well(client: httpx.Client) -> None:
    shown = client.get(f"/api/v1/cases/{_key(client, 'o/long')}?pins=all").json()

    assert (len(shown["ghosts"]), shown["more_ghosts"]) == (131, 0)
    assert shown["by_rules"]["case_class"] == "unclear"
    assert shown["class_reasons_left_out"] is False


def test_the_command_shows_the_first_findings_and_with_a_flag_all(
    user: Terminal, client: httpx.Client
) -> None:
    key = _key(client, "o/long")

    lines = user("cases", "show", key, "--format", "text").out.splitlines()
    (row,) = user("cases", "show", key).rows
    (whole,) = user("cases", "show", "--all", key).rows

    assert len([line for line in lines if line.startswith("  finding ")]) == 100
    assert f"  31 more findings are not shown; `cases show --all {key}` shows them" in lines
    assert "  class by rules: unclear; --all gives the reasons" in lines
    assert (len(row["findings"]), row["more_findings"]) == (100, 31)
    assert (len(whole["findings"]), whole["more_findings"]) == (131, 0)
    assert row["class_by_rules"] is None
    assert whole["class_by_rules"]["class"] == "unclear"


def test_that_none_is_so_is_said_only_where_all_were_read() -> None:
    gone = replace(answered(404), evidence=replace(EVIDENCE, still_at_head=False))
    absent, now = answered(404), EVIDENCE.collected_at

    assert (at_head([gone]), at_head([gone], whole=False)) == (False, None)
    assert (served([absent], now), served([absent], now, whole=False)) == (False, None)
    assert at_head([gone, absent], whole=False) is True
