"""READMEs that are nearly the same have sketches that are, and tell nothing where anybody has them."""

from __future__ import annotations

import random

import pytest

from crawler.linking import readme_sketch
from crawler.linking.readme import alike, readme_groups

WORDS = [f"word{number}" for number in range(26)]


def text(seed: int, name: str = "bot") -> str:
    chosen = random.Random(seed).choices(WORDS, k=120)
    return (
        f"# {name}\n\n{' '.join(chosen[:60])}. Start {name} with care.\n\n{' '.join(chosen[60:])}\n"
    )


def test_a_text_in_which_a_name_was_replaced_is_alike_and_another_one_is_not() -> None:
    mine = readme_sketch(text(1, "alpha-maker"))

    assert len(mine) == 64
    assert alike(mine, readme_sketch(text(1, "Omega Trader")))
    assert not any(alike(mine, readme_sketch(text(seed, "alpha-maker"))) for seed in range(2, 40))


@pytest.mark.parametrize(
    "readme",
    [
        "",
        "# bot\n\nA bot that trades.\n",
        "bot " * 5_000,
        f"This is a project bootstrapped with [`create-next-app`](x).\n\n{text(1)}",
    ],
)
def test_a_text_that_anybody_may_have_has_no_sketch(readme: str) -> None:
    assert readme_sketch(readme) == ""


def test_hostile_text_has_a_sketch_like_any_other() -> None:
    assert len(readme_sketch(text(1) + "\ud800 \x00 \u202e" + "x" * 1_000_000)) == 64


def test_texts_are_grouped_by_the_first_of_each() -> None:
    first, second, other = (
        readme_sketch(text(seed, name)) for seed, name in ((1, "a"), (1, "b"), (2, "a"))
    )

    assert readme_groups([first, second, "", other]) == {first: first, second: first, other: other}


def test_a_text_that_is_there_twice_stays_in_its_group() -> None:
    first, copy, other = (
        "".join(f"{letter}{at:03x}" for at, letter in enumerate(letters))
        for letters in ("a" * 16, "b" * 6 + "a" * 10, "b" * 6 + "a" * 4 + "c" * 6)
    )

    groups = readme_groups([first, copy, other, copy])

    assert groups == {first: first, copy: first, other: other}
