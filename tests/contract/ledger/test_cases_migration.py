"""A ledger from before there were cases has one for each repository whose findings hold."""

from __future__ import annotations

from datetime import datetime

import pytest

from crawler.model import CaseState, Finding
from crawler.reporting.interface import Addressed
from crawler.reporting.letter import case_of
from tests.contract.ledger.samples import NOON, finding, later
from tests.contract.ledger.test_settling_migration import fill, repository
from workers.ledger import case_log, cases
from workers.ledger.case_following import CasePolicy, follow, unfollowed
from workers.ledger.ledger import Ledger
from workers.values import encode


def row(one: Finding, number: int, seen: datetime, **other: str) -> dict[str, object]:
    at = seen.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "key": f"{number}-{at}",
        "host": one.repository.host,
        "path": one.repository.path,
        "lock_path": one.sighting.path,
        "oid": one.sighting.oid,
        "tier": "A",
        "confidence": "confirmed",
        "state": "new",
        "first_seen": at,
        "last_seen": at,
        "run_id": "1",
        "body": encode(one),
        "repository_id": number,
    } | other


@pytest.fixture
def upgraded(empty: Ledger) -> Ledger:
    fill(
        empty,
        "0015",
        {
            "repository": [repository(n, f"acme/app-{n}") for n in (7, 8, 9, 10)],
            "finding": [
                row(finding(), 7, later(5)),
                row(finding(), 7, NOON),
                row(finding(), 8, NOON, confidence="possible"),
                row(finding(), 9, NOON, state="gone"),
                row(finding(), 10, NOON, state="promoted", confidence="likely"),
            ],
        },
    )
    return empty


def test_each_repository_whose_findings_hold_has_a_case_since_the_first(upgraded: Ledger) -> None:
    with upgraded.read() as conn:
        found = cases.all_cases(conn)
        lines = case_log.history(conn, 7)

    assert [(one.path, one.state, one.version) for one in found] == [
        ("acme/app-10", "new", 0),
        ("acme/app-7", "new", 0),
    ]
    assert found[1].opened_at == NOON
    assert found[1].key == case_of(Addressed(host="git.example", path="acme/app-7", number=7))
    assert [(line.event, line.before, line.after, line.at) for line in lines] == [
        ("opened", None, "new", NOON)
    ]


def test_what_was_opened_is_looked_at_once_and_what_has_no_finding_gets_no_case(
    upgraded: Ledger,
) -> None:
    with upgraded.write() as conn:
        first = unfollowed(conn, later(9), CasePolicy())
        follow(conn, first, later(9), CasePolicy())
        second = unfollowed(conn, later(9), CasePolicy())
        found = {one.number: one.state for one in cases.all_cases(conn)}

    assert (first, second) == (frozenset({7, 10}), frozenset())
    assert found == {7: CaseState.NEW, 10: CaseState.CONFIRMED}
