"""Leads: taken away by the index, named by nobody, pinned by young repositories of several owners."""

from __future__ import annotations

from dataclasses import replace

from crawler.model import Confidence, Ecosystem, ProjectKey, Tier, VerdictState
from tests.contract.ledger.samples import (
    GHOST,
    NOON,
    evidence,
    finding,
    later,
    record,
    repository,
    said,
    verdict,
)
from workers.census.leads import Lead, leads_of
from workers.census.reading import ever_named
from workers.ledger import assertions, findings, frontier, proofs
from workers.ledger.ledger import Ledger

OTHER = replace(GHOST, name="zz-other")
DAY = 24


def pinned(
    ledger: Ledger,
    path: str,
    created_days_before: float | None,
    *,
    state: VerdictState = VerdictState.REMOVED,
    project: ProjectKey = GHOST,
    fork_of: str | None = None,
    private: bool | None = None,
    view: str | None = None,
) -> None:
    """A pin of a release without any accusation, found at noon."""
    age = created_days_before
    created = None if age is None else later(-DAY * age).isoformat()
    where = replace(repository(path, path), created_at=created, fork_of=fork_of, private=private)
    key = f"{path} {project.name}"
    one = finding(key, confidence=Confidence.CENSUS, path=path)
    match = replace(one.match, tier=Tier.U, verdict=verdict(state, project=project))
    with ledger.write() as conn:
        frontier.save(conn, [where], NOON)
        findings.record(conn, [replace(one, repository=where, match=match)], "run", NOON)
        if view is not None:
            proofs.add_evidence(conn, key, replace(evidence(), viewer_url=view), NOON)


def known(ledger: Ledger, least: int = 2) -> tuple[Lead, ...]:
    with ledger.read() as conn:
        reports = list(findings.reports(conn, minimum=Confidence.CENSUS))
        return leads_of(reports, ever_named(conn), least)


def test_a_lead_counts_owners_of_young_repositories(ledger: Ledger) -> None:
    pinned(ledger, "ann/one", 1)
    pinned(ledger, "ann/two", 2)
    pinned(ledger, "ben/app", 90)
    pinned(ledger, "old/app", 91)
    pinned(ledger, "who/app", None)

    (lead,) = known(ledger)

    assert (lead.project, lead.state) == (GHOST, VerdictState.REMOVED)
    assert (lead.owners, lead.young, lead.repositories, lead.undated) == (2, 3, 5, 1)
    assert lead.first_seen == NOON


def test_many_repositories_of_one_owner_are_no_lead(ledger: Ledger) -> None:
    for number in range(9):
        pinned(ledger, f"ann/r{number}", 1)

    assert known(ledger) == ()
    assert [one.young for one in known(ledger, least=1)] == [9]


def test_forks_have_their_pins_from_elsewhere_and_are_not_counted_as_young(
    ledger: Ledger,
) -> None:
    pinned(ledger, "ann/one", 1)
    for owner in ("ben", "cyd", "dan"):
        pinned(ledger, f"{owner}/one", 1, fork_of="ann/one")

    assert known(ledger) == ()
    assert [(one.owners, one.repositories) for one in known(ledger, least=1)] == [(1, 4)]


def test_a_repository_that_was_created_after_its_pin_was_found_is_of_unknown_age(
    ledger: Ledger,
) -> None:
    pinned(ledger, "ann/one", 1)
    pinned(ledger, "ben/one", -1)

    (lead,) = known(ledger, least=1)

    assert (lead.owners, lead.young, lead.undated) == (1, 1, 1)


def test_what_any_feed_ever_named_is_no_lead_though_it_was_taken_back(ledger: Ledger) -> None:
    for owner in ("ann", "ben"):
        pinned(ledger, f"{owner}/app", 1)
    taken_back = replace(said(), retracted_at=later(1), observed_at=later(1))
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(taken_back)], NOON)

    assert known(ledger) == ()


def test_what_its_owner_removed_or_an_advisory_names_is_no_lead(ledger: Ledger) -> None:
    for owner in ("ann", "ben"):
        pinned(ledger, f"{owner}/app", 1, state=VerdictState.OWNER_REMOVED)
        pinned(ledger, f"{owner}/other", 1, state=VerdictState.MALICIOUS, project=OTHER)

    assert known(ledger) == ()


def test_a_private_repository_is_told_to_nobody(ledger: Ledger) -> None:
    for owner in ("ann", "ben"):
        pinned(ledger, f"{owner}/app", 1)
    pinned(ledger, "cyd/app", 1, private=True)

    (lead,) = known(ledger)

    assert (lead.owners, lead.repositories) == (2, 2)


def test_a_draft_is_a_question_with_a_view_of_the_file_and_names_no_repository(
    ledger: Ledger,
) -> None:
    pinned(ledger, "ann/app", 1, view="https://viewer.example/project/zz-ghost/1.0/")
    pinned(ledger, "ben/app", 1)
    pinned(ledger, "old/app", 400)

    (lead,) = known(ledger)

    assert lead.observation is not None
    draft = lead.observation.payload()
    assert draft["kind"] == "something_else"
    assert draft["inspector_url"] == "https://viewer.example/project/zz-ghost/1.0/"
    assert draft["summary"].startswith("zz-ghost 1.0 was removed, and no source")
    assert "in 3 public repositories, first seen 2026-03-01" in draft["summary"]
    assert "at most 90 days before: 2, by 2 owners" in draft["summary"]
    assert "do not say that it is malicious" in draft["summary"]
    assert not {"ann", "ben", "old"} & set(draft["summary"].replace("/", " ").split())


def test_an_index_that_takes_no_observations_gets_no_draft(ledger: Ledger) -> None:
    of_npm = ProjectKey(ecosystem=Ecosystem.NPM, name="zz-ghost-npm")
    for owner in ("ann", "ben"):
        pinned(ledger, f"{owner}/app", 1, project=of_npm)

    (lead,) = known(ledger)

    assert lead.observation is None


def test_the_release_that_most_owners_pin_comes_first(ledger: Ledger) -> None:
    for owner in ("ann", "ben"):
        pinned(ledger, f"{owner}/app", 1)
    for owner in ("ann", "ben", "cyd"):
        pinned(ledger, f"{owner}/other", 1, project=OTHER, state=VerdictState.QUARANTINED)

    first, second = known(ledger)

    assert (first.project, first.state, first.owners) == (OTHER, VerdictState.QUARANTINED, 3)
    assert (second.project, second.owners) == (GHOST, 2)


def test_what_another_registry_took_away_is_no_question_to_the_public_index(
    ledger: Ledger,
) -> None:
    elsewhere = replace(GHOST, registry="testpypi")
    pinned(ledger, "ann/one", 1, project=elsewhere)
    pinned(ledger, "ben/app", 1, project=elsewhere)

    assert known(ledger) == ()
