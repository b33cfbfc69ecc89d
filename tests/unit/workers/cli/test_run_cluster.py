"""What is shown while the workers are driven."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workers.cli.run_cluster import progress_text
from workers.dispatch.dispatcher import Progress
from workers.ledger.work_items import Kind, Waiting

AT = datetime(2026, 11, 29, 21, 30, 5, tzinfo=UTC)


def progress(waits: Waiting | None) -> Progress:
    return Progress(
        messages=0,
        items=0,
        leased=0,
        due=0,
        waiting=2,
        next_due_at=AT,
        next_waiting=waits,
        done=7,
        dead=0,
    )


@pytest.mark.parametrize(
    ("waits", "text"),
    [
        (None, "(next at 2026-11-29 21:30:05 UTC)"),
        (
            Waiting(kind=Kind.VERIFY, host="git.example", due_at=AT, why="the host asks to wait"),
            "(next at 2026-11-29 21:30:05 UTC: verify git.example: the host asks to wait)",
        ),
        (
            Waiting(kind=Kind.POLL, host=None, due_at=AT, why=""),
            "(next at 2026-11-29 21:30:05 UTC: poll)",
        ),
    ],
)
def test_waiting_is_shown_with_its_time_zone_and_its_reason(
    waits: Waiting | None, text: str
) -> None:
    assert progress_text(progress(waits)) == f"7 done · 0 under way · 0 due · 2 waiting {text}"
