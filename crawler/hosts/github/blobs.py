"""Fetches lock blobs from GitHub: many texts in one GraphQL request, the rest raw by REST.

`Blob.text` is cut at 512,000 bytes and has passed through a text encoding, so every text must hash to
its blob id (git: sha1 over `blob N`, a zero byte and the data); what does not comes raw, and must too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import Defer, GhostcrawlError, GiveUp, Malformed, Refused, Stop, TooLarge
from crawler.hosts.github.api import QueryTooExpensive
from crawler.net import HttpLimits

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.github.api import GitHubApi
    from crawler.model import Repository

__all__ = ["LARGEST", "BlobFetcher", "Wanted", "is_blob"]

_CUT = 512_000
LARGEST = 20 * 1024 * 1024
"""Bytes of a lock; one that is larger is said, not fetched."""
_BATCH = 100
_BATCH_BYTES = 8 * 1024 * 1024
_RAW = "application/vnd.github.raw+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A blob to fetch, and a repository that holds it."""

    repository: Repository
    oid: str
    size: int
    """Bytes, as the host says."""


@dataclass(frozen=True, slots=True)
class BlobFetcher:
    """Fetches blobs through one identity's API."""

    api: GitHubApi

    def fetch(self, wanted: Sequence[Wanted]) -> Mapping[str, bytes | GhostcrawlError]:
        """Return, by oid, the checked bytes or why there are none; raises Stop only.

        After the first Defer nothing more is asked: the rest shares it.
        """
        got: dict[str, bytes | GhostcrawlError] = {}
        for one in wanted:
            if one.size > LARGEST:
                got[one.oid] = TooLarge(f"{one.size} bytes; locks up to {LARGEST} are read")
        small = [one for one in wanted if one.size <= _CUT]
        for batch in _batches(small):
            got.update(_deferred(got, batch) or self._in_halves(batch))
        for one in wanted:
            if one.oid not in got:
                got.update(_deferred(got, [one]) or {one.oid: self._raw(one)})
        return got

    def _in_halves(self, batch: Sequence[Wanted]) -> Mapping[str, bytes | GhostcrawlError]:
        """Ask for `batch`, and once more for each half of it where the host could not do it at once."""
        try:
            return self._texts(batch)
        except QueryTooExpensive as error:
            if len(batch) == 1:
                return {batch[0].oid: error}
        got: dict[str, bytes | GhostcrawlError] = {}
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            try:
                got.update(_deferred(got, half) or self._texts(half))
            except QueryTooExpensive as error:
                got.update({one.oid: error for one in half})
        return got

    def _texts(self, batch: Sequence[Wanted]) -> Mapping[str, bytes | GhostcrawlError]:
        """Ask for `batch` in one request; what came cut, altered or not at all is left out.

        Raises QueryTooExpensive where a smaller batch may come.
        """
        variables: dict[str, object] = {}
        parts: list[str] = []
        for i, one in enumerate(batch):
            owner, _, name = one.repository.path.partition("/")
            variables |= {f"o{i}": owner, f"n{i}": name, f"b{i}": one.oid}
            parts.append(
                f"r{i}: repository(owner: $o{i}, name: $n{i}) {{ blob: object(oid: $b{i})"
                " { ... on Blob { oid byteSize isTruncated text } } }"
            )
        declared = ", ".join(
            f"${name}: {'GitObjectID' if name.startswith('b') else 'String'}!" for name in variables
        )
        try:
            answer = self.api.graphql(f"query({declared}) {{ {' '.join(parts)} }}", variables)
        except (Stop, QueryTooExpensive):
            raise
        except GhostcrawlError as error:
            return {one.oid: error for one in batch}
        texts = {one.oid: _text(answer.data, f"r{i}") for i, one in enumerate(batch)}
        return {oid: data for oid, data in texts.items() if data is not None and is_blob(oid, data)}

    def _raw(self, one: Wanted) -> bytes | GhostcrawlError:
        try:
            try:
                return self._checked(one, one.repository.path)
            except Refused:
                # A redirect: renamed since the probe. It is not followed; the id knows the new name.
                return self._checked(one, self.api.full_name(one.repository.native_id or ""))
        except Stop:
            raise
        except GhostcrawlError as error:
            return error

    def _checked(self, one: Wanted, path: str) -> bytes:
        limits = HttpLimits(max_bytes=LARGEST)
        answer = self.api.get(f"/repos/{path}/git/blobs/{one.oid}", accept=_RAW, limits=limits)
        if not is_blob(one.oid, answer.body):
            raise Malformed(f"the host sent {len(answer.body)} bytes that are not blob {one.oid}")
        return answer.body


def is_blob(oid: str, data: bytes) -> bool:
    """Say whether `data` is the blob `oid`: sha1, or sha256 in repositories of that format."""
    algorithm = "sha1" if len(oid) == 40 else "sha256"  # noqa: PLR2004 - hex digits of a sha1
    header = b"blob %d\0" % len(data)
    return hashlib.new(algorithm, header + data, usedforsecurity=False).hexdigest() == oid


def _deferred(
    got: Mapping[str, bytes | GhostcrawlError], batch: Sequence[Wanted]
) -> Mapping[str, bytes | GhostcrawlError]:
    """Give `batch` the Defer that is in `got` already, or nothing where there is none."""
    defer = next((error for error in got.values() if isinstance(error, Defer)), None)
    return {} if defer is None else {one.oid: defer for one in batch}


def _text(data: JsonObject, alias: str) -> bytes | None:
    try:
        repository = data.node(alias)
        blob = None if repository is None else repository.node("blob")
        if blob is None or blob.flag("isTruncated"):
            return None
        text = blob.optional_text("text")
        return None if text is None else text.encode()
    except (GiveUp, UnicodeEncodeError):
        return None


def _batches(wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, ...]]:
    batch: list[Wanted] = []
    size = 0
    for one in wanted:
        if batch and (len(batch) == _BATCH or size + one.size > _BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield tuple(batch)
