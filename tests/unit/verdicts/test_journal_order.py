"""The serials of a journal are its order, whatever its dates say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.model import Assertion, Claim, IndexState, Verdict, VerdictState
from crawler.verdicts.judge import judge
from tests.unit.verdicts.statements_of import NOW, day, dist, key, says

NAME = "zz-ghost"
START = day("2026-06-01")
WHEEL = "zz_ghost-1.0-py3-none-any.whl"


def event(
    serial: int, claim: Claim, version: str | None = None, *, second: int, file: str = ""
) -> Assertion:
    when = START + timedelta(seconds=second)
    said = says(claim, NAME, version, at=when.isoformat(), record=str(serial))
    found = None if not file else dist(file, uploaded=when.isoformat())
    return replace(
        said, sequence=(serial, 0), subject=replace(said.subject, file=found), observed_at=when
    )


def judged(*said: Assertion) -> dict[str, Verdict]:
    return {str(v.subject).removeprefix("pkg:pypi/"): v for v in judge(key(NAME), said, NOW)}


def test_a_project_that_was_made_anew_behind_its_removal_is_listed_although_dated_before() -> None:
    found = judged(
        event(101, Claim.CREATED, second=20),
        event(102, Claim.REMOVED, second=31),
        event(103, Claim.CREATED, second=30),
        event(104, Claim.CREATED, "2.0.0", second=30),
    )

    assert {name: v.state for name, v in found.items()} == {"zz-ghost": VerdictState.NAME_REUSED}
    assert found["zz-ghost"].index_state is IndexState.LISTED


def test_a_removal_behind_a_release_is_one_although_dated_before() -> None:
    found = judged(
        event(105, Claim.CREATED, second=20),
        event(106, Claim.CREATED, "1.0.0", second=30),
        event(107, Claim.REMOVED, second=29),
    )

    assert (found["zz-ghost"].state, found["zz-ghost"].index_state) == (
        VerdictState.REMOVED,
        IndexState.GONE,
    )


@pytest.mark.parametrize(
    ("claims", "state"),
    [
        ((Claim.CREATED, Claim.REMOVED), IndexState.GONE),
        ((Claim.REMOVED, Claim.CREATED), IndexState.LISTED),
        ((Claim.CREATED, Claim.REMOVED, Claim.CREATED), IndexState.LISTED),
        ((Claim.REMOVED, Claim.CREATED, Claim.REMOVED), IndexState.GONE),
    ],
)
@pytest.mark.parametrize("step", [-3600, -1, 0, 1], ids=["an hour back", "back", "equal", "on"])
@pytest.mark.parametrize("version", [None, "1.0.0"])
def test_the_last_serial_says_what_the_index_has_now(
    claims: tuple[Claim, ...], state: IndexState, step: int, version: str | None
) -> None:
    said = [
        event(serial, claim, version, second=9000 + serial * step)
        for serial, claim in enumerate(claims, start=1)
    ]

    found = judged(*said, says(Claim.SUSPICIOUS, NAME, version, at="2026-07-01"))

    (verdict,) = (v for v in found.values() if v.subject.version == version)
    assert verdict.index_state is state


@pytest.mark.parametrize(
    ("claims", "state"),
    [
        ((Claim.YANKED, Claim.UNYANKED), None),
        ((Claim.UNYANKED, Claim.YANKED), VerdictState.YANKED),
        ((Claim.QUARANTINED, Claim.QUARANTINE_CLEARED), VerdictState.WITHDRAWN),
        ((Claim.QUARANTINE_CLEARED, Claim.QUARANTINED), VerdictState.QUARANTINED),
    ],
)
@pytest.mark.parametrize("step", [-3600, -1, 0, 1], ids=["an hour back", "back", "equal", "on"])
def test_the_last_serial_says_whether_a_release_is_yanked_or_held(
    claims: tuple[Claim, ...], state: VerdictState | None, step: int
) -> None:
    first, second = (
        event(serial, claim, "1.0.0", second=9000 + serial * step)
        for serial, claim in enumerate(claims, start=1)
    )

    found = judged(first, second)

    assert [v.state for v in found.values()] == ([] if state is None else [state])


def test_a_file_belongs_to_the_owner_behind_whose_birth_its_serial_stands() -> None:
    said = (
        event(1, Claim.CREATED, second=10),
        event(2, Claim.CREATED, "1.0", second=10),
        event(3, Claim.CREATED, "1.0", second=10, file=WHEEL),
        event(4, Claim.REMOVED, second=10),
        event(5, Claim.CREATED, second=10),
        event(6, Claim.CREATED, "2.0", second=10),
        event(7, Claim.CREATED, "2.0", second=10, file="zz_ghost-2.0.tar.gz"),
    )
    before = says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02")

    found = judged(*said, before)

    assert found["zz-ghost@1.0"].state is VerdictState.MALICIOUS
    assert found[f"zz-ghost@1.0 {WHEEL}"].state is VerdictState.MALICIOUS
    assert "zz-ghost@2.0" not in found
    assert "zz-ghost@2.0 zz_ghost-2.0.tar.gz" not in found


def test_a_release_of_two_owners_within_a_second_is_held_against_neither() -> None:
    said = [
        event(serial, claim, version, second=10)
        for serial, (claim, version) in enumerate(
            [
                (Claim.CREATED, None),
                (Claim.CREATED, "1.0"),
                (Claim.REMOVED, None),
                (Claim.CREATED, None),
                (Claim.CREATED, "1.0"),
            ],
            start=1,
        )
    ]

    found = judged(*said, says(Claim.MALICIOUS, NAME, "1.0", at="2026-06-02"))

    assert found["zz-ghost@1.0"].state is VerdictState.NAME_REUSED
    assert [r.code for r in found["zz-ghost@1.0"].reasons] == ["version-in-two-incarnations"]


def test_a_file_that_the_index_dates_too_belongs_where_the_journal_has_it() -> None:
    listed = says(
        Claim.LISTED,
        NAME,
        "2.0",
        at="2026-06-01T00:00:30",
        file=dist("zz_ghost-2.0.tar.gz", sha="b", uploaded="2026-06-01T00:00:30+00:00"),
        feed="pypi-status",
        seen="2026-06-03",
    )
    said = (
        event(1, Claim.CREATED, second=20),
        event(2, Claim.REMOVED, second=31),
        event(3, Claim.CREATED, second=30),
        event(4, Claim.CREATED, "2.0", second=30),
        event(5, Claim.CREATED, "2.0", second=30, file="zz_ghost-2.0.tar.gz"),
        listed,
    )
    blanket = says(Claim.MALICIOUS, NAME, at="2026-05-31")

    found = judged(*said, blanket)

    assert found["zz-ghost@2.0 zz_ghost-2.0.tar.gz"].state is VerdictState.NAME_REUSED


def test_dates_are_told_as_the_journal_states_them() -> None:
    found = judged(
        event(1, Claim.CREATED, second=20),
        event(2, Claim.CREATED, "1.0", second=20),
        event(3, Claim.REMOVED, "1.0", second=20),
        event(4, Claim.REMOVED, second=10),
    )

    assert found["zz-ghost"].since == START + timedelta(seconds=10)
    assert found["zz-ghost@1.0"].since == START + timedelta(seconds=20)


def test_two_feeds_have_an_order_each() -> None:
    ours = event(900, Claim.CREATED, second=10)
    theirs = replace(event(1, Claim.REMOVED, second=20), feed="another-journal")

    found = judged(ours, theirs)

    assert found["zz-ghost"].index_state is IndexState.GONE
