"""When an answer is not believable: changed too much, of another type, or a page of HTML.

A feed that suddenly says less would retract findings by itself, and one that suddenly says more would
accuse by itself, so a person decides (`PollRequest.accept_change`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from crawler.errors import FeedError, GiveUp
from crawler.net import Answer

__all__ = [
    "believable_share",
    "checked",
    "refuse_change",
    "refuse_html",
    "refuse_shrink",
    "refused_for_good",
]

_SHARE = 0.9
_FEW = 100
"""So many new records at once are no flood, however small the feed was."""


def believable_share(before: int) -> int:
    """Return how many of `before` entries must still be there."""
    return math.ceil(before * _SHARE)


def refuse_shrink(feed: str, what: str, *, before: int, after: int, accept: bool) -> None:
    """Raise FeedError where fewer than 90 % of `before` are left, unless a person accepts it."""
    if accept or after >= believable_share(before):
        return
    msg = (
        f"{feed}: {what} shrank from {before} to {after}; nothing was changed. "
        "Look at the feed, then poll again with --accept-change if that is right"
    )
    raise FeedError(msg)


def refuse_change(feed: str, *, before: int, lost: int, new: int, accept: bool) -> None:
    """Raise FeedError where more than 10 % of `before` are lost, or more than that are new.

    Nothing known `before` is the first poll; 100 new ones are always believed.
    """
    refuse_shrink(feed, "the list of records", before=before, after=before - lost, accept=accept)
    if accept or before == 0 or new <= max(_FEW, before - believable_share(before)):
        return
    msg = (
        f"{feed}: {new} new records at once beside {before} known ones; nothing was changed. "
        "Look at the feed, then poll again with --accept-change if that is right"
    )
    raise FeedError(msg)


def refuse_html(feed: str, url: str, body: bytes) -> None:
    """Raise FeedError where `body` is empty or a page of HTML (login, maintenance, captive portal)."""
    head = body[:512].lstrip().lower()
    if not head:
        msg = f"{feed}: {url} answered with nothing at all; poll again later"
        raise FeedError(msg)
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        msg = f"{feed}: {url} answered with a web page instead of data; is a portal in between?"
        raise FeedError(msg)


def checked(feed: str, answer: Answer) -> Answer:
    """Return a 2xx or 304 answer; raises FeedError for 4xx, Retry for 5xx."""
    with refused_for_good(feed):
        return answer.raise_for_status()


@contextmanager
def refused_for_good(feed: str) -> Iterator[None]:
    """Turn a GiveUp inside the block (redirect, compression, too many bytes, 4xx) into FeedError.

    The same question would be answered the same way again, so a person has to look.
    """
    try:
        yield
    except GiveUp as error:
        msg = f"{feed}: {error}; check the URL of this feed in the configuration"
        raise FeedError(msg) from error
