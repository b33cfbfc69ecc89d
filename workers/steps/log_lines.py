"""The lines of the log that tell what was done: one for each visit and each finding that changed.

Written after the transaction that keeps it, so a line is never of what was rolled back. Worker, lane and
fence of the turn stand in each line by the context of the turn. docs/operating.md lists the fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.model import Finding, Visit
    from workers.ledger.findings import Recorded
    from workers.steps.settling import Settled

__all__ = ["log_findings", "log_visit"]

_log = structlog.get_logger(__name__)


def log_visit(brought: Visit, findings: int = 0) -> None:
    """Write the line of one visit that brought so many `findings` new or again."""
    skipped = brought.skipped[0].reason if brought.skipped else None
    _log.info(
        "visit",
        host=brought.repository.host,
        repository=brought.repository.path,
        outcome=brought.outcome.value,
        locks=len(brought.sightings),
        read=len(brought.blobs),
        findings=findings,
        **({} if skipped is None else {"skipped": len(brought.skipped), "reason": skipped}),
    )


def log_findings(found: Iterable[Finding], recorded: Recorded, settled: Settled) -> None:
    """Write a line for each finding that is new, holds again, was taken back or is gone."""
    by_key = {one.key: one for one in found}
    changes: tuple[tuple[str, Sequence[str]], ...] = (
        ("new", recorded.new),
        ("reopened", recorded.reopened),
        ("retracted", settled.retracted),
        ("gone", settled.gone),
    )
    for change, keys in changes:
        for key in keys:
            _log_finding(key, change, by_key.get(key))


def _log_finding(key: str, change: str, one: Finding | None) -> None:
    if one is None:
        _log.info("finding", key=key, change=change)
        return
    _log.info(
        "finding",
        key=key,
        change=change,
        host=one.repository.host,
        repository=one.repository.path,
        path=one.sighting.path,
        tier=one.match.tier.value,
        level=one.match.confidence.value,
    )
