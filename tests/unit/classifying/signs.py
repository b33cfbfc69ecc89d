"""Signs to start from: a plain lure, of which a test changes what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.classifying import AccusedPin, Signs
from crawler.model import PinHistory

UPLOADED = datetime(2026, 5, 1, tzinfo=UTC)
ACCUSED = datetime(2026, 5, 20, tzinfo=UTC)
REMOVED = datetime(2026, 5, 21, tzinfo=UTC)
DAY = timedelta(days=1)

BAIT = AccusedPin(
    project="zz-ghost-wallet",
    uploaded_at=UPLOADED,
    accused_at=ACCUSED,
    removed_at=REMOVED,
    project_lives=False,
    older_releases=0,
)
"""A file of a project that was never anything but malicious."""
HIJACKED = replace(BAIT, project="zz-ghost-llm", project_lives=True, older_releases=40)
"""A file of a hijacked release of a living project."""
YOUNG = Signs(pins=(BAIT,), created_at=UPLOADED + 2 * DAY)
"""Nothing but dates and the index speaks for a lure."""
LURE = replace(YOUNG, readme_is_task=True)
"""The normal case: nobody looked at history and siblings."""


def grown(**known: object) -> PinHistory:
    """Return the history of a project of some age."""
    history = PinHistory(commits=12, whole=True, entered_commit="c" * 40)
    return replace(history, **known)  # type: ignore[arg-type]
