"""What is known of the past of an accused project, told from what feeds say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pytest

from crawler.model import Assertion, Claim, Verdict
from crawler.verdicts.judge import judge
from crawler.verdicts.project_past import past_of
from tests.unit.verdicts.incidents import BORN_BAD, HIJACKED, Incident
from tests.unit.verdicts.statements_of import NOW, day, dist, listed, says

NAME = "zz-ghost-one"


@dataclass(frozen=True)
class Past:
    uploaded: datetime | None
    removed: datetime | None
    lives: bool | None
    older: int | None


def past(assertions: Iterable[Assertion], version: str = "1.0", name: str = NAME) -> Past:
    said = list(assertions)
    verdict = _verdict(said, version)
    known = past_of(verdict.subject.project, said, NOW)
    uploaded = known.uploaded(verdict, filename=None)
    return Past(
        uploaded=uploaded,
        removed=known.removed(verdict),
        lives=known.lives(verdict),
        older=known.older_releases(verdict, uploaded),
    )


def _verdict(said: list[Assertion], version: str) -> Verdict:
    found = {v.subject.version: v for v in judge(said[0].subject.project, said, NOW)}
    return found[version]


@pytest.mark.parametrize("incident", HIJACKED, ids=lambda one: one.name)
def test_a_hijacked_release_is_one_of_a_living_project_with_older_releases(
    incident: Incident,
) -> None:
    said = [
        *incident.record(),
        *incident.uploads(),
        *incident.locked(),
        *incident.restored(),
    ]

    found = past(said, incident.bad[0], incident.name)

    assert found.lives is True
    assert found.older == len(incident.good)
    assert found.uploaded == day(incident.on)
    assert found.removed == day(incident.later(1))


@pytest.mark.parametrize("incident", BORN_BAD, ids=lambda one: f"{one.id}-{one.name}")
def test_a_project_that_was_made_for_the_attack_is_gone_and_had_no_harmless_release(
    incident: Incident,
) -> None:
    found = past(
        [*incident.record(), *incident.uploads(), *incident.gone()], incident.bad[0], incident.name
    )

    assert (found.lives, found.older) == (False, 0)
    assert found.removed == day(incident.later(1))


def test_a_harmless_release_of_a_project_that_is_gone_as_a_whole_counts() -> None:
    found = past(
        [
            says(Claim.CREATED, NAME, at="2026-01-01"),
            says(Claim.CREATED, NAME, "0.9", at="2026-01-01"),
            says(Claim.CREATED, NAME, "1.0", at="2026-06-01"),
            says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02"),
            says(Claim.REMOVED, NAME, at="2026-06-03"),
        ]
    )

    assert found == Past(
        uploaded=day("2026-06-01"), removed=day("2026-06-03"), lives=False, older=1
    )


def test_a_release_that_came_after_the_accused_one_is_not_older() -> None:
    found = past(
        [
            says(Claim.CREATED, NAME, at="2026-06-01"),
            says(Claim.CREATED, NAME, "1.0", at="2026-06-01"),
            says(Claim.CREATED, NAME, "1.1", at="2026-06-02"),
            says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02"),
        ]
    )

    assert found.older == 0


def test_what_another_owner_of_the_name_released_before_does_not_count() -> None:
    found = past(
        [
            says(Claim.CREATED, NAME, at="2021-01-01"),
            says(Claim.CREATED, NAME, "0.9", at="2021-01-01"),
            says(Claim.REMOVED, NAME, at="2022-01-01"),
            says(Claim.CREATED, NAME, at="2026-06-01"),
            says(Claim.CREATED, NAME, "1.0", at="2026-06-01"),
            says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02"),
            says(Claim.REMOVED, NAME, at="2026-06-03"),
        ]
    )

    assert (found.lives, found.older) == (False, 0)


def test_where_only_a_record_speaks_nothing_is_known() -> None:
    found = past([says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02")])

    assert found == Past(uploaded=None, removed=None, lives=None, older=None)


def test_a_record_of_every_version_leaves_no_harmless_one() -> None:
    found = past(
        [
            says(Claim.MALICIOUS, NAME, at="2026-06-02"),
            says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02"),
            says(Claim.REMOVED, NAME, at="2026-06-03"),
        ]
    )

    assert (found.lives, found.older) == (False, 0)


def test_a_project_in_quarantine_may_live_or_not() -> None:
    found = past(
        [
            says(Claim.CREATED, NAME, "1.0", at="2026-06-01"),
            says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02"),
            says(Claim.QUARANTINED, NAME, at="2026-06-03"),
        ]
    )

    assert found.lives is None


def test_a_listing_that_names_no_release_any_more_is_that_of_a_project_that_is_gone() -> None:
    found = past(
        [says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02"), *listed(NAME, at="2026-11-20")]
    )

    assert found.lives is False


def test_where_the_index_lists_the_accused_release_alone_nothing_is_said_of_others() -> None:
    found = past(
        [
            says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02"),
            *listed(NAME, "1.0", at="2026-06-01"),
        ]
    )

    assert found.lives is None


def test_the_upload_is_not_known_where_neither_feed_nor_index_tells_of_it() -> None:
    accused = says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02")
    created = says(Claim.CREATED, NAME, "1.0", at="2026-06-01")

    assert past([accused, created]).uploaded == day("2026-06-01")
    assert past([accused]).uploaded is None


def test_a_release_began_with_the_first_of_its_files() -> None:
    said = [
        says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02"),
        *(
            says(Claim.CREATED, NAME, "1.0", at=at, file=dist(f"zz_ghost_one-1.0.{ending}"))
            for at, ending in (("2026-06-03", "zip"), ("2026-06-01", "tar.gz"))
        ),
    ]

    assert past(said).uploaded == day("2026-06-01")
