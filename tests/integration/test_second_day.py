"""The second day of the world: what was withdrawn or cleaned is taken back, what is new is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.model import Confidence
from tests.servers.excerpt import CAST, excerpt, on_stage
from tests.servers.valkey import allow_loopback_and_unix
from workers.clock import utc_now
from workers.demo.cases.case import GIT
from workers.demo.class_score import class_score
from workers.demo.score import score
from workers.demo.second_day import LURES, second_day
from workers.demo.world import clone_urls
from workers.ledger import findings
from workers.ledger.ledger import Ledger
from workers.steps.classes import with_classes

pytestmark = pytest.mark.slow  # it waits at the pace of real hosts


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


def test_a_day_later_the_same_commands_tell_the_truth_of_that_day(tmp_path: Path) -> None:
    with on_stage(excerpt([*CAST, "demo-21/agent"]), tmp_path) as stage:
        later = second_day(stage.world)
        report = tmp_path / "report"
        for day in (stage.world, later):
            (stage.user.folder / "urls.txt").write_text("\n".join(clone_urls(day, GIT)), "utf-8")
            stage.server.publish(day)
            stage.user("seed", "--from", "osv-mal,quarantine-feed")
            stage.user(*stage.everywhere)
            stage.user("verify")
            stage.user("report", "-o", str(report))

        ledger = Ledger.open(stage.user.ledger_url)
        with ledger.read() as conn:
            known = findings.reports(conn, minimum=Confidence.CENSUS)
            found = with_classes(conn, known, utc_now())
        ledger.close()
    result = score(found, later.truth)
    assert (result.wrong, result.missed) == ((), ())
    assert class_score(found, later.truth).differs == ()
    letters = "".join(path.read_text("utf-8") for path in report.glob("takedown-*.md"))
    assert [path for path in LURES.values() if path in letters] == []  # a person looks first
    assert "demo-03/mint-bot" not in letters
