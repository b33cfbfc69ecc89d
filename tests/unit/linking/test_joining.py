"""Who joins, who never does, and that neighbours suffice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.linking import CaseProfile, joined
from crawler.linking.joining import candidate_pairs
from crawler.linking.reasons import link_of
from crawler.linking.values import speaking_values
from crawler.model import CaseClass
from tests.unit.linking.campaign_world import START

LURE, UNCLEAR, VICTIM = CaseClass.LURE, CaseClass.UNCLEAR, CaseClass.VICTIM


def case(number: int, case_class: CaseClass | None = LURE, /, **known: object) -> CaseProfile:
    plain = CaseProfile(
        case=f"case-{number}",
        opened_at=START + timedelta(minutes=number),
        case_class=case_class,
        host="github.example",
        path=f"owner-{number}/r",
        owner=f"owner-{number}",
    )
    return replace(plain, **known)  # type: ignore[arg-type]


def groups(profiles: Iterable[CaseProfile]) -> list[list[str]]:
    return [[one.case for one in group.cases] for group in joined(list(profiles))]


COPY = {"files": frozenset({"f"}), "locks": frozenset({"l"}), "readme": "1234" * 16}


def test_two_lures_with_one_lock_and_one_readme_are_of_one_campaign() -> None:
    assert groups([case(1, **COPY), case(2, **COPY)]) == [["case-1", "case-2"]]


@pytest.mark.parametrize(
    "shared",
    [
        {"files": frozenset({"f"})},
        {"files": frozenset({"f"}), "locks": frozenset({"l"})},
        {"readme": "1234" * 16},
        {"made_at": START, "entered_at": START, "utc_offset": 540},
        {"readme": "1234" * 16, "made_at": START, "entered_at": START, "utc_offset": 540},
        {"files": frozenset({"f"}), "made_at": START, "entered_at": START, "utc_offset": 540},
        {"fork_of": "boilers/saas", "readme": "1234" * 16, "files": frozenset({"f"})},
    ],
)
def test_what_strangers_may_have_in_common_joins_nobody(shared: dict[str, object]) -> None:
    assert groups([case(1, **shared), case(2, **shared)]) == []


@pytest.mark.parametrize("never", [VICTIM, CaseClass.BYSTANDER, CaseClass.RESEARCH, None])
def test_no_victim_bystander_or_research_ever_joins_whatever_it_has(
    never: CaseClass | None,
) -> None:
    everything = {**COPY, "owner": "o", "made_at": START, "entered_at": START, "utc_offset": 0}

    found = groups([case(1, **everything), case(2, **everything), case(3, never, **everything)])

    assert found == [["case-1", "case-2"]]


def test_two_open_cases_without_a_lure_are_no_campaign() -> None:
    assert groups([case(1, UNCLEAR, **COPY), case(2, UNCLEAR, **COPY)]) == []


def test_an_open_case_joins_a_lure_but_links_no_two_campaigns() -> None:
    one, other = {"locks": frozenset({"a"})}, {"locks": frozenset({"b"})}
    both = case(3, UNCLEAR, locks=frozenset({"a", "b"}), made_at=START)

    found = groups([case(1, made_at=START, **one), case(2, made_at=START, **other), both])

    assert found == [["case-1", "case-3"]]


def test_what_more_others_than_lures_have_speaks_for_nothing() -> None:
    students = [case(number, UNCLEAR, **COPY) for number in range(3, 6)]

    assert groups([case(1, **COPY), case(2, **COPY), *students]) == []
    assert groups([case(1, **COPY), case(2, **COPY), *students[:2]]) != []


def test_forks_of_a_lure_do_not_excuse_it() -> None:
    forks = [case(n, CaseClass.BYSTANDER, fork_of="owner-1/r", **COPY) for n in range(3, 9)]

    assert groups([case(1, **COPY), case(2, **COPY), *forks]) == [["case-1", "case-2"]]


def test_a_lure_in_an_organisation_of_others_is_not_theirs() -> None:
    school = [case(number, UNCLEAR, owner="school") for number in range(2, 6)]

    assert groups([case(1, owner="school"), *school]) == []


def test_the_order_in_which_cases_are_passed_changes_nothing() -> None:
    profiles = [
        case(1, **COPY),
        case(2, **COPY),
        case(3, UNCLEAR, **COPY),
        case(4, owner="owner-1"),
    ]

    assert joined(profiles) == joined(profiles[::-1])


_few = st.sets(st.sampled_from("abc"), max_size=2).map(frozenset)
_minutes = st.none() | st.integers(0, 4_000).map(lambda minutes: START + timedelta(minutes=minutes))


@st.composite
def _profiles(draw: st.DrawFn) -> list[CaseProfile]:
    return [
        case(
            number,
            draw(st.sampled_from([LURE, LURE, UNCLEAR, VICTIM])),
            owner=draw(st.sampled_from(["o", *"123456789"])),
            files=draw(_few),
            locks=draw(_few),
            readme=draw(st.sampled_from(["", "1234" * 16, "5678" * 16])),
            fork_of=draw(st.none() | st.integers(0, 9).map(lambda n: f"owner-{n}/r")),
            made_at=draw(_minutes),
            entered_at=draw(_minutes),
            utc_offset=draw(st.sampled_from([None, 0, 540])),
        )
        for number in range(draw(st.integers(2, 9)))
    ]


@given(profiles=_profiles())
def test_looking_at_neighbours_finds_what_looking_at_all_pairs_does(
    profiles: list[CaseProfile],
) -> None:
    values = speaking_values(profiles)
    linked = [
        (one, other)
        for one, other in combinations([one for one in profiles if one.may_join], 2)
        if link_of(one, other, values[one.case] & values[other.case]) is not None
    ]

    found = joined(profiles)

    assert _of_lures(one.cases for one in found) == _of_lures(_groups(profiles, linked))
    assert {one.case for group in found for one in group.cases if not one.is_lure} == {
        one.case for pair in linked for one in pair if not one.is_lure
    }


def _of_lures(found: Iterable[Sequence[CaseProfile]]) -> list[list[str]]:
    lures = ([one.case for one in group if one.is_lure] for group in found)
    return sorted(sorted(group) for group in lures if len(group) > 1)


def _groups(
    profiles: Sequence[CaseProfile], linked: Iterable[tuple[CaseProfile, CaseProfile]]
) -> list[list[CaseProfile]]:
    of = {one.case: [one] for one in profiles}
    for one, other in linked:
        if one.is_lure and other.is_lure and of[one.case] is not of[other.case]:
            of[one.case].extend(of[other.case])
            for member in of[one.case]:
                of[member.case] = of[one.case]
    return list({id(group): group for group in of.values()}.values())


@pytest.mark.parametrize("case_class", [LURE, UNCLEAR])
def test_the_pairs_that_are_looked_at_grow_with_the_cases_and_not_with_their_pairs(
    case_class: CaseClass,
) -> None:
    alike = {**COPY, "owner": "o", "made_at": START, "entered_at": START, "utc_offset": 0}
    profiles = [case(0, **alike), *(case(n, case_class, **alike) for n in range(1, 500))]

    pairs = list(candidate_pairs(profiles, speaking_values(profiles)))

    assert len(pairs) <= 10 * len(profiles)


def tangled() -> list[tuple[str, str]]:
    """Return the links of cases that several lists hold together, in one way or another."""
    locks = [frozenset({f"l{number % 3}", f"m{number % 2}"}) for number in range(8)]
    cases = [case(n, owner="o", made_at=START, locks=lock) for n, lock in enumerate(locks)]
    return [(link.first, link.second) for group in joined(cases) for link in group.links]


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_every_process_keeps_the_same_links(seed: str) -> None:
    program = "from tests.unit.linking.test_joining import tangled; print(tangled())"

    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": seed},
        text=True,
    ).stdout

    assert said == f"{tangled()}\n"


def test_a_link_leads_from_the_older_case_to_the_newer_one() -> None:
    (group,) = joined([case(2, **COPY), case(1, **COPY)])

    assert [(one.first, one.second) for one in group.links] == [("case-1", "case-2")]
