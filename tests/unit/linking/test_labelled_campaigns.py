"""The labelled world (tests/data/campaigns): all that is planted is found, and nobody else joins."""

from __future__ import annotations

from collections import defaultdict

from crawler.linking import JOINS, LINK_RULES, joined
from tests.unit.linking.campaign_world import lines, world


def test_the_world_has_eight_campaigns_and_forty_others() -> None:
    labels = [line["campaign"] for line in lines()]

    assert len(set(labels) - {None}) == 8
    assert labels.count(None) == 40


def test_all_eight_campaigns_are_found_whole_and_no_innocent_joins() -> None:
    planted = defaultdict[str, set[str]](set)
    for line in lines():
        if line["campaign"] is not None:
            planted[line["campaign"]].add(line["id"])

    found = [{one.case for one in group.cases} for group in joined(world())]

    assert sorted(found, key=min) == sorted(planted.values(), key=min)


def test_each_campaign_is_held_together_by_links_of_which_each_has_its_reasons() -> None:
    groups = joined(world())

    assert [len(group.links) for group in groups] == [len(group.cases) - 1 for group in groups]
    links = [link for group in groups for link in group.links]
    assert all(link.weight >= JOINS and link.reasons for link in links)
    assert {reason.code for link in links for reason in link.reasons} == {
        rule.code for rule in LINK_RULES
    }
