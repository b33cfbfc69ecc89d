"""How much of what is asked may be lost before an answer is not believed, and what ends a row of questions."""

from __future__ import annotations

import pytest

from crawler.errors import Defer, FeedError, Retry
from feeds.asking import ask_each
from feeds.guards import min_retained, refuse_loss


@pytest.mark.parametrize(("before", "kept"), [(0, 0), (1, 1), (10, 9), (11, 10), (100, 90)])
def test_nine_tenths_rounded_up_must_be_retained(before: int, kept: int) -> None:
    assert min_retained(before) == kept


@pytest.mark.parametrize(("lost", "of"), [(0, 0), (5, 5), (6, 60), (10, 100)])
def test_a_few_or_a_tenth_may_be_lost(lost: int, of: int) -> None:
    refuse_loss("zz-feed", "pages are gone", lost=lost, of=of, accept=False)


@pytest.mark.parametrize(("lost", "of"), [(6, 6), (6, 59), (11, 100)])
def test_more_than_a_tenth_is_refused_until_a_person_accepts_it(lost: int, of: int) -> None:
    with pytest.raises(FeedError, match=rf"^zz-feed: {lost} of {of} pages are gone; .*--accept-"):
        refuse_loss("zz-feed", "pages are gone", lost=lost, of=of, accept=False)

    refuse_loss("zz-feed", "pages are gone", lost=lost, of=of, accept=True)


@pytest.mark.parametrize("error", [Defer(5, "wait"), Retry("broken off")])
def test_answers_of_before_a_host_asks_to_wait_are_kept(error: Exception) -> None:
    def ask(question: int) -> int:
        if question == 3:
            raise error
        return question * 10

    assert ask_each([1, 2, 3, 4], ask) == ([10, 20], error)
    assert ask_each([1, 2], ask) == ([10, 20], None)


def test_an_answer_that_is_not_believed_takes_those_of_before_with_it() -> None:
    def ask(question: int) -> int:
        if question == 3:
            raise FeedError("zz-feed: a web page")
        return question

    with pytest.raises(FeedError, match="a web page"):
        ask_each([1, 2, 3], ask)
    answers, broken_off = ask_each([1, 2, 3], ask, until=(FeedError,))
    assert (answers, str(broken_off)) == ([1, 2], "zz-feed: a web page")
