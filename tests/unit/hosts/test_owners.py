"""The walk through the repositories of named owners."""

from __future__ import annotations

import pytest

from crawler.errors import (
    Blocked,
    ConfigurationError,
    Defer,
    GhostcrawlError,
    Gone,
    Malformed,
    Private,
    Refused,
    Retry,
)
from crawler.hosts.checked_names import checked_owner
from crawler.hosts.interface import ListPage, PagePartMissing
from crawler.hosts.owners import checked_owners, list_owners


def _check(owner: str, place: str | None) -> None:
    checked_owner(owner)
    if place not in {None, "2"}:
        raise Refused("no place")


def _two_pages(_owner: str, place: str | None) -> ListPage:
    return ListPage(repositories=(), next_cursor="2" if place is None else None)


def test_each_owner_is_read_to_the_end_before_the_next() -> None:
    walked: list[str | None] = [None]
    while (page := list_owners(("a", "b"), walked[-1], _check, _two_pages)).next_cursor is not None:
        walked.append(page.next_cursor)

    assert walked == [None, "a|2", "b", "b|2"]


def test_owners_may_come_and_go_between_two_pages() -> None:
    page = list_owners(("c", "d"), "b|2", _check, _two_pages)

    assert page.next_cursor == "c"


def test_no_owners_is_said_without_asking() -> None:
    page = list_owners((), None, _check, _two_pages)

    assert (page.repositories, page.next_cursor) == ((), None)
    assert "no owners are configured" in page.skipped[0].reason


@pytest.mark.parametrize(
    "error", [Gone("gone"), Blocked("451"), Malformed("torn"), Refused("redirect")]
)
def test_an_owner_who_cannot_be_read_is_said_and_the_next_is_due(error: GhostcrawlError) -> None:
    def ask(_owner: str, _place: str | None) -> ListPage:
        raise error

    page = list_owners(("a", "b"), "a|2", _check, ask)

    assert page.next_cursor == "b"
    assert [(s.context, s.reason) for s in page.skipped] == [("a|2", str(error))]


def test_an_owner_who_may_come_yet_is_tried_again_and_the_next_one_is_named() -> None:
    def ask(_owner: str, _place: str | None) -> ListPage:
        raise Retry("502 of the host")

    with pytest.raises(PagePartMissing, match="502 of the host") as caught:
        list_owners(("a", "b", "c"), "a|2", _check, ask)

    assert caught.value.following == "b"


def test_the_last_owner_leads_nowhere() -> None:
    def ask(_owner: str, _place: str | None) -> ListPage:
        raise Retry("502 of the host")

    with pytest.raises(Retry) as caught:
        list_owners(("a", "b"), "b", _check, ask)

    assert not isinstance(caught.value, PagePartMissing)


@pytest.mark.parametrize("error", [Defer(9, "429"), Private("401")])
def test_what_is_not_about_the_owner_is_raised(error: GhostcrawlError) -> None:
    def ask(_owner: str, _place: str | None) -> ListPage:
        raise error

    with pytest.raises(type(error)):
        list_owners(("a", "b"), None, _check, ask)


@pytest.mark.parametrize("cursor", ["", "a|", "a|3", "a/b", "a|2|2", "|2", "-a"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(Refused):
        list_owners(("a",), cursor, _check, _two_pages)


def test_owners_are_sorted_and_each_is_there_once() -> None:
    assert checked_owners(["b", "a", "b"], "git.example", checked_owner) == ("a", "b")


def test_what_is_no_owner_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match=r"host git\.example: invalid owner 'a/b'"):
        checked_owners(["a/b"], "git.example", checked_owner)
