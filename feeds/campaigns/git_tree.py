"""Feeds that are files in a Git repository: what lies at the head now, read without a clone.

Only objects that are asked for by name are fetched; an unchanged head costs one request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from crawler.errors import (
    Blocked,
    FeedError,
    Gone,
    Malformed,
    Private,
    Refused,
    TooLarge,
    Unsupported,
)
from crawler.git.capabilities import Probes
from crawler.git.interface import Limits, Listing, ObjectReader
from crawler.git.wire import WireReader
from crawler.model import Refs
from feeds.interface import FeedContext

__all__ = ["GitTree", "TreeReader", "git_reader"]

_LIMITS = Limits(total_seconds=900.0)


class TreeReader(ObjectReader, Protocol):
    """Reads one repository, and can find a few files of a large tree."""

    def files_at(self, url: str, commit: str, paths: Collection[str]) -> Listing:
        """Return those of `paths` that are regular files under `commit`."""
        ...


class GitTree:
    """The head of the default branch of one repository."""

    def __init__(self, feed: str, url: str, reader: TreeReader) -> None:
        """Read `url` through `reader`; errors speak in the name of `feed`."""
        self._feed, self._url, self._reader = feed, url, reader

    def head(self) -> str:
        """Return the commit of the default branch; raises FeedError, Defer, Retry."""
        with self._believable():
            heads = self._reader.heads(self._url, Refs.DEFAULT).heads
        if not heads:
            msg = f"{self._feed}: {self._url} is empty"
            raise FeedError(msg)
        return heads[0].commit

    def files(self, commit: str, wanted: Callable[[str], bool]) -> Mapping[str, str]:
        """Return path -> oid of all wanted files; raises FeedError where some were not looked at."""
        with self._believable():
            listing = self._reader.trees(self._url, [commit], wanted)
        if listing.skipped:
            first = listing.skipped[0]
            msg = f"{self._feed}: {self._url} was not read whole ({first.context}: {first.reason})"
            raise FeedError(msg)
        return {file.path: file.oid for file in listing.files}

    def files_at(self, commit: str, paths: Collection[str]) -> Mapping[str, str]:
        """Return path -> oid of `paths`; raises FeedError where one is no file there."""
        with self._believable():
            listing = self._reader.files_at(self._url, commit, paths)
        found = {file.path: file.oid for file in listing.files}
        missing = sorted(set(paths) - found.keys())
        if missing:
            msg = f"{self._feed}: {self._url} has no {missing[0]} any more; was it moved?"
            raise FeedError(msg)
        return found

    def contents(self, oids: Collection[str]) -> Mapping[str, bytes]:
        """Return the contents of `oids`, all of them; raises FeedError."""
        with self._believable():
            blobs = self._reader.blobs(self._url, oids)
        found = {blob.oid: blob.data for blob in blobs.found}
        missing = sorted(set(oids) - found.keys())
        if missing:
            reasons = {skipped.context: skipped.reason for skipped in blobs.skipped}
            msg = f"{self._feed}: {missing[0]} was not sent: {reasons.get(missing[0], 'no reason')}"
            raise FeedError(msg)
        return found

    @contextmanager
    def _believable(self) -> Iterator[None]:
        try:
            yield
        except (Gone, Private, Blocked, Refused, Malformed, TooLarge, Unsupported) as error:
            msg = f"{self._feed}: {error}; check the repository of this feed in the configuration"
            raise FeedError(msg) from error


def git_reader(context: FeedContext) -> Callable[[], TreeReader]:
    """Return what makes a reader of Git repositories; the time of a reader begins when it is made."""
    http, trusted = context.http, context.trusted_hosts
    return lambda: WireReader(http, probes=Probes(), limits=_LIMITS, trusted_hosts=trusted)
