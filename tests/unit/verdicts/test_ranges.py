"""What a record says of a range of versions, beside what the index says."""

from __future__ import annotations

import pytest

from crawler.model import Assertion, Claim, Ecosystem, IndexState, Subject, Verdict, VerdictState
from crawler.verdicts.judge import judge
from tests.unit.verdicts.statements_of import codes, dist, key, listed, says, verdicts, vouches

NPM, PYPI = Ecosystem.NPM, Ecosystem.PYPI
BOTH = "vers:pypi/>=1.0|<2.0"
OPEN = "vers:pypi/>=0|<2.0"
WIDE = "vers:pypi/>=0.0.1|<=9999"


def accuses(stated: str, name: str = "zz-ghost", *, retracted: str | None = None) -> Assertion:
    return says(Claim.MALICIOUS, name, stated, at="2026-05-01", retracted=retracted)


def removed(version: str, name: str = "zz-ghost") -> Assertion:
    return says(Claim.REMOVED, name, version, at="2026-05-03")


def state(verdict: Verdict) -> tuple[VerdictState, bool, IndexState]:
    return verdict.state, verdict.explicit, verdict.index_state


def test_a_range_with_two_ends_has_a_verdict_and_so_have_the_releases_in_it() -> None:
    found = verdicts("zz-ghost", [accuses(BOTH), removed("1.5"), removed("2.5")])

    assert state(found[BOTH]) == (VerdictState.MALICIOUS, True, IndexState.UNKNOWN)
    assert state(found["1.5"]) == (VerdictState.MALICIOUS, True, IndexState.GONE)
    assert codes(found["1.5"]) == ("version-range",)
    assert found["2.5"].state is VerdictState.REMOVED


def test_an_open_range_is_explicit_for_a_release_that_the_index_has_taken_off() -> None:
    found = verdicts(
        "zz-ghost", [accuses(OPEN), removed("1.5"), *listed("zz-ghost", "1.6", at="2026-05-02")]
    )

    assert state(found["1.5"]) == (VerdictState.MALICIOUS, True, IndexState.GONE)
    assert (found[OPEN].state, found[OPEN].explicit) == (VerdictState.MALICIOUS, False)
    assert codes(found["1.6"]) == ("version-range", "open-range", "still-listed")
    assert found["1.6"].state is VerdictState.SUSPICIOUS


def test_a_release_that_a_record_names_needs_no_range() -> None:
    named = says(Claim.MALICIOUS, "zz-ghost", "1.5", at="2026-05-01", record="MAL-2026-2")

    found = verdicts("zz-ghost", [accuses(BOTH), named])

    assert codes(found["1.5"]) == ("listed-version",)


def test_a_file_of_a_release_in_a_range_is_accused_by_its_digest() -> None:
    wheel = dist("zz_ghost-1.5-py3-none-any.whl", sha="a")

    found = verdicts(
        "zz-ghost", [accuses(BOTH), *listed("zz-ghost", "1.5", at="2026-05-02", files=(wheel,))]
    )

    verdict = found[wheel.filename]
    assert state(verdict) == (VerdictState.MALICIOUS, True, IndexState.LISTED)
    assert [one.roots for one in verdict.support] == [("kam193", "pypi")]


def test_a_range_that_was_taken_back_accuses_nobody() -> None:
    found = verdicts("zz-ghost", [accuses(BOTH, retracted="2026-06-01"), removed("1.5")])

    assert found[BOTH].state is VerdictState.WITHDRAWN
    assert found["1.5"].state is VerdictState.REMOVED


def test_a_range_is_about_the_owner_at_the_time() -> None:
    born = says(Claim.CREATED, "zz-ghost", at="2026-07-01")
    died = says(Claim.REMOVED, "zz-ghost", at="2026-05-05")

    found = verdicts("zz-ghost", [accuses(BOTH), died, born])

    assert found[BOTH].state is VerdictState.NAME_REUSED


def test_a_release_that_somebody_vouches_for_is_allowed_in_spite_of_a_range() -> None:
    found = verdicts("zz-ghost", [accuses(BOTH), vouches("zz-ghost", "1.5", until="2027-01-01")])

    assert found["1.5"].state is VerdictState.ALLOWED
    assert found[BOTH].state is VerdictState.MALICIOUS


def protected(*said: Assertion) -> dict[str | None, Verdict]:
    project = key("zz-ghost")
    return {v.subject.version: v for v in judge(project, said, said[0].observed_at, {project})}


@pytest.mark.parametrize("stated", [BOTH, OPEN, WIDE])
def test_a_range_of_a_most_used_project_is_suspicious_while_the_index_lists_what_lies_in_it(
    stated: str,
) -> None:
    found = protected(accuses(stated), removed("1.5"), *listed("zz-ghost", "1.6", at="2026-05-01"))

    assert {v.state for v in found.values() if v.subject.version} == {VerdictState.SUSPICIOUS}
    assert "most-used-project" in codes(found[stated])


def test_a_range_of_a_most_used_project_is_believed_where_the_index_took_all_of_it_off() -> None:
    stated = "vers:pypi/>=1.5|<=1.6"

    found = protected(
        accuses(stated),
        says(Claim.REMOVED, "zz-ghost", "1.5", at="2026-05-01"),
        says(Claim.REMOVED, "zz-ghost", "1.6", at="2026-05-01"),
        *listed("zz-ghost", "1.7", at="2026-05-01"),
    )

    assert {found[v].state for v in ("1.5", "1.6")} == {VerdictState.MALICIOUS}
    assert found["1.5"].explicit


def test_a_range_is_a_subject_of_its_own() -> None:
    assert str(Subject(project=key("zz-ghost"), version=BOTH)) == f"pkg:pypi/zz-ghost@{BOTH}"
