"""What a crawl puts into the queue, and what that takes."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import event

from workers.cli.offering import offer_hosts, offer_list
from workers.runs import Run, Strategy
from workers.settings import load
from workers.wiring import Wiring


def test_repositories_of_a_list_are_offered_without_a_look_at_any_verdict(tmp_path: Path) -> None:
    wiring = Wiring(load(state_dir=tmp_path / "state"))
    run = Run.start(wiring.clock())
    statements: list[str] = []
    event.listen(
        wiring.ledger._engine, "before_cursor_execute", lambda *a: statements.append(str(a[2]))
    )

    offer_hosts(wiring, [], list(Strategy), run)
    offered = offer_list(wiring, ["https://git.example/a/b.git"], run)

    wiring.close()
    assert offered.asked == 1
    assert statements
    assert not [one for one in statements if "verdict" in one]
