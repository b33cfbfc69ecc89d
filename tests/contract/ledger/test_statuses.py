"""Each change of a finding is logged once, with its reason, and what is told of it is the last one."""

from __future__ import annotations

from sqlalchemy import select

from crawler.model import Confidence, FindingStatus, Reason
from tests.contract.ledger.samples import NOON, finding, later, repository
from workers.ledger import findings, frontier, statuses
from workers.ledger.ledger import Ledger
from workers.ledger.tables import finding_event

GONE = Reason(code="pin-gone", text="the lock no longer pins it at any ref")
CHANGED = Reason(code="verdict-changed", text="the owner of this file has yanked it")
WITHDRAWN = Reason(code="withdrawn", text="every record behind it was withdrawn")


def events(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.read() as conn:
        columns = (finding_event.c.event, finding_event.c.code)
        return [(e, c) for e, c in conn.execute(select(*columns).order_by(finding_event.c.id))]


def told(ledger: Ledger) -> tuple[FindingStatus, Reason | None]:
    with ledger.read() as conn:
        (one,) = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
    return one.status, one.status_reason


def test_a_pin_that_goes_is_gone_once_and_new_when_it_is_found_again(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run", NOON)
        first = statuses.lose(conn, ["f1", "none"], FindingStatus.GONE_AT_REFS, GONE, later(1))
        second = statuses.lose(conn, ["f1"], FindingStatus.GONE, GONE, later(2))
        open_ones = list(findings.reports(conn, minimum=Confidence.CENSUS))
    gone = told(ledger)
    with ledger.write() as conn:
        recorded = findings.record(conn, [finding("f1")], "run", later(3))

    assert (first, second, open_ones) == (("f1",), (), [])
    assert gone == (FindingStatus.GONE_AT_REFS, GONE)
    assert (recorded.reopened, recorded.seen) == (("f1",), ())
    assert told(ledger) == (FindingStatus.NEW, None)
    assert events(ledger) == [
        ("found", ""),
        ("gone-at-refs", "pin-gone"),
        ("reopened", "found-again"),
    ]


def test_what_has_ended_a_finding_stays_what_ended_it(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1")], "run", NOON)
        statuses.lose(conn, ["f1"], FindingStatus.GONE, GONE, later(1))

        taken_back = statuses.retract(conn, ["f1"], CHANGED, later(2))
        lost = statuses.lose(conn, ["f1"], FindingStatus.GONE_AT_REFS, GONE, later(3))

    assert (taken_back, lost) == ((), ())
    assert told(ledger) == (FindingStatus.GONE, GONE)


def test_a_finding_knows_the_number_of_its_repository_and_not_that_of_its_namesake(
    ledger: Ledger,
) -> None:
    with ledger.write() as conn:
        (ours,) = frontier.save(conn, [repository(native_id="7")], NOON)
        (namesake,) = frontier.save(conn, [repository(native_id="8")], later(1))

        findings.record(conn, [finding("f1")], "run", NOON)

        assert ours != namesake
        assert statuses.known(conn, ["f1"])["f1"].repository_id == ours
        assert [one.key for one in findings.of_repository(conn, ours)] == ["f1"]
        assert findings.of_repository(conn, namesake) == ()


def test_of_findings_with_one_key_the_first_stands_for_all(ledger: Ledger) -> None:
    with ledger.write() as conn:
        findings.record(conn, [finding("f1", oid="1" * 40), finding("f1", oid="2" * 40)], "r", NOON)

        (one,) = findings.reports(conn, minimum=Confidence.CENSUS)

    assert one.finding.sighting.oid == "1" * 40
