"""The changes of an npm registry on the wire: CouchDB's `_changes`, as npm replicates it.

Sources: CouchDB, "/{db}/_changes"; npm, "Replicate API" (2025: only `since` and `limit` are left). A
sequence is opaque, a number or a text; numbers alone are compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote

from crawler.errors import FeedError, GiveUp, Malformed
from crawler.fields import Fields, read_json
from crawler.model import Skipped
from crawler.net import Http
from feeds.cursor import reset_advice
from feeds.guards import expect_ok, refuse_html
from feeds.npm.cursor import Seq, seq_of

__all__ = ["ChangesClient", "ChangesListing", "PackageChange"]

_GENERATION = re.compile(r"([0-9]{1,9})-", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChange:
    """One row: a document changed."""

    seq: Seq
    id: str
    deleted: bool = False
    revision: int | None = None
    """Generation of the document after the change (`12` of 12-...); None where it is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesListing:
    """One answer: the changes after a sequence, in order."""

    changes: tuple[PackageChange, ...]
    last: Seq
    """Where the next listing starts."""
    more: bool
    skipped: tuple[Skipped, ...] = ()


class ChangesClient:
    """Asks for changes; all that is not believable is a FeedError in the name of `feed`."""

    def __init__(self, http: Http, url: str, feed: str, limit: int) -> None:
        """Ask at `url`, which ends with `/_changes`, for `limit` rows at a time (npm: 10,000)."""
        self._http, self._url, self._feed, self._limit = http, url.rstrip("/"), feed, limit

    def newest(self) -> Seq:
        """Return the present sequence of the database; raises FeedError, Retry, Defer."""
        url = self._url.removesuffix("/_changes")
        document = self._get(url)
        try:
            return seq_of(document, "update_seq")
        except Malformed as error:
            msg = f"{self._feed}: {error}; check the URL of this feed in the configuration"
            raise FeedError(msg) from error

    def since(self, seq: Seq) -> ChangesListing:
        """Return the changes after `seq`; raises FeedError, Retry, Defer."""
        url = f"{self._url}?since={quote(str(seq), safe='')}&limit={self._limit}"
        document = self._get(url)
        try:
            rows, told = document.array("results"), seq_of(document, "last_seq")
        except Malformed as error:
            msg = f"{self._feed}: {error}; nothing was taken from it"
            raise FeedError(msg) from error
        changes, skipped = _read(rows, f"changes after {str(seq)[:40]!a}")
        if rows and not changes:
            msg = f"{self._feed}: none of {len(rows)} rows of {url} is a change; nothing was taken"
            raise FeedError(msg)
        self._refuse_disorder(seq, [change.seq for change in changes], told)
        last = _last(seq, changes, told)
        more = len(rows) >= self._limit or _pending(document) > 0
        return ChangesListing(changes=changes, last=last, more=bool(rows) and more, skipped=skipped)

    def _get(self, url: str) -> Fields:
        try:
            answer = self._http.request("GET", url, headers={"accept": "application/json"})
            body = expect_ok(self._feed, answer).body
            refuse_html(self._feed, url, body)
            return Fields(read_json(body, url), url)
        except GiveUp as error:
            msg = f"{self._feed}: {error}; nothing was taken from it"
            raise FeedError(msg) from error

    def _refuse_disorder(self, since: Seq, seen: Sequence[Seq], told: Seq) -> None:
        """Refuse numbers that go back: another registry, or one set up anew. Rows may share a number."""
        numbers = [seq for seq in (since, *seen) if isinstance(seq, int)]
        begun_again = len(numbers) > 1 and numbers[0] == since == numbers[1]
        if begun_again or any(left > right for left, right in pairwise(numbers)):
            msg = f"{self._feed}: the changes after {since} are out of order; nothing was taken"
            raise FeedError(msg)
        if numbers and isinstance(told, int) and told < numbers[-1]:
            msg = (
                f"{self._feed}: the newest change is {told}, before {numbers[-1]}; the registry went "
                f"backwards, or the URL names another one. If that is right, run {reset_advice(self._feed)}"
            )
            raise FeedError(msg)


def _pending(document: Fields) -> int:
    """Return how many changes are left, where the registry tells it in a number."""
    try:
        return document.optional_number("pending") or 0
    except Malformed:
        return 0


def _read(
    rows: Sequence[object], path: str
) -> tuple[tuple[PackageChange, ...], tuple[Skipped, ...]]:
    changes, skipped = list[PackageChange](), list[Skipped]()
    for place, row in enumerate(rows):
        try:
            fields = Fields(row, f"{path}, results[{place}]")
            changes.append(
                PackageChange(
                    seq=seq_of(fields, "seq"),
                    id=fields.text("id"),
                    deleted=fields.flag("deleted"),
                    revision=_revision(fields),
                )
            )
        except Malformed as error:
            skipped.append(Skipped(context=f"{path}, row {place}", reason=str(error)[:300]))
    return tuple(changes), tuple(skipped)


def _revision(fields: Fields) -> int | None:
    found = (_GENERATION.match(r.optional_text("rev") or "") for r in fields.children("changes"))
    return max((int(each[1]) for each in found if each is not None), default=None)


def _last(since: Seq, changes: Sequence[PackageChange], told: Seq) -> Seq:
    """Return where to go on: never further than what was listed, where that can be told.

    An empty listing moves nothing, so that no absurd number can make us pass over what comes.
    """
    if not changes:
        return since
    return changes[-1].seq if isinstance(told, int) else told
