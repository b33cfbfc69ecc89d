"""What was learned long ago is said, and is no clean result."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.registry import is_imported
from tests.integration.conftest import Played
from tests.servers.leasing import lease
from tests.servers.lure import INNOCENT_LOCK
from tests.servers.terminal import Terminal
from workers.ledger import work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkItem, WorkKind

STALE = "stale feeds, by their last answer: osv-mal (3 d ago); run `ghostcrawl seed --from all`"
MISSING = "no feed has been read to its end yet; run `ghostcrawl seed --from all`"


def polled(
    terminal: Terminal, feed: str, *, hours: float | None, problem: str | None = None
) -> None:
    """Let `feed` have answered last so many hours ago, or never."""
    now = datetime.now(UTC)
    answered = None if hours is None else _text(now - timedelta(hours=hours))
    with closing(sqlite3.connect(terminal.state / "ledger.sqlite")) as conn:
        conn.execute(
            "INSERT OR REPLACE INTO feed_poll (feed, asked_at, answered_at, held_back, problem)"
            " VALUES (?, ?, ?, 0, ?)",
            (feed, _text(now), answered, problem),
        )
        conn.commit()


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean/uv.lock").write_bytes(INNOCENT_LOCK)
    return tmp_path / "clean"


@pytest.fixture(params=["read directly", "read by the ledger"])
def door(request: pytest.FixtureRequest, seeded: Terminal) -> list[str]:
    """The words before `scan`: an own ledger is read directly, one that is named by SQLAlchemy."""
    if request.param == "read directly":
        return []
    return ["--database-url", f"sqlite:///{seeded.state / 'ledger.sqlite'}"]


def test_a_scan_by_stale_feeds_names_them_and_ends_with_5(
    seeded: Terminal, clean: Path, door: list[str]
) -> None:
    polled(seeded, "osv-mal", hours=73)
    polled(seeded, "osv-mal:npm", hours=23)

    ran = seeded(*door, "scan", str(clean))

    assert ran.code == 5
    assert STALE in ran.err
    assert "osv-mal:npm" not in ran.err


def test_a_feed_that_never_came_to_its_end_is_stale(
    seeded: Terminal, clean: Path, door: list[str]
) -> None:
    polled(seeded, "kam193", hours=None, problem="connection lost")

    ran = seeded(*door, "scan", str(clean))

    assert ran.code == 5
    assert "stale feeds, by their last answer: kam193 (never); run" in ran.err


def test_stale_feeds_can_be_allowed_with_a_warning(
    seeded: Terminal, clean: Path, door: list[str]
) -> None:
    polled(seeded, "osv-mal", hours=73)

    ran = seeded(*door, "scan", str(clean), "--allow-stale")

    assert ran.code == 0
    assert f"warning: {STALE}" in ran.err


@pytest.mark.parametrize(("age", "code"), [("2d", 5), ("72h", 5), ("4d", 0), ("4400m", 0)])
def test_how_old_a_feed_may_be_is_said_by_the_user(
    seeded: Terminal, clean: Path, age: str, code: int
) -> None:
    polled(seeded, "osv-mal", hours=73)

    assert seeded("scan", str(clean), "--max-feed-age", age).code == code


def test_a_finding_is_stronger_than_a_stale_feed_which_is_said_all_the_same(
    seeded: Terminal, checkout: Path
) -> None:
    polled(seeded, "osv-mal", hours=73)

    ran = seeded("scan", str(checkout))

    assert ran.code == 1
    assert STALE in ran.err


def test_a_stale_feed_is_stronger_than_a_lock_that_cannot_be_read(
    seeded: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "uv.lock").write_bytes(b"\x00\x01")
    polled(seeded, "osv-mal", hours=73)

    stale = seeded("scan", str(tmp_path / "uv.lock"))
    allowed = seeded("scan", str(tmp_path / "uv.lock"), "--allow-stale")

    assert (stale.code, allowed.code) == (5, 3)


def test_imported_files_have_no_age(seeded: Terminal, clean: Path) -> None:
    for word in ("file:/own.jsonl", "misp:events", "stix:bundle.json", "bigquery:result.csv"):
        polled(seeded, word, hours=24 * 400)

    ran = seeded("scan", str(clean))

    assert (ran.code, "stale" in ran.err) == (0, False)


@pytest.mark.parametrize(
    ("feed", "imported"),
    [
        ("file:own.jsonl", True),
        ("bigquery:rows.csv", True),
        ("misp:events", True),
        ("stix:bundle.json", True),
        ("osv-mal:npm", False),
        ("kam193", False),
        ("no-such-feed", False),
    ],
)
def test_a_feed_that_reads_a_path_is_told_by_its_name(feed: str, *, imported: bool) -> None:
    assert is_imported(feed) is imported


def test_without_any_seed_nothing_is_clean(terminal: Terminal, clean: Path) -> None:
    scanned = terminal("scan", str(clean), "--allow-stale")
    listed = terminal("findings", "list", "--allow-stale")
    shown = terminal("status")

    assert (scanned.code, listed.code, shown.code) == (5, 5, 0)
    assert MISSING in scanned.err
    assert MISSING in listed.err
    assert f"warning: {MISSING}" in shown.err


def test_a_seed_of_which_no_feed_came_to_its_end_is_none(terminal: Terminal, clean: Path) -> None:
    assert terminal("seed", "--from", "file:missing.jsonl").code == 5

    ran = terminal("scan", str(clean))

    assert ran.code == 5
    assert MISSING in ran.err


@pytest.mark.parametrize("words", [("findings", "list"), ("status",)])
def test_lists_of_what_was_found_say_which_feeds_are_stale(
    seeded: Terminal, words: tuple[str, ...]
) -> None:
    polled(seeded, "osv-mal", hours=73)

    stale = seeded(*words)
    allowed = seeded(*words, "--allow-stale")
    younger = seeded(*words, "--max-feed-age", "4d")

    assert (stale.code, allowed.code, younger.code) == (5, 0, 0)
    assert STALE in stale.err
    assert f"warning: {STALE}" in allowed.err
    assert "stale" not in younger.err


def test_a_crawl_by_stale_feeds_ends_with_5_unless_it_found_something(
    played: Played, tmp_path: Path
) -> None:
    stage = played.go_on(tmp_path / "user")
    stage.user("hosts", "pause", "forge.example")
    polled(stage.user, "osv-mal", hours=73)
    words = ("crawl", "forge.example", "--max-minutes", "1")

    nothing = stage.user(*words, "--fail-on", "never")
    allowed = stage.user(*words, "--fail-on", "never", "--allow-stale")
    found = stage.user(*words)

    assert (nothing.code, allowed.code, found.code) == (5, 0, 1)
    assert STALE in nothing.err
    assert f"warning: {STALE}" in allowed.err


def doctor(terminal: Terminal, *words: str) -> tuple[int, bool, str]:
    ran = terminal("doctor", *words, "--format", "jsonl")
    (feeds,) = [row for row in ran.rows if row["what"] == "feeds"]
    return ran.code, feeds["fine"], feeds["text"]


def test_the_doctor_is_content_with_feeds_of_today(seeded: Terminal) -> None:
    polled(seeded, "osv-mal", hours=2)
    polled(seeded, "kam193", hours=3, problem="connection lost")

    code, fine, text = doctor(seeded)

    assert (code, fine) == (0, True)
    assert text == "3 asked, oldest answer: kam193 3 h ago, 1 failed in their last poll"


def test_the_doctor_ends_with_5_for_stale_feeds_and_warns_where_they_are_allowed(
    seeded: Terminal,
) -> None:
    polled(seeded, "osv-mal", hours=73)

    stale, allowed = doctor(seeded), doctor(seeded, "--allow-stale")

    assert stale[:2] == (5, False)
    assert allowed[:2] == (0, True)
    assert STALE in stale[2]
    assert STALE in allowed[2]
    assert doctor(seeded, "--max-feed-age", "4d")[:2] == (0, True)


def test_the_doctor_finds_fault_where_every_feed_of_the_network_failed(seeded: Terminal) -> None:
    polled(seeded, "osv-mal", hours=1, problem="connection lost")
    polled(seeded, "kam193", hours=1, problem="URL answered 404")

    code, fine, text = doctor(seeded, "--allow-stale")

    assert (code, fine) == (5, False)
    assert "every feed of the network failed (kam193: URL answered 404, osv-mal: conn" in text


def test_the_doctor_finds_fault_with_a_poll_that_was_given_up(seeded: Terminal) -> None:
    polled(seeded, "osv-mal", hours=1)
    now = datetime.now(UTC)
    with closing(Ledger.open(seeded.ledger_url)) as ledger, ledger.write() as conn:
        work.offer(conn, [WorkItem(kind=WorkKind.POLL, key="osv-mal", due_at=now)], now)
        for attempt in range(20):
            at = now + timedelta(days=attempt)
            for item in lease(conn, WorkKind.POLL, 1, at):
                work.fail(conn, item.id, item.fence, "the worker was killed", at)

    code, fine, text = doctor(seeded)

    assert (code, fine) == (5, False)
    assert "the polls of osv-mal were given up (the worker was killed)" in text


def test_another_problem_of_the_doctor_is_one_of_settings(tmp_path: Path) -> None:
    ran = Terminal.at(tmp_path, "[network]\noperator = 'nobody'\n")("doctor", "--format", "jsonl")

    assert ran.code == 4
