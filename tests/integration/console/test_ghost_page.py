"""A ghost is found by whatever a person calls it, in every ecosystem, and what names nothing is said."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from crawler.model import Ecosystem, Subject
from tests.values import GHOST, verdict
from workers.ledger import verdicts
from workers.wiring import Wiring


@pytest.mark.parametrize("name", ["zz-ghost-wallet", "ZZ_Ghost.wallet", "pypi/zz-ghost-wallet"])
def test_a_bare_name_finds_the_project(reader: httpx.Client, name: str) -> None:
    shown = reader.get("/api/v1/ghost", params={"what": name}).json()

    assert (shown["ghost"]["name"], shown["choices"]) == ("pypi/zz-ghost-wallet", [])
    assert shown["ghost"]["verdicts"]
    assert shown["ghost"]["pinned_by"]


def test_a_name_with_a_version_finds_the_release(reader: httpx.Client) -> None:
    (row, *_) = reader.get("/api/v1/cases?package=zz-ghost-wallet").json()["rows"]
    (release,) = {one for one in row["ghosts"] if one.startswith("zz-ghost-wallet@")}

    shown = reader.get("/api/v1/ghost", params={"what": release}).json()

    assert shown["ghost"]["name"] == f"pypi/{release}"


def test_a_name_of_two_ecosystems_lists_both_with_links(
    client: httpx.Client, wiring: Wiring
) -> None:
    twins = [replace(GHOST, ecosystem=one) for one in (Ecosystem.PYPI, Ecosystem.NPM)]
    judged = {key: (replace(verdict(), subject=Subject(project=key)),) for key in twins}
    wiring.ledger.transaction(lambda conn: verdicts.replace(conn, judged, wiring.clock()))

    shown = client.get("/api/v1/ghost", params={"what": GHOST.name}).json()
    page = client.get("/ghost", params={"what": GHOST.name}).text

    assert shown["ghost"] is None
    assert shown["choices"] == [f"pkg:pypi/{GHOST.name}", f"pkg:npm/{GHOST.name}"]
    assert f'href="/ghost?what=pkg%3Anpm%2F{GHOST.name}"' in page


def test_a_name_that_nobody_has_and_what_is_no_name_are_told_apart(reader: httpx.Client) -> None:
    unknown = reader.get("/ghost", params={"what": "zz-nobody"})
    wrong = reader.get("/ghost", params={"what": "sha256:zz"})

    assert unknown.status_code == 200
    assert "No feed and no stored lock names a project zz-nobody" in unknown.text
    assert wrong.status_code == 400
    assert "names no file" in wrong.text
