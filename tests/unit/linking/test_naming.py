"""A campaign keeps its name while cases join and leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from crawler.linking import Joined, Standing, named
from crawler.model import Campaign
from tests.unit.linking.campaign_world import START
from tests.unit.linking.test_joining import case


def group(*numbers: int) -> Joined:
    return Joined(cases=tuple(map(case, numbers)), links=())


def standing(*campaigns: Campaign) -> Mapping[str, Standing]:
    return {
        member.case: Standing(campaign=one.id, begun_at=one.begun_at)
        for one in campaigns
        for member in one.members
    }


def ids(groups: Sequence[Joined], *before: Campaign) -> list[str]:
    return [one.id for one in named(groups, standing(*before))]


def test_the_name_of_a_new_campaign_is_that_of_its_first_case_always() -> None:
    (one,) = named([group(1, 2)], {})

    assert ids([group(1, 3)]) == [one.id]
    assert one.begun_at == START + timedelta(minutes=1)


def test_a_case_that_joins_changes_no_name_even_where_it_is_older() -> None:
    (one,) = named([group(5, 6)], {})

    assert ids([group(1, 5, 6)], one) == [one.id]


def test_where_two_campaigns_become_one_the_older_name_stays() -> None:
    older, younger = named([group(2, 4), group(3, 5, 6)], {})

    assert ids([group(2, 3, 4, 5, 6)], older, younger) == [older.id]
    assert ids([group(1, 3, 5, 6, 4)], older, younger) == [older.id]


def test_where_a_campaign_falls_apart_the_larger_part_keeps_its_name_and_the_other_gets_a_new_one() -> (
    None
):
    (one,) = named([group(1, 2, 3, 4, 5)], {})

    first, second = ids([group(1, 2), group(3, 4, 5)], one)

    assert second == one.id
    assert first != one.id


def test_no_two_campaigns_have_one_name_whatever_was_exchanged() -> None:
    before = named([group(1, 3, 4), group(2, 5, 6)], {})

    found = ids([group(1, 2), group(3, 4), group(5, 6)], *before)

    assert len(set(found)) == 3
    assert set(found[1:]) == {one.id for one in before}


def test_what_was_merged_is_older_than_what_began_between_its_parts() -> None:
    oldest, middle = named([group(1, 2), group(3, 4)], {})
    (kept,) = named([group(2, 9)], standing(oldest))

    assert ids([group(2, 3, 4, 9)], kept, middle) == [oldest.id]
