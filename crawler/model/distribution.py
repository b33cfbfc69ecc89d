"""Files and where they come from: digests, distributions, registries.

The path of a file on the public Python file host is
`/packages/{b[:2]}/{b[2:4]}/{b[4:]}/{file name}` with b the BLAKE2b-256 of the file (warehouse,
`forklift/legacy.py`), so a URL on *any* host that keeps the path proves the file.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from crawler.model.urls import normalize

if TYPE_CHECKING:
    from crawler.model.names import Ecosystem

__all__ = ["Algorithm", "Digest", "Distribution", "Registry", "digest_in_path", "path_of"]

_LONGEST_REMEMBERED = 500
"""Characters of an address; longer ones are a stranger's and fill no memory."""
_DIGEST_PATH = re.compile(r"/packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/[^/]+\Z")


class Algorithm(StrEnum):
    """Digest algorithms that locks and feeds use."""

    BLAKE2B_256 = "blake2b_256"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"
    SHA1 = "sha1"
    MD5 = "md5"

    @property
    def hex_length(self) -> int:
        """Number of hex digits of a digest of this algorithm."""
        return _HEX_LENGTHS[self]

    @property
    def identifies(self) -> bool:
        """Whether a digest of this algorithm proves a file; md5 and sha1 can be forged."""
        return self is not Algorithm.MD5 and self is not Algorithm.SHA1


_HEX_LENGTHS = {
    Algorithm.MD5: 32,
    Algorithm.SHA1: 40,
    Algorithm.BLAKE2B_256: 64,
    Algorithm.SHA256: 64,
    Algorithm.SHA384: 96,
    Algorithm.SHA512: 128,
}
_IS_HEX = {
    algorithm: re.compile(f"[0-9a-f]{{{length}}}").fullmatch
    for algorithm, length in _HEX_LENGTHS.items()
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Digest:
    """A digest of a file: `hex` is lower-case and as long as its algorithm says."""

    algorithm: Algorithm
    hex: str

    def __post_init__(self) -> None:
        """Refuse (ValueError) hex that is no digest of the algorithm."""
        if _IS_HEX[self.algorithm](self.hex) is None:
            msg = f"not a {self.algorithm} digest: {self.hex[:140]!r}"
            raise ValueError(msg)

    @property
    def identifies(self) -> bool:
        """Whether it proves a file: it cannot be forged, and is no digest of nothing."""
        return self.algorithm.identifies and self.hex not in _OF_NOTHING

    def __str__(self) -> str:
        """Write it as locks do: `sha256:<hex>`."""
        return f"{self.algorithm}:{self.hex}"


_OF_NOTHING = frozenset(
    [
        *(hashlib.new(name, b"").hexdigest() for name in ("sha256", "sha384", "sha512")),
        hashlib.blake2b(b"", digest_size=32).hexdigest(),
        *("0" * length for length in _HEX_LENGTHS.values()),
    ]
)
"""Of the empty file, which a download that failed leaves, and zeros for a digest that nobody knew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One uploaded file; its identity is (digest, file name) on any host."""

    filename: str
    digests: tuple[Digest, ...] = ()
    """Sorted; those of different algorithms describe the same bytes."""
    url: str | None = None
    uploaded_at: str | None = None
    """ISO 8601 as the index or the lock states it."""

    def digest(self, algorithm: Algorithm) -> str | None:
        """Return the hex digest of `algorithm`, or None where it is not known."""
        return next((d.hex for d in self.digests if d.algorithm is algorithm), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A package registry: what is public, where its files lie, who mirrors it.

    All URLs come from configuration or from the registry's own answers, never from the code.
    """

    ecosystem: Ecosystem
    index_url: str
    """Base of the Simple API (PyPI) or of the packuments (npm), with a trailing slash."""
    file_hosts: frozenset[str] = frozenset()
    """Lower-case host names (with port where not the default) that the index itself names."""
    mirrors: frozenset[str] = frozenset()
    """Index URLs that are known to serve the same files, with a trailing slash."""
    viewer_url: str = ""
    """Base of the page that shows what is inside a file without running it; empty where there is none."""
    name: str = ""
    """As the configuration calls it; empty for the one of its ecosystem that is public here."""
    others: tuple[Registry, ...] = ()
    """Further registries of the ecosystem: a file of theirs is another one, whatever its name and version."""

    def is_public(self, index_url: str) -> bool:
        """Say whether `index_url` names this registry itself, whatever its trailing slash."""
        return bool(self.index_url) and _same(index_url) == _same(self.index_url)

    def called(self, name: str) -> Registry | None:
        """Return this one or that of the others which the configuration calls `name`."""
        return next((one for one in (self, *self.others) if one.name == name), None)

    def is_asked(self, index_url: str) -> bool:
        """Say whether `index_url` names this registry or one of its mirrors."""
        return self.is_public(index_url) or self.is_mirror(index_url)

    def is_mirror(self, index_url: str) -> bool:
        """Say whether `index_url` names a known mirror of this registry."""
        return _same(index_url) in {_same(m) for m in self.mirrors}


def _same(index_url: str) -> str:
    """Return one spelling for all that an installer takes for the same index."""
    if len(index_url) > _LONGEST_REMEMBERED:
        return normalize(index_url).rstrip("/")
    return _spelled_once(index_url)


@lru_cache(maxsize=256)
def _spelled_once(index_url: str) -> str:
    return normalize(index_url).rstrip("/")


def digest_in_path(path: str) -> Digest | None:
    """Return the BLAKE2b-256 digest that a URL path of the index shape carries, or None."""
    found = _DIGEST_PATH.search(path.lower())
    return (
        None
        if found is None
        else Digest(algorithm=Algorithm.BLAKE2B_256, hex="".join(found.groups()))
    )


def path_of(blake2b_256: str, filename: str) -> str:
    """Return the URL path of a file by its BLAKE2b-256 (64 hex digits) and its name."""
    return f"/packages/{blake2b_256[:2]}/{blake2b_256[2:4]}/{blake2b_256[4:]}/{filename}"
