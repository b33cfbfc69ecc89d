"""Nobody gets a second notice by mail unasked."""

from __future__ import annotations

import pytest

from crawler.errors import UsageError
from crawler.model import CaseActor, CaseEvent, CaseState
from crawler.reporting.interface import Addressed, Edition
from tests.values import NOW
from workers.ledger.case_reports import ReportSent
from workers.ledger.cases import Case
from workers.steps.drafting import Drafts
from workers.steps.sending import _check_owner

CASE = Case(
    number=2,
    key="case-2",
    host="git.example",
    path="acme/other",
    state=CaseState.CONFIRMED,
    class_set=None,
    class_reason=None,
    class_until=None,
    assigned_to=None,
    expires_at=None,
    duplicate_of=None,
    version=1,
    opened_at=NOW,
    changed_at=NOW,
    reported_at=None,
    resolved_at=None,
    class_known=None,
    urgency=0,
    moved=CaseEvent.OPENED,
    moved_by=CaseActor.PROGRAM,
    moved_at=NOW,
)


def sent(host: str, path: str, *noticed: str) -> Drafts:
    told = ReportSent(
        repository=Addressed(host=host, path=path, number=1),
        key="case-1",
        state=CaseState.REPORTED,
        channels=("notice by mail",),
        at=NOW,
        quiet_since=NOW,
        accused=frozenset({"f1"}),
        noticed=frozenset(noticed),
        known=frozenset(),
        unsure=False,
    )
    return Drafts(reports=(), edition=Edition(at=NOW, contact="x"), told=(told,), to_correct=())


def test_an_owner_had_a_notice_however_the_name_is_written() -> None:
    with pytest.raises(UsageError, match="had a notice already, of case case-1: notice by mail"):
        _check_owner(CASE, sent("git.example", "ACME/task", "f1"))


@pytest.mark.parametrize(
    "made",
    [
        sent("git.example", "ACME/task"),
        sent("git.example", "acme-two/task", "f1"),
        sent("other.example", "acme/task", "f1"),
    ],
    ids=["a letter to the desk", "another owner", "another host"],
)
def test_what_was_sent_to_others_is_no_notice_to_the_owner(made: Drafts) -> None:
    _check_owner(CASE, made)
