"""What persons decide about findings, and for how long that lasts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection

from crawler.errors import UsageError
from crawler.model import Confidence, FindingStatus, Reason
from tests.contract.ledger.samples import NOON, finding, later
from workers.ledger import decisions, findings, statuses
from workers.ledger.ledger import Ledger

NEW, PROMOTED, DISMISSED = FindingStatus.NEW, FindingStatus.PROMOTED, FindingStatus.DISMISSED
GONE = Reason(code="pin-gone", text="the lock no longer pins it at any ref")
Step = Callable[[Connection, datetime], object]


def found(conn: Connection, now: datetime) -> None:
    findings.record(conn, [finding("f1")], "run", now)


def gone(conn: Connection, now: datetime) -> None:
    statuses.lose(conn, ["f1"], FindingStatus.GONE_AT_REFS, GONE, now)


def taken_back(conn: Connection, now: datetime) -> None:
    statuses.retract(conn, ["f1"], Reason(code="withdrawn", text="withdrawn"), now)


def allowed(conn: Connection, now: datetime) -> None:
    why = Reason(code=statuses.ALLOWED, text="the verdict is now: allowed")
    statuses.retract(conn, ["f1"], why, now)


def promoted(conn: Connection, now: datetime) -> None:
    decisions.promote(conn, "f1", "the maintainer was asked", now)


def dismissed(conn: Connection, now: datetime) -> None:
    decisions.dismiss(conn, "f1", "a honeypot of ours", later(10), now)


def reopened(conn: Connection, now: datetime) -> None:
    decisions.reopen(conn, "f1", "decided by mistake", now)


def day_over(conn: Connection, _now: datetime) -> None:
    statuses.end_dismissals(conn, later(10))


def after(ledger: Ledger, *steps: Step) -> FindingStatus:
    """Return the status after these steps, an hour apart."""
    with ledger.write() as conn:
        for hours, step in enumerate((found, *steps)):
            step(conn, later(hours))
        return statuses.known(conn, ["f1"])["f1"].status


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ((promoted,), PROMOTED),
        ((promoted, found), PROMOTED),
        ((promoted, dismissed), DISMISSED),
        ((promoted, reopened), NEW),
        ((promoted, gone), FindingStatus.GONE_AT_REFS),
        ((promoted, gone, found), NEW),
        ((promoted, taken_back, found), NEW),
        ((promoted, allowed, found), PROMOTED),
        ((promoted, allowed, found, allowed, found), PROMOTED),
        ((promoted, allowed, found, gone, found), NEW),
        ((promoted, gone, allowed, found), NEW),
        ((promoted, reopened, allowed, found), NEW),
        ((allowed, found), NEW),
        ((dismissed, allowed, found), DISMISSED),
        ((promoted, dismissed, allowed, found), DISMISSED),
        ((promoted, dismissed, allowed, *[found] * 10), NEW),
        ((dismissed, found), DISMISSED),
        ((dismissed, promoted), PROMOTED),
        ((dismissed, promoted, gone, found), NEW),
        ((dismissed, reopened), NEW),
        ((dismissed, gone), FindingStatus.GONE_AT_REFS),
        ((dismissed, gone, found), DISMISSED),
        ((dismissed, taken_back, found), DISMISSED),
        ((dismissed, day_over), NEW),
        ((dismissed, dismissed, day_over), NEW),
        ((dismissed, gone, day_over), FindingStatus.GONE_AT_REFS),
        ((dismissed, promoted, day_over), PROMOTED),
        ((dismissed, *[found] * 10), NEW),
        ((dismissed, gone, *[gone] * 9, found), NEW),
    ],
)
def test_a_decision_holds_until_the_pin_goes_and_a_dismissal_until_its_day(
    ledger: Ledger, steps: tuple[Step, ...], status: FindingStatus
) -> None:
    assert after(ledger, *steps) is status


@pytest.mark.parametrize(
    ("closing", "said"), [(gone, "gone-at-refs: the lock"), (taken_back, "retracted")]
)
@pytest.mark.parametrize("decision", [promoted, dismissed, reopened])
def test_what_does_not_hold_cannot_be_decided(
    ledger: Ledger, closing: Step, said: str, decision: Step
) -> None:
    after(ledger, closing)

    with ledger.write() as conn, pytest.raises(UsageError, match=f"f1 is {said}"):
        decision(conn, NOON)


def test_a_finding_is_promoted_once(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="finding f1 is promoted already"):
        after(ledger, promoted, promoted)


def test_nothing_is_reopened_that_was_not_decided(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="nothing to undo"):
        after(ledger, reopened)


def test_a_decision_is_logged_with_its_reason_and_told_with_the_finding(ledger: Ledger) -> None:
    after(ledger, promoted, dismissed, gone, found)

    with ledger.read() as conn:
        log = [(one.event, one.reason.text) for one in decisions.history(conn, "f1")]
        (told,) = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
        counted = findings.counts(conn)
    until = "until 2026-03-01 22:00 UTC: a honeypot of ours"
    assert log == [
        ("found", ""),
        ("promoted", "the maintainer was asked"),
        ("dismissed", until),
        ("gone-at-refs", "the lock no longer pins it at any ref"),
        ("dismissed", until),
    ]
    assert (told.status, told.status_reason) == (DISMISSED, Reason(code="dismissed", text=until))
    assert told.finding.match.confidence is Confidence.CONFIRMED
    assert counted == ()


def test_a_dismissed_finding_is_neither_reported_nor_verified(ledger: Ledger) -> None:
    after(ledger, dismissed)

    with ledger.read() as conn:
        assert list(findings.reports(conn, minimum=Confidence.CENSUS)) == []
        assert findings.unverified(conn, later(9)) == ()


def test_an_id_may_be_cut_off_as_long_as_it_names_one_finding(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("abc1"), finding("abd2")], "run", NOON)

        assert decisions.named(conn, "abc") == "abc1"
        assert decisions.named(conn, "abd2") == "abd2"
        with pytest.raises(UsageError, match=r"several findings .* 'ab': abc1, abd2"):
            decisions.named(conn, "ab")
        for unknown in ("x", "ab%", "ab_2"):
            with pytest.raises(UsageError, match="no finding has an id that begins with"):
                decisions.named(conn, unknown)
