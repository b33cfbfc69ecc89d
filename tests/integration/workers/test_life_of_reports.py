"""The life of twenty reports: what `run` alone makes of them in two days, which pass 8,000 times as fast."""

from __future__ import annotations

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.servers.excerpt import Stage, excerpt, on_stage
from tests.servers.valkey import allow_loopback_and_unix
from tests.servers.waiting import PATIENCE, eventually
from workers.clock import utc_now
from workers.demo.cases.case import FORGE, GITHUB
from workers.demo.model import World, WorldRepository
from workers.ledger import cases
from workers.ledger.ledger import Ledger

pytestmark = pytest.mark.slow  # it waits for days, scaled

TAKEN_DOWN = (
    *("demo-01/trading-bot", "demo-02/arbitrage-bot", "demo-05/interview-task"),
    *("demo-07/pylock-bot", "demo-09/script-tool"),
    *("demo-03/mint-bot", "demo-08/pylock-prod", "demo-13/mirror-task"),
    *("demo-40/clean-main", "demo-44/monorepo"),
)
"""Five on each host. The owner of the first has something else, and stays."""
BACK = {  # after the package was named: who studies it copies it, too, so a person decides
    "demo-02/arbitrage-bot": "back-01/quant-task",
    "demo-05/interview-task": "back-02/interview",
    "demo-03/mint-bot": "back-03/nft-task",
}
CLEANED = ("demo-42/clean-main", "demo-43/monorepo")
WITHDRAWN, RECORD = "demo-06/render-task", "MAL-2026-9002"
SAME_LOCK = "demo-12/mirror-bot"
"""That of `demo-13/mirror-task`: of two who have one lock and nothing else, either may have been given it."""
IGNORED = (
    *(SAME_LOCK, "demo-14/flat-mirror", "demo-16/mirror-pylock", "demo-17/direct-url"),
    *("demo-54/archived-bot", "demo-61/disguised-ghost", "demo-65/no-hash-ghost"),
)
REPORTED = (*TAKEN_DOWN, *CLEANED, WITHDRAWN, *IGNORED)


def first_day() -> World:
    world = excerpt(REPORTED)
    by_path = {one.path: one for one in world.repositories}
    notes = with_files(by_path[TAKEN_DOWN[0]], {"README.md": b"# Notes\n"})
    (tip,) = by_path[SAME_LOCK].branches.values()
    own = {**tip.files, "uv.lock": tip.files["uv.lock"] + b"# our own\n"}
    by_path[SAME_LOCK] = with_files(by_path[SAME_LOCK], own)
    return replace(world, repositories=(*by_path.values(), replace(notes, path="demo-01/notes")))


def with_files(one: WorldRepository, files: Mapping[str, bytes]) -> WorldRepository:
    tips = {name: replace(tip, files=files) for name, tip in one.branches.items()}
    return replace(one, branches=tips)


def later(world: World) -> World:
    """Return what the reports have led to, and what the owners of lures have done meanwhile."""
    at = utc_now()
    now, unix = at.strftime("%Y-%m-%dT%H:%M:%SZ"), int(at.timestamp())

    def became(one: WorldRepository) -> WorldRepository:
        if one.path in CLEANED:
            return pushed(with_files(one, {"README.md": b"# Cleaned\n"}))
        return replace(one, taken_down=one.path in TAKEN_DOWN)

    def pushed(one: WorldRepository) -> WorldRepository:
        tips = {name: replace(tip, at=unix) for name, tip in one.branches.items()}
        return replace(one, branches=tips, pushed_at=now)

    back = (
        replace(pushed(one), path=BACK[one.path], created_at=now)
        for one in world.repositories
        if one.path in BACK
    )

    return replace(
        world,
        advisories=tuple(
            {**one, "withdrawn": now, "modified": now} if one["id"] == RECORD else one
            for one in world.advisories
        ),
        repositories=(*map(became, world.repositories), *back),
    )


