"""What happens to a case next, by the facts of its repository; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from crawler.model import (
    CaseActor,
    CaseClass,
    CaseEvent,
    CaseState,
    Confidence,
    FindingStatus,
    Reason,
)
from crawler.reporting.text import utc
from workers.ledger.case_facts import REPOSITORY_GONE, files_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.model import Classification, Report
    from workers.ledger.case_facts import Absence, CaseFacts
    from workers.ledger.cases import Case

__all__ = ["Step", "next_look", "next_step"]

_ANSWERED_WITHIN = 3
"""Days after the first answer about an account within which the second one has to come."""
Step: TypeAlias = "tuple[CaseEvent, Reason]"


def next_step(
    one: Case,
    facts: CaseFacts,
    known: Classification | None,
    now: datetime,
    between_looks: timedelta,
) -> Step | None:
    """Return what happens to a case next, by the facts; None where nothing does.

    Args:
        one: The case.
        facts: Of its repository.
        known: The class that is reckoned; None where none can be. It does not count where a person has set one.
        now: UTC.
        between_looks: How far apart two looks are that resolve a case.
    """
    if one.decisions_over(now):
        return CaseEvent.EXPIRED, _reason("decision-over", "what was decided has had its day")
    if facts.holding or facts.weakened:
        return _step_of_holding(one, facts, known)
    if facts.absent is not None:
        return _resolution(facts.absent, facts.account, between_looks)
    if facts.excused:
        return CaseEvent.EXCUSED, _reason("excused", "every finding is dismissed or allowed")
    if facts.retracted:
        why = facts.retracted[0].status_reason
        return CaseEvent.RETRACTED, why or _reason("retracted", "every finding was taken back")
    return None


def _step_of_holding(one: Case, facts: CaseFacts, known: Classification | None) -> Step | None:
    match one.state:
        case CaseState.RESOLVED:
            return _return_of(one, facts)
        case CaseState.FALSE_POSITIVE | CaseState.BENIGN if facts.holding:
            return CaseEvent.REOPENED, _reason("holds-again", "a finding holds again, or is new")
        case CaseState.NEW | CaseState.NEEDS_LOOK | CaseState.CONFIRMED:
            asked = next(_asked(one, facts, known), None)
            if asked is not None:
                return CaseEvent.QUESTIONED, asked
            return _clearance(one, facts, known)
        case _:
            return None


def next_look(facts: CaseFacts, between_looks: timedelta) -> datetime | None:
    """Return when to look again at what is absent, so that its case can be resolved; None: nothing is."""
    absent = facts.absent
    if absent is None:
        return None
    second = absent.since + between_looks
    if absent.looked_at < second or facts.account is None:
        return second
    return facts.account.since + _ANSWERED_WITHIN * between_looks


def _resolution(absent: Absence, account: Absence | None, between_looks: timedelta) -> Step | None:
    """Return that it is gone, once it was seen twice; the second answer about its account is waited for."""
    if absent.looked_at < absent.since + between_looks:
        return None
    if account is not None and absent.code == REPOSITORY_GONE:
        if account.looked_at >= account.since + between_looks:
            return _gone(account)
        if absent.looked_at < account.since + _ANSWERED_WITHIN * between_looks:
            return None
    return _gone(absent)


def _gone(absent: Absence) -> Step:
    seen = f"seen at {utc(absent.since)} and again at {utc(absent.looked_at)}"
    return CaseEvent.GONE, _reason(absent.code, f"{absent.text} ({seen})")


def _return_of(one: Case, facts: CaseFacts) -> Step | None:
    """Return how a case comes back that was resolved; None where nothing was seen since."""
    gone = one.resolved_at or one.moved_at
    for report in facts.holding:
        if report.last_seen <= gone:
            continue  # a person says that it is gone, and nobody has looked since
        match = report.finding.match
        what = f"{match.release[0] or '?'} {match.release[1] or '?'}"
        if report.first_seen <= gone or files_of(report) & facts.gone_files:
            return CaseEvent.REGRESSED, _reason("pinned-again", f"a lock pins {what} again")
        return CaseEvent.FOUND_AGAIN, _reason("another-file", f"a lock pins {what}")
    return None


def _asked(one: Case, facts: CaseFacts, known: Classification | None) -> Iterator[Reason]:
    """Yield what a person has to look at; nothing that one has seen already."""
    decided = one.moved_at if one.moved_by is CaseActor.PERSON else None
    for report in facts.questions:
        if decided is None or report.first_seen > decided:
            yield report.finding.questions[0]
    if decided is not None:
        return
    if not facts.holding:
        yield _reason("weakened", "no finding is likely any more")
    case_class = _class_of(one, known)
    by_rules = one.class_set is None  # a person who says that it is research has looked
    if case_class is CaseClass.UNCLEAR or (case_class is CaseClass.RESEARCH and by_rules):
        yield _reason(f"class-{case_class}", f"the class is {case_class}")


def _class_of(one: Case, known: Classification | None) -> CaseClass | None:
    return one.class_set or (None if known is None else known.case_class)


def _clearance(one: Case, facts: CaseFacts, known: Classification | None) -> Step | None:
    """Return that nothing is left to ask, where something tells that the repository may be reported."""
    if one.state is CaseState.NEEDS_LOOK and one.moved is not CaseEvent.QUESTIONED:
        return None  # a person is waited for
    sure = any(_is_sure(report) for report in facts.holding)
    promoted = any(report.status is FindingStatus.PROMOTED for report in facts.holding)
    if not sure or not (promoted or _class_of(one, known) is not None):
        return None
    return CaseEvent.CLEARED, _reason("nothing-to-ask", "no question is open")


def _is_sure(report: Report) -> bool:
    promoted = report.status is FindingStatus.PROMOTED
    return promoted or report.finding.match.confidence is Confidence.CONFIRMED


def _reason(code: str, text: str) -> Reason:
    return Reason(code=code, text=text)
