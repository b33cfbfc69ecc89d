"""What the doctor says of worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.ledgers import new_ledger
from tests.servers.terminal import OFFLINE
from workers.cli.doctor_workers import workers_check
from workers.cli.session import Session
from workers.clock import utc_now
from workers.ledger import work
from workers.ledger.work import WorkItem, WorkKind, processes, turns
from workers.ledger.work.processes import Process


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    state = tmp_path / "state"
    state.mkdir()
    new_ledger(state / "ledger.sqlite").close()
    (tmp_path / "ghostcrawl.toml").write_text(OFFLINE, "utf-8")
    session = Session(
        config=tmp_path / "ghostcrawl.toml",
        state_dir=state,
        database_url=None,
        broker_url=None,
        quiet=False,
        progress="none",
        verbose=0,
    )
    yield session
    session.close()


def beats(session: Session, pool: str, *, ahead: float = 0.0, at: datetime | None = None) -> None:
    at = at or utc_now()
    process = Process(
        name=f"host:{pool}",
        pool=pool,
        started_at=at,
        beat_at=at,
        clock_offset=ahead,
        version="1",
        turns=3,
        threads=24,
    )
    session.wiring.ledger.transaction(lambda conn: processes.note(conn, process))


def poll_is_due(session: Session) -> None:
    """Let a poll be due, and the last turn of its lane have ended long ago."""
    ago = datetime.fromisoformat("2026-01-01T12:00:00+00:00")
    poll = WorkItem(kind=WorkKind.POLL, key="osv-mal", due_at=ago)
    ledger = session.wiring.ledger
    ledger.transaction(lambda conn: work.offer(conn, [poll], ago))
    turn = ledger.transaction(lambda conn: turns.take(conn, "gone", ago, pool="api"))
    assert turn is not None
    ledger.transaction(lambda conn: turns.end(conn, turn, ago))


def test_where_nothing_runs_nothing_is_missing(session: Session) -> None:
    poll_is_due(session)

    check = workers_check(session)

    assert (check.fine, check.text) == (True, "0 of api, 0 of git")


def test_a_pool_without_a_worker_is_a_problem_while_others_work(session: Session) -> None:
    poll_is_due(session)
    beats(session, "git")

    check = workers_check(session)

    assert not check.fine
    assert check.text == (
        "0 of api, 1 of git; no worker for api since 2026-01-01 12:00 UTC though work is due; "
        "start `ghostcrawl worker -Q api`"
    )


def test_a_worker_that_has_not_written_for_long_is_none(session: Session) -> None:
    poll_is_due(session)
    beats(session, "git")
    beats(session, "api", at=utc_now() - timedelta(minutes=2))

    assert not workers_check(session).fine


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (3600.0, "the clock of host:git is 3600 s ahead of the database; set it"),
        (-35.0, "the clock of host:git is 35 s behind the database; set it"),
        (4.0, ""),
    ],
)
def test_a_clock_that_is_wrong_is_said(ahead: float, text: str, session: Session) -> None:
    beats(session, "git", ahead=ahead)

    check = workers_check(session)

    assert (check.fine, check.text) == (
        not text,
        "; ".join(filter(None, ["0 of api, 1 of git", text])),
    )
