"""Which findings may stand in a letter, and what keeps the others out of it."""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from crawler.model import Confidence, FindingStatus, VerdictState
from crawler.reporting.serving import PRESENT, Serving, serving_of

if TYPE_CHECKING:
    from crawler.model import Report

__all__ = ["Bar", "bar_of"]

_ON_A_HOST = re.compile(r"(?:https?|git|ssh)://")


class Bar(Enum):
    """What keeps a finding out of every letter, in the order in which it is looked for."""

    LOCAL = "local"
    """Its repository is a folder of this machine, so nobody is written to."""
    CLOSED = "closed"
    """It no longer holds; its status says why."""
    NOT_CONFIRMED = "not-confirmed"
    NOT_MALICIOUS = "not-malicious"
    """The verdict, if there is one, calls the file something else."""
    PRIVATE = "private"
    """Its repository is read with a token alone: the operator's own, which no abuse desk is told of."""
    QUESTIONED = "questioned"
    """A person has to answer its questions first."""
    PIN_GONE = "pin-gone"
    """No head had the pin when it was looked at last."""
    NOT_SERVED = "not-served"
    """The pinned file is dead: history, and nothing that anybody installs now."""
    UNVERIFIED = "unverified"
    """Nothing speaks against a letter but that nobody has looked within a day."""


def bar_of(report: Report, at: datetime) -> Bar | None:  # noqa: PLR0911 - one line per bar
    """Return what keeps a finding out of letters at `at` (UTC); None where it may stand in one."""
    finding, evidence = report.finding, report.evidence
    verdict = finding.match.verdict
    if _ON_A_HOST.match(finding.repository.clone_url) is None:
        return Bar.LOCAL
    if not report.status.is_open:
        return Bar.CLOSED
    if finding.match.confidence is not Confidence.CONFIRMED:
        return Bar.NOT_CONFIRMED
    if verdict is None or verdict.state is not VerdictState.MALICIOUS:
        return Bar.NOT_MALICIOUS
    if finding.repository.private:
        return Bar.PRIVATE
    if finding.questions and report.status is not FindingStatus.PROMOTED:
        return Bar.QUESTIONED
    if evidence is None:
        return Bar.UNVERIFIED
    if evidence.still_at_head is False:
        return Bar.PIN_GONE
    if serving_of(evidence.liveness, at) is Serving.ABSENT:
        return Bar.NOT_SERVED
    verified = evidence.verified_at is not None and at - evidence.verified_at <= PRESENT
    return None if verified and evidence.still_at_head else Bar.UNVERIFIED
