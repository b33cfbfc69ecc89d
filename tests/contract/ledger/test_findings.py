from __future__ import annotations

import pytest
from sqlalchemy import update

from crawler.model import Confidence, Ecosystem, ProjectKey, Reason, Tier
from tests.contract.ledger.samples import GHOST, NOON, evidence, finding, later, repository
from workers.ledger import findings, frontier, proofs
from workers.ledger.ledger import Ledger
from workers.ledger.tables import evidence as table

WITHDRAWN = Reason(code="withdrawn", text="The record was taken back.")


def test_a_finding_is_new_once_and_seen_after(ledger: Ledger) -> None:
    with ledger.write() as conn:
        first = findings.record(conn, [finding("f1")], "run-1", NOON)

        second = findings.record(conn, [finding("f1"), finding("f2")], "run-2", later(1))

        (report, _) = findings.reports(conn, minimum=Confidence.CONFIRMED)
    assert (first.new, first.seen) == (("f1",), ())
    assert (second.new, second.seen) == (("f2",), ("f1",))
    assert (report.first_seen, report.last_seen, report.run_id) == (NOON, later(1), "run-1")


def test_a_retracted_finding_leaves_the_reports_unless_asked_for(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)

        taken_back = findings.retract(conn, ["f1", "unknown"], WITHDRAWN, later(1))

        assert taken_back == ("f1",)
        assert list(findings.reports(conn, minimum=Confidence.CENSUS)) == []
        everything = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
        assert [(one.finding.key, one.status_at) for one in everything] == [("f1", later(1))]


def test_a_report_has_the_number_of_its_repository_whatever_else_bears_the_path(
    ledger: Ledger,
) -> None:
    with ledger.write() as conn:
        (first, _) = frontier.save(
            conn, [repository(native_id="7"), repository(native_id="8")], NOON
        )
        findings.record(conn, [finding("f1")], "run-1", NOON)

        (report,) = findings.reports(conn, minimum=Confidence.CENSUS)

    assert finding("f1").repository.native_id == "7"
    assert report.repository_number == first


def test_a_finding_in_a_repository_that_the_ledger_does_not_know_has_no_number(
    ledger: Ledger,
) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)

        (report,) = findings.reports(conn, minimum=Confidence.CENSUS)

    assert report.repository_number is None


def test_retracting_twice_is_retracting_once(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)
        findings.retract(conn, ["f1"], WITHDRAWN, later(1))

        assert findings.retract(conn, ["f1"], WITHDRAWN, later(2)) == ()


def test_a_retracted_finding_that_is_found_again_is_open_again(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)
        findings.retract(conn, ["f1"], WITHDRAWN, later(1))

        recorded = findings.record(conn, [finding("f1")], "run-2", later(2))

        assert (recorded.reopened, recorded.seen) == (("f1",), ())
        assert [one.key for one in findings.of_projects(conn, [GHOST])] == ["f1"]


def test_findings_are_found_by_project_and_by_lock(ledger: Ledger) -> None:
    other = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-other")
    with ledger.write() as conn:
        findings.record(conn, [finding("f1", oid="1" * 40)], "run-1", NOON)

        assert list(findings.of_projects(conn, [GHOST, other])) == [finding("f1", oid="1" * 40)]
        assert list(findings.of_projects(conn, [other])) == []
        assert [one.key for one in findings.of_locks(conn, ["1" * 40])] == ["f1"]


def test_reports_are_in_stable_order_and_sure_enough(ledger: Ledger) -> None:
    given = [
        finding("f3", path="b/app"),
        finding("f2", path="a/app"),
        finding("f1", path="c/app", confidence=Confidence.POSSIBLE),
    ]
    with ledger.write() as conn:
        findings.record(conn, given, "run-1", NOON)

        sure = [one.finding.key for one in findings.reports(conn, minimum=Confidence.LIKELY)]
        named = [
            one.finding.key
            for one in findings.reports(conn, minimum=Confidence.CENSUS, keys=["f1", "f3"])
        ]

    assert (sure, named) == (["f2", "f3"], ["f3", "f1"])


