"""What lies around the locks of confirmed findings, seen once per commit: a person is asked by it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler import pipeline
from crawler.model import Confidence, VerdictState
from workers.ledger import findings, proofs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Finding, Report, Surroundings

__all__ = ["note_around", "unseen_in"]


def unseen_in(conn: Connection, repository_id: int) -> tuple[Finding, ...]:
    """Return the confirmed findings of a repository around which nobody looked at the commit of now."""
    keys = {one.key for one in findings.of_repository(conn, repository_id)}
    reports = findings.reports(conn, minimum=Confidence.CONFIRMED, keys=keys)
    return tuple(report.finding for report in reports if _is_unseen(report))


def _is_unseen(report: Report) -> bool:
    if report.evidence is None:
        return report.status.is_open
    known = report.evidence.surroundings
    return known is None or known.commit != report.finding.sighting.commit


def note_around(
    conn: Connection, repository_id: int, around: pipeline.LockSurroundings, now: datetime
) -> None:
    """Keep with the evidence of the findings of a repository what was just seen around their locks."""
    held = findings.of_repository(conn, repository_id)
    for key, seen in _seen(held, around).items():
        known = proofs.last(conn, key)
        if known is not None:
            proofs.add_evidence(conn, key, replace(known, surroundings=seen), now)


def _seen(held: Sequence[Finding], around: pipeline.LockSurroundings) -> Mapping[str, Surroundings]:
    verdicts = [one.match.verdict for one in held if one.match.verdict is not None]
    ghosts = len({one.subject.project for one in verdicts if one.state is VerdictState.MALICIOUS})
    found: dict[str, Surroundings] = {}
    for one in held:
        names = around.names.get(one.sighting.commit, {})
        if one.match.confidence is Confidence.CONFIRMED and one.sighting.path in names:
            found[one.key] = pipeline.surroundings(one, names, around.readmes, ghosts)
    return found
