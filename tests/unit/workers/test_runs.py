"""What a run was asked for, in the payload of its work."""

from __future__ import annotations

import pytest

from crawler.model import Refs
from workers.runs import Run


@pytest.mark.parametrize("refs", Refs)
def test_a_run_comes_back_out_of_its_payload(refs: Refs) -> None:
    run = Run(id="20261130T000000Z", refs=refs, pivot=True)

    assert Run.from_payload(run.payload()) == run


@pytest.mark.parametrize(("written", "refs"), [("default", Refs.DEFAULT), ("all", Refs.BRANCHES)])
def test_work_that_an_earlier_version_left_is_done_as_it_was_meant(
    written: str, refs: Refs
) -> None:
    assert Run.from_payload({"run": "one", "branches": written}).refs is refs


def test_of_two_runs_the_one_that_reads_more_counts() -> None:
    one, two = Run(id="one", refs=Refs.ALL), Run(id="two", refs=Refs.BRANCHES)

    assert (one.merge(two).refs, two.merge(one).refs) == (Refs.ALL, Refs.ALL)
