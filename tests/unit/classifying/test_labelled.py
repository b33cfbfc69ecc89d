"""The labelled world (tests/data/classifying): whom the rules would send a letter to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.classifying import Signs, classify
from crawler.model import CaseClass
from workers.values import decode

DATA = Path(__file__).parents[2] / "data/classifying"
KNOWN_WRONG = {"hal-02", "hal-03", "mir-01", "mir-04", "fix-07"}
"""Of the second world; see its README."""
NOT_PLAIN = {*(f"hardcase-0{number}" for number in range(1, 7)), "vitelogger-05"}
LOOK_ALIKE = {"whoknows-04", "whoknows-16"}
"""Labelled unclear: made after the removal, with one commit; nothing that was looked at tells more."""


@dataclass(frozen=True)
class Labelled:
    id: str
    label: CaseClass
    found: CaseClass


def _classified(name: str) -> list[Labelled]:
    lines = map(json.loads, (DATA / name).read_text("utf-8").splitlines())
    return [
        Labelled(
            id=line["id"],
            label=CaseClass(line["label"]),
            found=classify(decode(Signs, json.dumps(line["signs"]))).case_class,
        )
        for line in lines
    ]


@pytest.fixture(scope="module")
def world() -> list[Labelled]:
    return _classified("labelled.jsonl")


def _with_letter(world: Iterable[Labelled]) -> set[str]:
    return {one.id for one in world if one.found is CaseClass.LURE}


def test_the_world_is_whole(world: list[Labelled]) -> None:
    assert Counter(one.label.value for one in world) == {
        "lure": 118,
        "victim": 89,
        "bystander": 35,
        "research": 26,
        "unclear": 17,
    }


@pytest.mark.parametrize("label", [CaseClass.VICTIM, CaseClass.BYSTANDER, CaseClass.RESEARCH])
def test_no_letter_goes_to_a_victim_a_bystander_or_research(
    world: list[Labelled], label: CaseClass
) -> None:
    assert _with_letter(one for one in world if one.label is label) == set()


def test_nineteen_in_twenty_plain_lures_get_a_letter(world: list[Labelled]) -> None:
    plain = [one for one in world if one.label is CaseClass.LURE and one.id not in NOT_PLAIN]

    assert len(plain) == 111
    assert len(_with_letter(plain)) >= 0.95 * len(plain)


def test_of_what_no_expert_could_tell_letters_go_only_to_what_was_made_after_the_removal(
    world: list[Labelled],
) -> None:
    assert _with_letter(one for one in world if one.label is CaseClass.UNCLEAR) == LOOK_ALIKE


def test_a_notice_for_victims_goes_to_nineteen_in_twenty_of_them_and_to_few_others(
    world: list[Labelled],
) -> None:
    told = [one for one in world if one.found is CaseClass.VICTIM]

    victims = [one for one in told if one.label is CaseClass.VICTIM]
    assert len(victims) >= 0.95 * 89
    assert {one.id for one in told if one.label is CaseClass.LURE} == {"removedhijack-01"}


def test_in_the_second_world_no_letter_is_wrong_but_those_that_are_known() -> None:
    unseen = _classified("unseen.jsonl")

    sent = [one for one in unseen if one.found is CaseClass.LURE]

    assert len(unseen) == 225
    assert {one.id for one in sent if one.label is not CaseClass.LURE} <= KNOWN_WRONG
    assert sum(one.label is CaseClass.LURE for one in sent) >= 30
    assert not any(one.id.startswith("typo-") for one in sent)
