"""Which findings may stand in a letter, and what keeps the others out of it."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from crawler.model import CaseClass, Confidence, FindingStatus, VerdictState, is_request
from crawler.reporting.serving import PRESENT, Serving, serving_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.model import Report

__all__ = [
    "HELD_BACK",
    "Bar",
    "accused_repositories",
    "bar_of",
    "class_of",
    "is_verified",
    "names_malware",
]

_ON_A_HOST = re.compile(r"(?:https?|git|ssh)://")


class Bar(Enum):
    """What keeps a finding out of every letter, in the order in which it is looked for."""

    LOCAL = "local"
    """Its repository is a folder of this machine, so nobody is written to."""
    CLOSED = "closed"
    """It no longer holds; its status says why."""
    REQUEST = "request"
    """Only a pull or merge request has it, which a stranger may open: the owner has done nothing."""
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
    NOT_A_LURE = "not-a-lure"
    """Its repository is somebody's own work, or nobody can tell; only what was made as a trap is asked down."""
    UNVERIFIED = "unverified"
    """Nothing speaks against a letter but that nobody has looked within a day."""


HELD_BACK = {
    Bar.PRIVATE: "in a private repository, which no abuse desk is told of",
    Bar.UNVERIFIED: "not verified within a day; run verify",
    Bar.REQUEST: "only a pull or merge request has it, which a stranger may open",
    Bar.QUESTIONED: "open questions; a person decides about them",
    Bar.NOT_A_LURE: "the repository is no lure as far as is known",
    Bar.NOT_SERVED: "the pinned file is no longer served, which makes it history",
}
"""Why what was found waits, for people."""


def bar_of(report: Report, at: datetime) -> Bar | None:  # noqa: C901, PLR0911 - one line per bar
    """Return what keeps a finding out of letters at `at` (UTC); None where it may stand in one."""
    finding, evidence = report.finding, report.evidence
    verdict = finding.match.verdict
    if _ON_A_HOST.match(finding.repository.clone_url) is None:
        return Bar.LOCAL
    if not report.status.is_open:
        return Bar.CLOSED
    if is_request(finding.sighting.ref):
        return Bar.REQUEST
    if finding.match.confidence is not Confidence.CONFIRMED:
        return Bar.NOT_CONFIRMED
    if verdict is None or verdict.state is not VerdictState.MALICIOUS:
        return Bar.NOT_MALICIOUS
    if finding.repository.private:
        return Bar.PRIVATE
    if finding.questions and report.status is not FindingStatus.PROMOTED:
        return Bar.QUESTIONED
    if evidence is not None and evidence.still_at_head is False:
        return Bar.PIN_GONE
    if evidence is not None and serving_of(evidence.liveness, at) is Serving.ABSENT:
        return Bar.NOT_SERVED
    if class_of(report) is not CaseClass.LURE:
        return Bar.NOT_A_LURE
    return None if is_verified(report, at) else Bar.UNVERIFIED


def class_of(report: Report) -> CaseClass:
    """Return what its repository is; UNCLEAR where nobody has classified it."""
    found = report.classification
    return CaseClass.UNCLEAR if found is None else found.case_class


def is_verified(report: Report, at: datetime) -> bool:
    """Say whether the pin was seen at a head within the day before `at`."""
    evidence = report.evidence
    if evidence is None or evidence.verified_at is None or not evidence.still_at_head:
        return False
    return at - evidence.verified_at <= PRESENT


def accused_repositories(reports: Iterable[Report], at: datetime) -> list[Sequence[Report]]:
    """Return the findings that may stand in a letter at `at` (UTC), by repository.

    In the order of host and path; within one, in the order of `reports`.
    """
    found: dict[tuple[str, str], list[Report]] = defaultdict(list)
    for report in reports:
        if bar_of(report, at) is None:
            repository = report.finding.repository
            found[repository.host, repository.path].append(report)
    return [group for _, group in sorted(found.items())]


def names_malware(report: Report) -> bool:
    """Say whether a finding tells of a malicious file, though perhaps nothing of its repository."""
    match = report.finding.match
    malicious = match.verdict is not None and match.verdict.state is VerdictState.MALICIOUS
    return report.status.is_open and match.confidence is Confidence.CONFIRMED and malicious