@contextmanager
def running(stage: Stage, report: Path) -> Iterator[None]:
    words = ("run", "--feeds", "osv-mal,quarantine-feed", "--workers", "1", "--report", str(report))
    watch = subprocess.Popen(
        stage.user.command(*words),
        env=stage.user.process_environment(),
        cwd=stage.user.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        watch.send_signal(signal.SIGINT)
        watch.wait(PATIENCE)


def calm(configuration: Path) -> None:
    """Let hosts be asked a few times a day, so that a day that passes in seconds is long enough."""
    text = configuration.read_text("utf-8")
    text = text.replace('list = "10m"', 'list = "6h"')
    text = text.replace('sweep = "10m"', 'sweep = "never"\nsearch = "never"')
    configuration.write_text(text.replace('list = "1d"', 'list = "6h"'), "utf-8")


def rows(stage: Stage, *words: str) -> dict[str, dict[str, Any]]:
    ran = stage.user("cases", "list", *words, "--format", "jsonl")
    return {row["repository"]: row for row in ran.rows} if ran.code == 0 else {}


def states(stage: Stage) -> Counter[tuple[str, str]]:
    """Return how many cases there are in each state, by what became of the repository."""
    kinds = (
        dict.fromkeys(TAKEN_DOWN, "taken down")
        | dict.fromkeys(CLEANED, "cleaned")
        | dict.fromkeys(IGNORED, "ignored")
        | dict.fromkeys(BACK.values(), "back")
        | {WITHDRAWN: "withdrawn"}
    )
    ledger = Ledger.open(stage.user.ledger_url)
    with ledger.read() as conn:
        known = cases.all_cases(conn)
    ledger.close()
    return Counter((kinds[one.path], one.state.value) for one in known if one.path in kinds)


def letters(report: Path) -> str:
    found = []
    for one in report.glob("takedown-*.md"):
        with suppress(FileNotFoundError):  # `run` has just taken it back
            found.append(one.read_text("utf-8"))
    return "".join(found)


def test_of_twenty_reports_each_ends_as_its_repository_did(tmp_path: Path) -> None:
    allow_loopback_and_unix()
    report = tmp_path / "report"
    patience = {"GHOSTCRAWL_REPORT__REMIND_AFTER_DAYS": "1"}
    with on_stage(first_day(), tmp_path, factor=8000) as staged:
        user = replace(staged.user, environment={**staged.user.environment, **patience})
        calm(user.folder / "ghostcrawl.toml")
        stage = replace(staged, user=user)
        with running(stage, report):
            eventually(lambda: all(path in letters(report) for path in REPORTED), seconds=300)
            before = rows(stage)
            keys = [before[path]["id"] for path in REPORTED]
            said = stage.user("cases", "reported", *keys, "--channel", "form")
            assert said.code == 0, said.err
            stage.server.publish(later(stage.world))
            eventually(
                lambda: (
                    states(stage)
                    == {
                        ("taken down", "resolved"): 10,
                        ("cleaned", "resolved"): 2,
                        ("withdrawn", "false-positive"): 1,
                        ("ignored", "reported"): 7,
                        ("back", "needs-look"): 3,
                    }
                ),
                seconds=300,
            )
            back = [rows(stage)[path]["id"] for path in BACK.values()]
            why = ("--reason", "the same lock under another owner", "--yes")
            judged = stage.user("cases", "triage", *back, "--class", "lure", *why)
            assert judged.code == 0, judged.err
            eventually(lambda: all(p in letters(report) for p in BACK.values()), seconds=200)
        stats = {row["host"]: row for row in stage.user("cases", "stats", "--format", "jsonl").rows}
        due = rows(stage, "--due")
        stage.user("report", "-o", str(tmp_path / "new"))
        logs = {row["repository"]: row["log"] for row in stage.user("cases", "show", *keys).rows}

    assert {path: log[-1]["code"] for path, log in logs.items() if path in TAKEN_DOWN} == {
        path: "repository-gone" if path == "demo-01/trading-bot" else "account-gone"
        for path in TAKEN_DOWN
    }
    assert {logs[path][-1]["code"] for path in CLEANED} <= {"pin-gone", "lock-gone"}
    assert logs[WITHDRAWN][-1]["code"] == "withdrawn"
    counted = {
        host: [row[name] for name in ("reported", "removed", "cleaned", "withdrawn", "open")]
        for host, row in stats.items()
    }
    assert counted == {GITHUB: [13, 5, 2, 1, 5], FORGE: [7, 5, 0, 0, 2]}
    assert all(row["median_seconds"] > 0 for row in stats.values())
    assert due.keys() == set(IGNORED)
    new = letters(tmp_path / "new")
    assert [path for path in (*REPORTED, *BACK.values()) if path in new] == list(BACK.values())
    (correction,) = (tmp_path / "new").rglob("correction-*.md")
    text = correction.read_text("utf-8")
    assert "# Correction of a malware report: `github.example/demo-06/render-task`" in text
    assert "\nSent over: form (" in text
    assert f"\nCase: {before[WITHDRAWN]['id']}\n" in text
    assert "Every record behind it was withdrawn." in text
    reminded = stage.user("cases", "reminder", due["demo-61/disguised-ghost"]["id"])
    assert reminded.out.startswith("# Reminder of our malware report: `forge.example/demo-61/")
