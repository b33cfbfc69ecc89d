"""Hosts without a list of all repositories: the repositories of named owners, one owner at a time.

Owners are walked in alphabetical order and the cursor names one (`owner`, or `owner|place` inside
the owner's list), so that owners may be added and removed between two pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from crawler.errors import ConfigurationError, GiveUp, Private, Refused, Retry
from crawler.hosts.interface import ListPage, PagePartMissing
from crawler.model import Skipped

__all__ = ["checked_owners", "list_owners"]

_NO_OWNERS = Skipped(
    context="list",
    reason="this host lists the repositories of an owner only, and no owners are configured",
)


def checked_owners(
    owners: Iterable[str], host: str, check: Callable[[str], object]
) -> tuple[str, ...]:
    """Return the owners that `host` is configured with, sorted, each once.

    `check` raises Refused for an invalid owner, which becomes ConfigurationError.
    """
    known = tuple(sorted(set(owners)))
    for owner in known:
        try:
            check(owner)
        except Refused as error:
            raise ConfigurationError(f"host {host}: {error}; correct its owners") from error
    return known


def list_owners(
    owners: tuple[str, ...],
    cursor: str | None,
    check: Callable[[str, str | None], object],
    ask: Callable[[str, str | None], ListPage],
) -> ListPage:
    """Return one page of the owner that `cursor` names, with the cursor of what is next.

    `owners` are sorted; `check(owner, place)` raises Refused for those of an invalid cursor;
    `ask(owner, place)` asks for one page. An owner who is gone, or whose page cannot be read, is
    skipped and said, and the next one is due: one owner must not hide the others. Where a page may come
    yet, PagePartMissing names the next owner for who has tried often enough, and Retry is raised where there
    is no other. Defer and Private (which is about our token, not about an owner) are raised.
    """
    if cursor is None and not owners:
        return ListPage(repositories=(), next_cursor=None, skipped=(_NO_OWNERS,))
    owner, place = _read(owners[0] if cursor is None else cursor)
    check(owner, place)
    following = next((other for other in owners if other > owner), None)
    try:
        page = ask(owner, place)
    except Private:
        raise
    except GiveUp as error:
        unread = Skipped(context=_written(owner, place), reason=str(error))
        return ListPage(repositories=(), next_cursor=following, skipped=(unread,))
    except Retry as error:
        if following is None:
            raise
        raise PagePartMissing(str(error), following) from error
    inside = page.next_cursor
    return replace(page, next_cursor=following if inside is None else _written(owner, inside))


def _read(cursor: str) -> tuple[str, str | None]:
    owner, found, place = cursor.partition("|")
    return owner, place if found else None


def _written(owner: str, place: str | None) -> str:
    return owner if place is None else f"{owner}|{place}"
