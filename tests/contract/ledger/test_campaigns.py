"""Campaigns of the cases that a ledger has, and the names that they keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select, update

from crawler.linking import readme_sketch
from crawler.model import (
    Campaign,
    CaseClass,
    CaseState,
    Classification,
    FindingStatus,
    PinHistory,
    Reason,
    Surroundings,
)
from tests.contract.ledger.samples import NOON, evidence, later
from tests.contract.ledger.test_case_signs import at, found
from tests.unit.linking.test_readme import text
from workers.ledger import campaigns, case_decisions, cases, findings, frontier, proofs, statuses
from workers.ledger.case_following import CasePolicy, follow
from workers.ledger.case_selection import CaseFilter, all_selected
from workers.ledger.erasing import erase
from workers.ledger.ledger import Ledger
from workers.ledger.tables import campaign_case, repository
from workers.runs import Way

LURE = Classification(case_class=CaseClass.LURE, weights=(), rules="1")
RECKONED = CasePolicy(classes_of=lambda _, numbers: dict.fromkeys(numbers, LURE))
"""By which all that has anything open is a lure."""


def keep(
    ledger: Ledger,
    path: str,
    *,
    oid: str = "1" * 40,
    case_class: CaseClass | None = None,
    readme: str = "",
    history: PinHistory | None = None,
) -> None:
    """Add a repository with a finding and a case, a lure unless a person sets another class."""
    one = found(at(path), key=path, oid=oid)
    around = Surroundings(commit="c" * 40, readme_sketch=readme_sketch(readme))
    proof = replace(evidence(), blob_oid=oid, history=history, surroundings=around)
    with ledger.write() as conn:
        (number,) = frontier.save(conn, [one.repository], NOON, Way.LIST)
        findings.record(conn, [one], "run", NOON)
        proofs.add_evidence(conn, one.key, proof, NOON)
        follow(conn, [number], NOON, RECKONED)
        if case_class is not None:
            case = cases.of_repositories(conn, [number])[number]
            case_decisions.set_class(conn, case, case_class, "seen", None, NOON)


def look(ledger: Ledger) -> dict[str, list[str]]:
    """Return the campaigns by name, and keep them."""
    return {one.id: sorted(m.path for m in one.members) for one in _looked(ledger)}


def _looked(ledger: Ledger) -> tuple[Campaign, ...]:
    with ledger.read() as conn:
        seen = campaigns.found(conn)
    ledger.transaction(lambda conn: campaigns.store(conn, seen))
    return seen


def test_lures_of_one_lock_that_were_made_together_are_a_campaign_and_a_victim_is_not_in_it(
    ledger: Ledger,
) -> None:
    for path in ("acme/app", "other/app", "third/app"):
        keep(ledger, path)
    keep(ledger, "hit/app", case_class=CaseClass.VICTIM)

    (one,) = _looked(ledger)

    assert sorted(member.path for member in one.members) == ["acme/app", "other/app", "third/app"]
    assert [reason.code for reason in one.links[0].reasons] == [
        "same-lock",
        "made-together",
        "same-file",
    ]


def test_readme_and_clock_of_the_commit_link_where_the_locks_differ(ledger: Ledger) -> None:
    entered = PinHistory(commits=1, whole=True, entered_at=NOON, utc_offset=540)
    for number, path in enumerate(("acme/app", "other/app")):
        history = replace(entered, entered_at=NOON + timedelta(minutes=number))
        keep(ledger, path, oid=str(number) * 40, readme=text(1, path), history=history)

    (one,) = _looked(ledger)

    assert {"same-readme", "same-file", "committed-together"} <= {
        reason.code for reason in one.links[0].reasons
    }


def test_a_campaign_keeps_its_name_and_what_was_taken_down_stays_in_it(ledger: Ledger) -> None:
    for path in ("acme/app", "other/app"):
        keep(ledger, path)
    (name,) = look(ledger)
    with ledger.write() as conn:
        gone = Reason(code="repository-gone", text="it is gone")
        statuses.lose(conn, ["acme/app"], FindingStatus.GONE, gone, later(1))
        follow(conn, [1], later(1), RECKONED)
        (case,) = cases.of_repositories(conn, [1]).values()
    keep(ledger, "third/app")

    after = look(ledger)

    with ledger.read() as conn:
        wanted = CaseFilter(campaign=name, states=("all",))
        selected = {one.path for one in all_selected(conn, wanted, later(1))}
    assert case.class_known is None
    assert after == {name: ["acme/app", "other/app", "third/app"]}
    assert selected == {"acme/app", "other/app", "third/app"}


def test_a_case_that_is_settled_as_harmless_leaves_and_a_campaign_of_one_ends(
    ledger: Ledger,
) -> None:
    for path in ("acme/app", "other/app"):
        keep(ledger, path)
    assert len(look(ledger)) == 1
    with ledger.write() as conn:
        case = next(one for one in cases.all_cases(conn) if one.path == "other/app")
        case_decisions.set_state(conn, case, CaseState.BENIGN, "our own", None, later(1))

    assert look(ledger) == {}


def test_private_repositories_are_in_no_campaign(ledger: Ledger) -> None:
    for path in ("acme/app", "other/app"):
        keep(ledger, path)
    with ledger.write() as conn:
        conn.execute(update(repository).values(private=True))

    assert look(ledger) == {}


def test_what_is_erased_is_in_no_campaign_any_more(ledger: Ledger) -> None:
    for path in ("acme/app", "other/app"):
        keep(ledger, path)
    look(ledger)

    with ledger.write() as conn:
        erase(conn, "git.example", "acme", later(1))
        left = conn.scalar(select(func.count()).select_from(campaign_case))

    assert left == 1
    assert look(ledger) == {}
