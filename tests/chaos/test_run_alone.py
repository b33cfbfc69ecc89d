"""`run` does the whole job by itself, and another cluster beside it on the same ledger does no harm."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.model import Confidence, Report
from tests.chaos.conftest import Doomed, doomed
from tests.servers.excerpt import Stage, excerpt, on_stage
from tests.servers.waiting import eventually
from workers.demo.score import Score, score
from workers.demo.world import build
from workers.ledger import findings
from workers.ledger.ledger import Ledger

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FEEDS = ("--feeds", "osv-mal,quarantine-feed")
LONG = 300.0


def reports(stage: Stage) -> tuple[Report, ...]:
    with closing(Ledger.open(stage.user.ledger_url)) as ledger, ledger.read() as conn:
        return tuple(findings.reports(conn, minimum=Confidence.CENSUS))


def result(stage: Stage) -> Score:
    return score(reports(stage), stage.world.truth)


def overspent(stage: Stage) -> int:
    hosts = (stage.server.github, stage.server.forgejo)
    return sum(host.stats().violations for host in hosts)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_one_round_of_run_alone_finds_what_is_true_on_all_hosts_and_writes_the_report(
    tmp_path: Path,
) -> None:
    report, by_hand = tmp_path / "report", tmp_path / "by-hand"
    with on_stage(build(), tmp_path, page_limit=100) as stage:
        ran = stage.user.process("run", "--once", *FEEDS, "--report", str(report), seconds=900)

        found = result(stage)
        sure = (
            one for one in reports(stage) if one.finding.match.confidence is Confidence.CONFIRMED
        )
        hosts = {one.finding.repository.host for one in sure}
        assert stage.user("report", "-o", str(by_hand)).code == 0
        asked = (overspent(stage), stage.server.traffic().file_downloads)
    assert ran.code in {0, 3}, ran.err
    assert (found.wrong, found.missed) == ((), ())
    assert hosts == {"github.example", "forge.example", "git.example"}
    assert asked == (0, 0)
    assert names(report) == names(by_hand)
    assert len([name for name in names(report) if name.startswith("takedown-")]) > 10


def test_two_watches_and_a_crawl_on_one_ledger_find_each_thing_once_and_keep_the_limits_together(
    tmp_path: Path,
) -> None:
    with on_stage(excerpt(), tmp_path) as stage:
        with (
            doomed(stage.user, ("run", *FEEDS)) as first,
            doomed(stage.user, ("run", *FEEDS)) as other,
        ):
            eventually(lambda: is_at_work(stage, 2), LONG)
            refused = stage.user.process("run", "--once", *FEEDS)
            crawled = stage.user.process(*stage.everywhere, "--fail-on", "never", seconds=LONG)
            seen = {one.finding.key for one in reports(stage)}
            eventually(lambda: result(stage).perfect, LONG)
            codes = [ended(one) for one in (first, other)]

        found, books = result(stage), read_books(stage)
    assert refused.code == 2
    assert "a `run` watches this ledger already" in refused.err
    assert crawled.code in {0, 3}, crawled.err
    assert seen
    assert set(codes) <= {0, 3, 130}
    assert (found.wrong, found.missed) == ((), ())
    assert len(books.new) == len(set(books.new)) > 0
    assert (books.overspent, books.dead, books.checked) == (0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What is left when all have ended."""

    new: Sequence[str]
    """Keys of findings, each time one was said to be new."""
    dead: int
    overspent: int
    checked: int


def read_books(stage: Stage) -> Books:
    checked = stage.user("db", "check").code
    with closing(Ledger.open(stage.user.ledger_url)) as ledger, ledger.read() as conn:
        found_first = "SELECT key FROM finding_event WHERE event = 'found'"
        new = conn.exec_driver_sql(found_first).scalars().all()
        given_up = "SELECT count(*) FROM work WHERE state = 'dead'"
        dead = conn.exec_driver_sql(given_up).scalar_one()
    return Books(new=new, dead=dead, overspent=overspent(stage), checked=checked)


def is_at_work(stage: Stage, watches: int) -> bool:
    if not (stage.user.state / "ledger.sqlite").exists():
        return False
    with closing(Ledger.open(stage.user.ledger_url)) as ledger:
        if not ledger.is_current():
            return False
        with ledger.read() as conn:
            living = "SELECT count(*) FROM worker WHERE pool = 'watch'"
            return bool(conn.exec_driver_sql(living).scalar_one() == watches)


def ended(watch: Doomed) -> int:
    watch.process.send_signal(signal.SIGINT)
    return watch.end(LONG)
