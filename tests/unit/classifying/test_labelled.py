"""The labelled worlds (tests/data/classifying): whom the rules would send a letter to.

`python -m tests.unit.classifying.test_labelled FILE` prints the table of one, also of a new one.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from crawler.classifying import RULES_VERSION, Signs, classify
from crawler.model import CaseClass
from workers.values import decode

DATA = Path(__file__).parents[2] / "data/classifying"
FIRST, SECOND, THIRD = DATA / "labelled.jsonl", DATA / "unseen.jsonl", DATA / "blind.jsonl"
FOURTH = DATA / "fourth.jsonl"
"""No rule was changed for it."""
WORLDS = pytest.mark.parametrize("path", [FIRST, SECOND, THIRD], ids=lambda path: path.stem)
_HELD_BACK_BY = {
    "readme_is_task": {"confusion-04"},
    "siblings": set[str](),
    "same_lock": set[str](),
    "history": {"mir-01"},
}
"""Innocents whom one sign alone keeps from a letter: a firm's new demo, and a mirror of others' repositories."""
NOT_PLAIN = {*(f"hardcase-0{number}" for number in range(1, 7)), "vitelogger-05"}


@dataclass(frozen=True)
class Labelled:
    id: str
    label: CaseClass
    found: CaseClass
    plain: bool
    """Of a lure: whether an expert would send the letter."""


def labelled(
    path: Path, unseen: str = "seen_at", also: Mapping[str, object] = MappingProxyType({})
) -> list[Labelled]:
    """Read a world and let the rules say what they think without the sign `unseen`, with those of `also`.

    `plain` counts where a line has it.
    """
    lines = map(json.loads, path.read_text("utf-8").splitlines())
    return [
        Labelled(
            id=line["id"],
            label=CaseClass(line["label"]),
            found=classify(
                decode(Signs, json.dumps(line["signs"] | {unseen: None} | dict(also)))
            ).case_class,
            plain=line.get("plain", line["id"] not in NOT_PLAIN),
        )
        for line in lines
    ]


def table(world: Sequence[Labelled]) -> str:
    """Return what the rules said of a world: a row for each label, the letters that are wrong, the lures without."""
    counts = Counter((one.label, one.found) for one in world)
    rows = [
        f"| {label} ({sum(one.label is label for one in world)}) | "
        f"{' | '.join(str(counts[label, found]) for found in CaseClass)} |"
        for label in CaseClass
    ]
    sent = [one for one in world if one.found is CaseClass.LURE]
    plain = [one for one in world if one.label is CaseClass.LURE and one.plain]
    wrong = [f"{one.id} ({one.label})" for one in sent if one.label is not CaseClass.LURE]
    without = [f"{one.id} ({one.found})" for one in plain if one.found is not CaseClass.LURE]
    return "\n".join(
        [
            f"| rules {RULES_VERSION} | {' | '.join(CaseClass)} |",
            "|---|---|---|---|---|---|",
            *rows,
            f"letters: {len(sent)}, wrong: {len(wrong)} {' '.join(wrong)}",
            f"plain lures: {len(plain)}, with a letter: {len(plain) - len(without)}",
            f"without: {' '.join(without)}",
        ]
    )


def letters(world: Iterable[Labelled]) -> set[str]:
    return {one.id for one in world if one.found is CaseClass.LURE}


def lures(path: Path) -> list[Labelled]:
    return [one for one in labelled(path) if one.label is CaseClass.LURE and one.plain]


@WORLDS
def test_letters_go_to_lures_only_and_not_to_what_no_expert_could_tell(path: Path) -> None:
    assert letters(one for one in labelled(path) if one.label is not CaseClass.LURE) == set()


@WORLDS
@pytest.mark.parametrize("unseen", ["readme_is_task", "siblings", "same_lock", "history"])
def test_what_nobody_looked_at_brings_no_letter_to_the_innocent(path: Path, unseen: str) -> None:
    world = labelled(path, unseen)

    wrong = letters(one for one in world if one.label is not CaseClass.LURE)
    assert wrong <= _HELD_BACK_BY[unseen]


@pytest.mark.parametrize(
    ("path", "plain", "told"), [(FIRST, 111, 69), (SECOND, 90, 21), (THIRD, 64, 34)]
)
def test_so_many_plain_lures_of_each_world_get_a_letter(path: Path, plain: int, told: int) -> None:
    assert len(lures(path)) == plain
    assert len(letters(lures(path))) >= told


def test_of_the_fourth_world_a_firm_alone_gets_wrong_letters_whose_other_repositories_nobody_dated() -> (
    None
):
    wrong = [one for one in labelled(FOURTH) if one.label is not CaseClass.LURE]
    assert letters(wrong) == {"heron-04", "heron-05"}

    dated = labelled(FOURTH, also={"oldest_sibling_at": "2023-12-12T20:08:40Z"})
    assert not letters(one for one in dated if one.id.startswith("heron"))


def test_a_notice_for_victims_goes_to_nineteen_in_twenty_of_the_first_world() -> None:
    told = [one for one in labelled(FIRST) if one.found is CaseClass.VICTIM]

    assert sum(one.label is CaseClass.VICTIM for one in told) >= 0.95 * 89
    assert {one.id for one in told if one.label is CaseClass.LURE} == {"removedhijack-01"}


def test_the_table_of_a_world_names_wrong_letters_and_plain_lures_without_one() -> None:
    said = table(
        [
            Labelled(id=f"{label}-{found}", label=label, found=found, plain=True)
            for label in (CaseClass.LURE, CaseClass.VICTIM)
            for found in (CaseClass.LURE, CaseClass.UNCLEAR)
        ]
    )

    assert "| lure (2) | 1 | 0 | 0 | 0 | 1 |" in said
    assert "letters: 2, wrong: 1 victim-lure (victim)" in said
    assert "plain lures: 2, with a letter: 1\nwithout: lure-unclear (unclear)" in said


if __name__ == "__main__":
    sys.stdout.write(table(labelled(Path(sys.argv[1]))) + "\n")
