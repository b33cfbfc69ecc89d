"""What is shown while the workers are driven."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers.ledgers import new_ledger
from tests.servers.terminal import OFFLINE
from workers.cli.run_cluster import findings_text, finish_command, progress_text
from workers.cli.session import Session
from workers.dispatch.dispatcher import Drained, Progress
from workers.ledger.work_items import Waiting, WorkKind

AT = datetime(2026, 11, 29, 21, 30, 5, tzinfo=UTC)


def progress(waits: Waiting | None) -> Progress:
    return Progress(
        hints=0,
        turns=0,
        busy=0,
        waiting=2,
        next_due_at=AT,
        next_waiting=waits,
        done=7,
        dead=0,
    )


@pytest.mark.parametrize(
    ("waits", "text"),
    [
        (None, ""),
        (
            Waiting(
                kind=WorkKind.VERIFY, host="git.example", due_at=AT, why="the host asks to wait"
            ),
            " (next at 2026-11-29 21:30:05 UTC: verify git.example: the host asks to wait)",
        ),
        (
            Waiting(kind=WorkKind.POLL, host=None, due_at=AT, why=""),
            " (next at 2026-11-29 21:30:05 UTC: poll)",
        ),
    ],
)
def test_waiting_is_shown_with_its_time_zone_and_its_reason(
    waits: Waiting | None, text: str
) -> None:
    assert progress_text(progress(waits)) == f"7 done · 0 under way · 2 waiting{text}"


@pytest.mark.parametrize(
    ("drained", "code", "said"),
    [
        (Drained(done=7, waiting=0, dead=0), 0, "7 done, 0 due later, 0 given up"),
        (Drained(done=7, waiting=2, dead=0), 0, "7 done, 2 due later, 0 given up"),
        (Drained(done=7, waiting=0, dead=1), 3, "7 done, 0 due later, 1 given up"),
        (
            Drained(done=7, waiting=0, dead=1, interrupted=True),
            130,
            "interrupted; the state is saved",
        ),
    ],
)
def test_a_run_that_gave_something_up_is_partial_and_an_interrupted_one_says_how_to_go_on(
    drained: Drained, code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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

    ended = finish_command(session, drained, "jsonl", "confirmed")

    session.close()
    assert ended == code
    assert said in capsys.readouterr().err


def test_findings_that_are_only_counted_are_counted_apart() -> None:
    assert findings_text(123, 13) == "123 findings, 13 more only counted"
    assert findings_text(1, 0) == "1 finding"