def test_a_report_has_the_last_evidence(ledger: Ledger) -> None:
    old, new = evidence(), evidence(verified_at=later(1))
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)
        proofs.add_evidence(conn, "f1", old, NOON)
        proofs.add_evidence(conn, "f1", new, later(1))

        (report,) = findings.reports(conn, minimum=Confidence.CENSUS)

    assert report.evidence == new


def test_the_same_evidence_is_kept_once(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)
        proofs.add_evidence(conn, "f1", evidence(), NOON)
        sealed = proofs.seal(conn)

        proofs.add_evidence(conn, "f1", evidence(), later(1))

        assert proofs.seal(conn) == sealed


def test_evidence_of_a_lock_as_it_was_before_is_shown_to_nobody(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)
        proofs.add_evidence(conn, "f1", evidence(verified_at=later(2)), NOON)
        findings.move(conn, [finding("f1", oid="1" * 40)])

        (report,) = findings.reports(conn, minimum=Confidence.CENSUS)

        assert report.evidence is None
        assert findings.unverified(conn, later(1)) == ("f1",)


def test_a_verification_that_a_later_look_could_not_repeat_counts_no_longer(
    ledger: Ledger,
) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)
        proofs.expire(conn, "f1", NOON)
        proofs.add_evidence(conn, "f1", evidence(verified_at=later(2)), NOON)

        proofs.expire(conn, "f1", later(3))
        proofs.expire(conn, "f1", later(4))

        last = proofs.last(conn, "f1")
        assert last is not None
        assert (last.still_at_head, last.verified_at) == (None, None)
        assert findings.unverified(conn, later(1)) == ("f1",)
        assert proofs.verify_chain(conn) is None


def test_findings_without_fresh_evidence_are_unverified(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1"), finding("f2"), finding("f3")], "run-1", NOON)
        proofs.add_evidence(conn, "f1", evidence(verified_at=NOON), NOON)
        proofs.add_evidence(conn, "f2", evidence(verified_at=later(2)), NOON)

        assert findings.unverified(conn, later(1)) == ("f1", "f3")


def test_open_findings_are_counted_the_surest_first(ledger: Ledger) -> None:
    given = [finding("f1", confidence=Confidence.POSSIBLE), finding("f2"), finding("f3")]
    with ledger.write() as conn:
        findings.record(conn, given, "run-1", NOON)
        findings.retract(conn, ["f3"], WITHDRAWN, NOON)

        counted = findings.counts(conn)

    assert [(one.tier, one.confidence, one.findings) for one in counted] == [
        (Tier.A, Confidence.CONFIRMED, 1),
        (Tier.A, Confidence.POSSIBLE, 1),
    ]


@pytest.mark.parametrize("column", ["body", "key", "hash", "recorded_at", "verified_at"])
def test_a_changed_row_of_evidence_breaks_the_chain_there(ledger: Ledger, column: str) -> None:
    changed = {"body": "{}", "key": "f2", "hash": "0" * 64}.get(column, later(9))
    with ledger.write() as conn:
        findings.record(conn, [finding("f1"), finding("f2")], "run-1", NOON)
        for hours in range(3):
            proofs.add_evidence(conn, "f1", evidence(verified_at=later(hours)), NOON)
        assert proofs.verify_chain(conn) is None

        conn.execute(update(table).where(table.c.id == 2).values({column: changed}))

        broken = proofs.verify_chain(conn)
    assert broken is not None
    assert broken.id == 2


def test_a_lost_row_of_evidence_breaks_the_chain_after_it(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run-1", NOON)
        for hours in range(3):
            proofs.add_evidence(conn, "f1", evidence(verified_at=later(hours)), NOON)

        conn.execute(table.delete().where(table.c.id == 2))

        assert proofs.verify_chain(conn) == proofs.BrokenSeal(id=3, key="f1")
