"""`run`: the whole job by itself: feeds, all hosts, checks and the report, once or for ever."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.errors import StoreError
from crawler.model import CaseClass, Confidence, Report
from tests.servers.excerpt import CAST, Stage, excerpt, on_stage
from tests.servers.lure import write_feed
from tests.servers.valkey import allow_loopback_and_unix
from tests.servers.waiting import PATIENCE, eventually
from workers.clock import utc_now
from workers.demo.cases.case import GIT
from workers.demo.loopback import Server
from workers.demo.score import score
from workers.demo.second_day import CLEANED, LURES, second_day
from workers.demo.web import text
from workers.demo.world import clone_urls
from workers.ledger import findings
from workers.ledger.ledger import Ledger

FEEDS = "osv-mal,quarantine-feed"


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with on_stage(excerpt([*CAST, "demo-21/agent"]), tmp_path) as staged:
        yield staged


def reports(stage: Stage) -> list[Report]:
    ledger = Ledger.open(stage.user.ledger_url)
    with ledger.read() as conn:
        found = list(findings.reports(conn, minimum=Confidence.CENSUS))
    ledger.close()
    return found


def letters(folder: Path) -> set[str]:
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return set()
    listed = json.loads(manifest.read_text("utf-8"))["files"]
    return {one["repository"]["path"] for one in listed if one["kind"] == "letter"}


@pytest.mark.slow
def test_one_round_finds_on_all_hosts_what_is_true_verifies_it_and_writes_the_letters(
    stage: Stage, tmp_path: Path
) -> None:
    report = tmp_path / "report"

    ran = stage.user("run", "--once", "--feeds", FEEDS, "--workers", "1", "--report", str(report))

    found = reports(stage)
    result = score(found, stage.world.truth)
    assert ran.code == 0, ran.err
    assert (result.wrong, result.missed) == ((), ())
    assert {one.finding.repository.host for one in found} == {
        *("github.example", "forge.example", "git.example")
    }
    assert all(one.evidence and one.evidence.verified_at for one in found)
    assert letters(report) == {
        one.repository for one in stage.world.truth if one.case_class is CaseClass.LURE
    }


@pytest.mark.slow
def test_a_watch_finds_lures_that_appear_on_three_hosts_and_corrects_its_report(
    stage: Stage, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    words = ("run", "--feeds", FEEDS, "--workers", "1", "--report", str(report))
    watch = subprocess.Popen(
        stage.user.command(*words),
        env=stage.user.process_environment(),
        cwd=stage.user.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def is_true_of(day: Stage) -> bool:
        try:
            return score(reports(stage), day.world.truth).perfect
        except StoreError:  # it is being made
            return False

    try:
        eventually(lambda: is_true_of(stage), seconds=200)
        later = second_day(stage.world, utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        (stage.user.folder / "urls.txt").write_text("\n".join(clone_urls(later, GIT)), "utf-8")
        stage.server.publish(later)
        second = Stage(world=later, server=stage.server, user=stage.user)
        eventually(lambda: is_true_of(second), seconds=200)
        cleaned = {path for _, path in CLEANED}
        eventually(lambda: letters(report) and not cleaned & letters(report), seconds=200)
    finally:
        watch.send_signal(signal.SIGINT)
        watch.wait(PATIENCE)

    assert watch.returncode == 130
    assert letters(report).isdisjoint(LURES.values()), "a person looks first"
    assert stage.server.github.stats().violations == 0
    assert stage.server.forgejo.stats().violations == 0
    assert stage.server.traffic().file_downloads == 0


@pytest.mark.slow
def test_a_round_in_which_a_feed_failed_ends_with_3_and_names_it(
    stage: Stage, tmp_path: Path
) -> None:
    own = write_feed(tmp_path / "feed.jsonl")
    missing = f"file:{tmp_path / 'missing.jsonl'}"

    ran = stage.user("run", "--once", "--feeds", f"{missing},{own}", "--workers", "1")

    assert ran.code == 3, ran.err
    assert f"poll {missing}: {missing}: not readable to the end" in ran.err
    assert "zz-ghost-lure" in stage.user("ghosts", "list").out


@pytest.mark.slow
def test_a_round_of_which_only_a_poll_has_to_wait_ends_with_3(stage: Stage, tmp_path: Path) -> None:
    own = write_feed(tmp_path / "feed.jsonl")
    busy = Server({"osv.example": lambda _: text(429, "later", {"Retry-After": "3600"})})
    with busy:
        leads = f'{{"osv.example": "{busy.base_url}"}}'
        more = {"GHOSTCRAWL_NETWORK__CONNECT_TO": leads, "GHOSTCRAWL_NETWORK__SCALE": "1"}
        kept = {**stage.user.environment, **more, "GHOSTCRAWL_STATE_DIR": str(tmp_path / "state")}
        user = replace(stage.user, environment=kept)

        ran = user("run", "--once", "--feeds", f"osv-mal,{own}", "--workers", "1")

    assert "0 given up" in ran.err
    assert ran.code == 3, ran.err


def test_the_plan_says_what_is_asked_how_often_and_what_cannot_be_seen_and_asks_nobody(
    stage: Stage,
) -> None:
    shown = stage.user("run", "--plan", "--feeds", FEEDS, "--format", "jsonl")

    rows = {row["what"]: row for row in shown.rows}
    assert shown.code == 0
    assert rows["sweep github.example"]["requests_a_day"] == 144
    assert rows["search github.example"]["allowed_a_day"] == 8 * 60 * 24
    assert rows["list forge.example"]["every_seconds"] == 600
    assert rows["repos git.example"]["every_seconds"] == 600
    assert "poll osv-mal" in rows
    assert any("not in its list" in line for line in rows["blind spots git.example"]["blind_spots"])
    assert stage.requests() == 0
