from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from crawler.model import Confidence, Tier, VerdictState
from tests.contract.ledger.samples import NOON, finding, later, repository, verdict
from tests.integration.conftest import Played
from tests.servers.terminal import Terminal
from workers.ledger import findings, frontier
from workers.ledger.ledger import Ledger


def test_the_played_world_has_no_leads_and_nobody_is_asked(played: Played, tmp_path: Path) -> None:
    user = played.go_on(tmp_path / "user").user
    before = played.stage.server.traffic()

    shown, told = user("leads", "--least", "1"), user("leads", "--least", "1", "--format", "jsonl")

    assert (shown.code, told.code) == (0, 0)
    assert played.stage.server.traffic() == before
    assert (shown.out, told.rows) == ("", [])
    assert shown.err.startswith("0 leads. young: ")


def test_a_lead_is_shown_with_its_owners_and_becomes_no_letter(terminal: Terminal) -> None:
    assert terminal("leads").out == ""
    with closing(Ledger.open(terminal.ledger_url)) as ledger, ledger.write() as conn:
        for owner in ("ann", "ben"):
            where = replace(repository(f"{owner}/app", owner), created_at=later(-24).isoformat())
            one = finding(owner, confidence=Confidence.CENSUS, path=where.path)
            match = replace(one.match, tier=Tier.U, verdict=verdict(VerdictState.REMOVED))
            frontier.save(conn, [where], NOON)
            findings.record(conn, [replace(one, repository=where, match=match)], "run", NOON)

    shown, told = terminal("leads"), terminal("leads", "--format", "jsonl")
    terminal("report", "--output", str(terminal.folder / "report"))

    assert "accuses nobody" in shown.err
    assert "pkg:pypi/zz-ghost@1.0  removed  2 " in shown.out
    assert [{**row, "observation": row["observation"]["kind"]} for row in told.rows] == [
        {
            "observation": "something_else",
            "package": "pkg:pypi/zz-ghost@1.0",
            "state": "removed",
            "owners": 2,
            "young_repositories": 2,
            "repositories": 2,
            "repositories_of_unknown_age": 0,
            "first_seen": "2026-03-01T12:00:00+00:00",
        }
    ]
    written = [path.read_text("utf-8") for path in (terminal.folder / "report").rglob("*.md")]
    assert [text for text in written if "zz-ghost" in text] == []
