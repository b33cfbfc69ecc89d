"""Which repositories machines are told of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crawler.reporting.accusation import accused_repositories
from tests.unit.reporting.letters import answered, confirmed, found
from tests.values import NOW, REPOSITORY


def test_repositories_that_may_be_accused_come_in_the_order_of_their_places() -> None:
    other = found(confirmed(), key="e" * 64, repository=replace(REPOSITORY, path="acme/copy"))
    dead = found(answered(404), key="f" * 64, repository=replace(REPOSITORY, path="acme/dead"))

    groups = accused_repositories([confirmed(), other, dead], NOW + timedelta(hours=1))

    assert [group[0].finding.repository.path for group in groups] == ["acme/copy", "acme/task"]
