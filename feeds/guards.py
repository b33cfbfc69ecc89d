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
    "expect_ok",
    "min_retained",
    "permanent_errors",
    "refuse_change",
    "refuse_html",
    "refuse_loss",
    "refuse_shrink",
]

_SHARE = 0.9
_FEW_LOST = 5
_FEW = 100
"""So many new records at once are no flood, however small the feed was."""


def min_retained(before: int) -> int:
    """Return how many of `before` entries must still be there."""
    return math.ceil(before * _SHARE)


def refuse_shrink(feed: str, what: str, *, before: int, after: int, accept: bool) -> None:
    """Raise FeedError where fewer than 90 % of `before` are left, unless a person accepts it."""
    if accept or after >= min_retained(before):
        return
    msg = (
        f"{feed}: {what} shrank from {before} to {after}; nothing was changed. "
        "Look at the feed, then poll again with --accept-change if that is right"
    )
    raise FeedError(msg)


def refuse_loss(feed: str, what: str, *, lost: int, of: int, accept: bool) -> None:
    """Raise FeedError where more than 10 % `of` some (and more than five) are `lost` at once."""
    if accept or lost <= _FEW_LOST or of - lost >= min_retained(of):
        return
    msg = (
        f"{feed}: {lost} of {of} {what}; is the address right? Nothing was changed. Poll again with "
        "--accept-change if that is right"
    )
    raise FeedError(msg)


def refuse_change(feed: str, *, before: int, lost: int, new: int, accept: bool) -> None:
    """Raise FeedError where more than 10 % of `before` are lost, or more than that are new.

    Nothing known `before` is the first poll; 100 new ones are always believed.
    """
    refuse_shrink(feed, "the list of records", before=before, after=before - lost, accept=accept)
    if accept or before == 0 or new <= max(_FEW, before - min_retained(before)):
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
        msg = f"{feed}: {url} sent an empty answer; poll again later"
        raise FeedError(msg)
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        msg = f"{feed}: {url} sent a web page instead of data; is a portal in between?"
        raise FeedError(msg)


def expect_ok(feed: str, answer: Answer) -> Answer:
    """Return a 2xx or 304 answer; raises FeedError for 4xx, Retry for 5xx."""
    with permanent_errors(feed):
        return answer.raise_for_status()


@contextmanager
def permanent_errors(feed: str) -> Iterator[None]:
    """Turn a GiveUp inside the block (redirect, compression, too many bytes, 4xx) into FeedError.

    The same question would be answered the same way again, so a person has to look.
    """
    try:
        yield
    except GiveUp as error:
        msg = f"{feed}: {error}; check the URL of this feed in the configuration"
        raise FeedError(msg) from error
