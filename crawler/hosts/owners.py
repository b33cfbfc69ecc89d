"""Hosts without a list of all repositories: the repositories of named owners, one owner at a time.

Owners are walked in alphabetical order and the cursor names one (`owner`, or `owner|place` inside
the owner's list), so that owners may be added and removed between two pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from crawler.errors import GiveUp, Private
from crawler.hosts.interface import ListPage
from crawler.model import Skipped

__all__ = ["list_owners"]

_NO_OWNERS = Skipped(
    context="list",
    reason="this host lists the repositories of an owner only, and no owners are configured",
)


def list_owners(
    owners: Iterable[str],
    cursor: str | None,
    check: Callable[[str, str | None], object],
    ask: Callable[[str, str | None], ListPage],
) -> ListPage:
    """Return one page of the owner that `cursor` names, with the cursor of what is next.

    `check(owner, place)` raises Refused for an owner or a place that is none; `ask(owner, place)`
    asks for one page. Of a cursor that is none, Refused is raised. An owner who is gone, or whose
    page cannot be read, is skipped and said, and the next one is due: one owner must not hide the
    others. Retry, Defer and Private (which is about our token) are raised.
    """
    known = sorted(set(owners))
    if cursor is None:
        if not known:
            return ListPage(repositories=(), next_cursor=None, skipped=(_NO_OWNERS,))
        owner, place = known[0], None
    else:
        owner, place = _read(cursor)
        check(owner, place)
    following = next((other for other in known if other > owner), None)
    try:
        check(owner, place)
        page = ask(owner, place)
    except Private:
        raise
    except GiveUp as error:
        unread = Skipped(context=_written(owner, place), reason=str(error))
        return ListPage(repositories=(), next_cursor=following, skipped=(unread,))
    inside = page.next_cursor
    return replace(
        page,
        next_cursor=following if inside is None else _written(owner, inside),
        total=None,
    )


def _read(cursor: str) -> tuple[str, str | None]:
    owner, found, place = cursor.partition("|")
    return owner, place if found else None


def _written(owner: str, place: str | None) -> str:
    return owner if place is None else f"{owner}|{place}"
