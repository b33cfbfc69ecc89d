"""The reminder, as a desk reads it that has not answered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.reporting.interface import Edition
from crawler.reporting.reminder import reminder
from tests.unit.reporting.hostile import TRAPS, hostile
from tests.unit.reporting.letters import CONTACT, confirmed
from tests.values import NOW

EDITION = Edition(at=NOW, contact=CONTACT, case_ids={17: "0123456789ab"})


def test_the_whole_reminder_of_one_pin() -> None:
    text = reminder(
        [confirmed()], ["form (2026-11-14 12:00 UTC)"], NOW - timedelta(days=8), EDITION
    )

    assert text == (
        "# Reminder of our malware report: `git.example/acme/task`\n"
        "\n"
        "To: whoever received the report\n"
        "Sent over: form (2026-11-14 12:00 UTC)\n"
        "Case: 0123456789ab\n"
        "Date: 2026-11-22T12:00:00Z\n"
        "\n"
        "Please review the repository as the report asks, or tell us why you do not. It was reported to you "
        "at 2026-11-14T12:00:00Z, 8 days ago, and we have no answer. What the report says of these lines "
        "was still so at 2026-11-22T12:00:00Z:\n"
        "\n"
        "- `uv.lock` line 5: <https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5>\n"
        "- a read-only view of the file contents: <https://viewer.example/project/zz-ghost-one/1.0/>\n"
        "\n"
        "Contact: abuse-research@operator.example. Please quote the case in your answer.\n"
    )


@pytest.mark.parametrize("trap", TRAPS)
def test_what_strangers_write_stays_text(trap: str) -> None:
    text = reminder([hostile(trap)], [trap], NOW - timedelta(days=1), EDITION)

    assert "\x1b" not in text
    assert "\r" not in text
    assert "\u202e" not in text
    assert text.count("\nCase: ") == 1
    assert "Z, a day ago, and we have no answer." in text
