"""What a ledger knows of the repositories of its findings, as the rules of classes take it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.classifying import Signs
from crawler.model import (
    CaseClass,
    Claim,
    Confidence,
    Finding,
    FindingStatus,
    Head,
    Outcome,
    PinHistory,
    Reason,
    Refs,
    Report,
    Repository,
    Sighting,
    Surroundings,
    Tier,
    Visit,
)
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
from workers.ledger import assertions, decisions, findings, frontier, pivots, proofs, visits
from workers.ledger.case_signs import signs_of
from workers.ledger.ledger import Ledger
from workers.ledger.pivots import Pivot, Relation
from workers.steps.classes import with_classes

MAIN, REQUEST = "refs/heads/main", "refs/pull/7/head"
LOCK, OTHER_LOCK = "1" * 40, "2" * 40
CREATED = "2026-03-01T09:00:00Z"


def at(path: str = "acme/app", **known: object) -> Repository:
    """Return a repository of a host that tells when it was made."""
    one = repository(path, native_id=path)
    return replace(one, created_at=CREATED, pushed_at="2026-03-02T09:00:00Z", **known)  # type: ignore[arg-type]


def found(one: Repository, key: str = "f1", oid: str = LOCK, path: str = "uv.lock") -> Finding:
    there = Sighting(ref=MAIN, commit="c" * 40, path=path, oid=oid)
    return replace(finding(key), repository=one, sighting=there)


def keep(ledger: Ledger, *all_of: Finding, refs: tuple[str, ...] = (MAIN,)) -> list[int]:
    """Visit the repositories of findings and record these; return their numbers."""
    numbers = []
    with ledger.write() as conn:
        for one in all_of:
            (number,) = frontier.save(conn, [one.repository], NOON)
            visit = Visit(
                repository=one.repository,
                outcome=Outcome.VISITED,
                heads=tuple(Head(ref=r, commit="c" * 40, is_default=r == MAIN) for r in refs),
                sightings=tuple(replace(one.sighting, ref=ref) for ref in refs),
                refs=Refs.BRANCHES,
            )
            visits.record_visit(conn, number, visit, later(0))
            findings.record(conn, [one], "run-1", NOON)
            numbers.append(number)
    return numbers


def reports(ledger: Ledger) -> list[Report]:
    with ledger.read() as conn:
        return list(findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True))


def signs(ledger: Ledger, path: str = "acme/app") -> Signs:
    given = reports(ledger)
    with ledger.read() as conn:
        return signs_of(conn, given, later(1), {GHOST})["git.example", path]


def test_what_the_host_and_the_index_tell_is_in_the_signs(ledger: Ledger) -> None:
    one = found(at(archived=True))
    judged = replace(verdict(), incarnation_from=later(-9), incarnation_until=later(0.5))
    keep(ledger, replace(one, match=replace(one.match, verdict=judged)))
    created = replace(said(Claim.CREATED), feed="pypi-journal", valid_from=later(-9))
    whole = replace(said(Claim.CREATED, version=None), feed="pypi-journal", valid_from=later(-9))
    gone = replace(
        said(Claim.REMOVED, version=None, observed_at=later(0.5)),
        feed="pypi-journal",
        valid_from=later(0.5),
    )
    with ledger.write() as conn:
        assertions.append(conn, "osv-mal", [record(said())], NOON)
        for number, told in enumerate((whole, created, gone)):
            event = replace(told, record_id=str(number), sequence=(number, 0))
            assertions.append(conn, "pypi-journal", [record(event, record_id=str(number))], NOON)

    known = signs(ledger)

    (pin,) = known.pins
    assert (known.created_at, known.pushed_at) == (later(-3), later(21))
    assert (known.archived, known.fork_of, known.seen_at) == (True, None, later(1))
    assert (pin.project, pin.uploaded_at, pin.accused_at) == ("zz-ghost", later(-9), NOON)
    assert (pin.removed_at, pin.project_lives, pin.older_releases) == (later(0.5), False, 0)
    assert (pin.most_used, pin.tampered, pin.vendored, pin.only_in_requests) == (
        True,
        False,
        False,
        False,
    )


def test_what_a_visit_told_completes_what_a_search_knew(ledger: Ledger) -> None:
    by_search = replace(at(), created_at=None, pushed_at=None)
    keep(ledger, found(by_search))
    with ledger.write() as conn:
        findings.record(conn, [found(at())], "run-1", NOON)

    known = signs(ledger)

    assert (known.created_at, known.pushed_at) == (later(-3), later(21))


def test_what_nobody_looked_at_is_not_known(ledger: Ledger) -> None:
    keep(ledger, found(repository(native_id=None)))

    known = signs(ledger)

    (pin,) = known.pins
    assert (known.created_at, known.siblings, known.upstream_pins) == (None, None, None)
    assert (known.history, known.stars, known.readme_is_task) == (None, None, None)
    assert (pin.uploaded_at, pin.removed_at, pin.project_lives) == (None, None, None)
    assert (pin.older_releases, pin.declared) == (None, None)


def test_the_history_of_the_pin_that_came_first_is_in_the_signs(ledger: Ledger) -> None:
    keep(ledger, found(at(), "f1"), found(at(), "f2", path="app/uv.lock"))
    late, early = (
        PinHistory(commits=9, whole=True, first_at=later(-99), entered_at=later(hours))
        for hours in (3, 2)
    )
    with ledger.write() as conn:
        for key, history in (("f1", early), ("f2", late)):
            proofs.add_evidence(
                conn, key, replace(evidence(), blob_oid=LOCK, history=history), NOON
            )

    assert signs(ledger).history == early


def test_that_nothing_requires_a_pin_stays_known_of_the_same_bytes(ledger: Ledger) -> None:
    keep(ledger, found(at(), "f1"))
    seen = replace(evidence(), blob_oid=LOCK, required=False)
    with ledger.write() as conn:
        for proof in (seen, replace(seen, required=None, still_at_head=False)):
            proofs.add_evidence(conn, "f1", proof, NOON)

    assert [pin.declared for pin in signs(ledger).pins] == [False]


@pytest.mark.parametrize(
    ("around", "is_task"),
    [
        ([True, False], True),
        ([False, False], False),
        ([False, None], None),
    ],
)
def test_a_task_that_any_readme_sets_is_in_the_signs(
    ledger: Ledger, around: list[bool | None], *, is_task: bool | None
) -> None:
    keep(ledger, found(at(), "f1"), found(at(), "f2", path="app/uv.lock"))
    with ledger.write() as conn:
        for key, sets_task in zip(("f1", "f2"), around, strict=True):
            seen = Surroundings(commit="c" * 40, sets_task=sets_task)
            proof = replace(evidence(), blob_oid=LOCK, surroundings=seen)
            proofs.add_evidence(conn, key, proof, NOON)

    assert signs(ledger).readme_is_task is is_task


def test_when_only_the_lock_tells_of_the_upload_it_is_a_claim(ledger: Ledger) -> None:
    one = found(at())
    claiming = replace(one.match.pin, uploaded_at="2026-02-01T00:00:00Z")
    keep(ledger, replace(one, match=replace(one.match, pin=claiming)))

    (pin,) = signs(ledger).pins
    assert pin.uploaded_at is None
    assert pin.claimed_upload_at == datetime(2026, 2, 1, tzinfo=UTC)


def test_siblings_are_other_repositories_of_the_same_owner_that_pin_the_same(
    ledger: Ledger,
) -> None:
    keep(
        ledger,
        found(at(), "f1"),
        found(at("acme/bot"), "f2", OTHER_LOCK),
        found(at("acmeister/bot"), "f3", OTHER_LOCK),
        replace(found(at("acme/sure"), "f4"), match=replace(finding().match, tier=Tier.C)),
    )

    assert signs(ledger).siblings == 1
    assert signs(ledger, "acmeister/bot").siblings is None


def test_when_the_first_sibling_was_made_is_known_of_what_its_host_says(ledger: Ledger) -> None:
    made = {"acme/new": "2026-03-01T08:00:00Z", "acme/old": "2024-02-01T00:00:00Z", "acme/x": None}
    keep(
        ledger,
        found(at(), "f1"),
        *(found(replace(at(path), created_at=when), path) for path, when in made.items()),
    )

    assert signs(ledger).siblings == 3
    assert signs(ledger).oldest_sibling_at == datetime(2024, 2, 1, tzinfo=UTC)
    assert signs(ledger, "acme/old").oldest_sibling_at == later(-4)


@pytest.mark.parametrize(("bounded", "siblings"), [(False, 0), (True, None)])
def test_that_an_owner_has_no_others_is_known_where_all_were_listed(
    ledger: Ledger, siblings: int | None, *, bounded: bool
) -> None:
    (number,) = keep(ledger, found(at()))
    asked = Pivot(
        finding="f1",
        repository_id=number,
        kind=Relation.OWNER,
        host="git.example",
        run_id="run-1",
        asked_at=NOON,
        found=3,
        kept=0,
        bounded=bounded,
    )
    with ledger.write() as conn:
        pivots.record(conn, asked, [])

    assert signs(ledger).siblings == siblings


def test_copies_of_a_lock_count_where_another_owner_has_them_and_no_fork(ledger: Ledger) -> None:
    keep(
        ledger,
        found(at(), "f1"),
        found(at("acme/bot"), "f2"),
        found(at("bo/bot"), "f3"),
        found(at("cy/bot", fork_of="acme/app"), "f4"),
        found(at("dee/bot"), "f5", OTHER_LOCK),
    )

    assert signs(ledger).same_lock == 1


@pytest.mark.parametrize(
    ("others", "own", "elsewhere"),
    [
        ("2026-03-01T07:00:00Z", "2026-03-01T08:00:00Z", True),
        ("2026-03-01T07:00:01Z", "2026-03-01T08:00:00Z", False),
        ("2026-03-02T07:00:00Z", "2026-03-01T08:00:00Z", False),
        (None, "2026-03-01T08:00:00Z", None),
        ("2026-03-01T07:00:00Z", None, None),
    ],
)
def test_who_had_a_lock_first_is_known_by_the_dates_of_hosts(
    ledger: Ledger, others: str | None, own: str | None, *, elsewhere: bool | None
) -> None:
    keep(
        ledger,
        found(replace(at(), created_at=own), "f1"),
        found(replace(at("bo/bot"), created_at=others), "f2"),
    )

    assert signs(ledger).lock_was_elsewhere is elsewhere


@pytest.mark.parametrize(
    ("upstream", "pins"),
    [
        (lambda ledger: keep(ledger, found(at("up/app"), "f2", OTHER_LOCK)), True),
        (lambda ledger: clean(ledger, "up/app"), False),
        (lambda ledger: None, None),
    ],
)
def test_a_fork_is_told_whether_its_upstream_pins_the_same(
    ledger: Ledger, upstream: Callable[[Ledger], object], *, pins: bool | None
) -> None:
    upstream(ledger)
    keep(ledger, found(at(fork_of="up/app")))

    assert (signs(ledger).fork_of, signs(ledger).upstream_pins) == ("up/app", pins)


def clean(ledger: Ledger, path: str) -> None:
    with ledger.write() as conn:
        (number,) = frontier.save(conn, [at(path)], NOON)
        visits.record_visit(
            conn, number, Visit(repository=at(path), outcome=Outcome.VISITED), later(0)
        )


@pytest.mark.parametrize(
    ("path", "vendored"),
    [
        ("vendor/lib/uv.lock", True),
        ("web/node_modules/lib/package-lock.json", True),
        ("third_party/uv.lock", True),
        ("vendoring/uv.lock", False),
        ("uv.lock", False),
    ],
)
def test_a_lock_in_a_copy_of_another_project_is_vendored(
    ledger: Ledger, path: str, *, vendored: bool
) -> None:
    keep(ledger, found(at(), path=path))

    assert signs(ledger).pins[0].vendored is vendored


@pytest.mark.parametrize(
    ("refs", "only"), [((REQUEST,), True), ((MAIN, REQUEST), False), ((MAIN,), False)]
)
def test_a_pin_that_only_requests_have_is_told(
    ledger: Ledger, refs: tuple[str, ...], *, only: bool
) -> None:
    one = found(at())
    keep(ledger, replace(one, sighting=replace(one.sighting, ref=refs[-1])), refs=refs)

    assert signs(ledger).pins[0].only_in_requests is only


def test_an_entry_that_somebody_changed_is_tampered_with(ledger: Ledger) -> None:
    one = found(at())
    by_hand = replace(one, key="f2", match=replace(one.match, tier=Tier.T, verdict=None))
    keep(ledger, one, by_hand)

    assert [pin.tampered for pin in signs(ledger).pins] == [True]


def test_questions_count_until_a_person_stands_behind_the_finding(ledger: Ledger) -> None:
    lab = replace(found(at("acme/malware-lab")), questions=())
    keep(ledger, lab)
    before = signs(ledger, "acme/malware-lab").questions

    with ledger.write() as conn:
        decisions.promote(conn, "f1", "it is sent to candidates", NOON)

    assert before == ("research-repository",)
    assert signs(ledger, "acme/malware-lab").questions == ()


def test_a_repository_without_an_open_finding_on_malice_has_no_signs_and_no_class(
    ledger: Ledger,
) -> None:
    keep(ledger, found(at()))
    closed = [replace(one, status=FindingStatus.GONE) for one in reports(ledger)]

    with ledger.read() as conn:
        signs_left = signs_of(conn, closed, NOON, set())
        classified = with_classes(conn, closed, NOON)

    assert signs_left == {}
    assert [one.classification for one in classified] == [None]


def test_the_class_that_a_person_has_set_counts_and_the_reasons_stay(ledger: Ledger) -> None:
    keep(ledger, found(at()))
    given = reports(ledger)

    with ledger.read() as conn:
        (by_rules,) = with_classes(conn, given, NOON)
        (by_person,) = with_classes(conn, given, NOON, set_by=lambda about: CaseClass.LURE)
        (of_closed,) = with_classes(
            conn,
            [
                replace(
                    given[0],
                    status=FindingStatus.DISMISSED,
                    status_reason=Reason(code="x", text="y"),
                )
            ],
            NOON,
            set_by=lambda about: CaseClass.BYSTANDER if about.path == "acme/app" else None,
        )

    assert by_rules.classification is not None
    assert by_person.classification is not None
    assert by_rules.classification.case_class is CaseClass.UNCLEAR
    assert by_person.classification.case_class is CaseClass.LURE
    assert (by_rules.classification.by_person, by_person.classification.by_person) == (False, True)
    assert by_person.classification.weights == by_rules.classification.weights
    assert of_closed.classification is not None
    assert of_closed.classification.case_class is CaseClass.BYSTANDER
