"""What a reader of git objects is, what it brings home, and how much it takes from a stranger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from crawler.model import Head, RefKind, Refs, Skipped

__all__ = ["Blob", "Blobs", "Follow", "Heads", "Limits", "ListedFile", "Listing", "ObjectReader"]

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one visit of one repository; an honest one stays far below all of them."""

    total_seconds: float = 60.0
    """For all requests of the visit together, those of the fallback too."""
    heads_seconds: float = 10.0
    """For the question that polls a repository."""
    slow_seconds: float = 8.0
    """After so long an answer must have come faster than `slow_bytes` per second."""
    slow_bytes: int = 1_000
    packets: int = 400_000
    """In all answers of the visit together: one costs its sender four bytes and its reader a step. Servers
    that send each object in three (dulwich) need 300,000 for the largest pack."""
    refs: int = 250_000
    """Named by the server, whether asked for or not."""
    refs_bytes: int = 16 * _MIB
    pack_bytes: int = 64 * _MIB
    """As sent, for one answer."""
    objects: int = 100_000
    """In one pack."""
    object_bytes: int = 20 * _MIB
    """Inflated; known from the header of the object before anything is inflated."""
    inflated_bytes: int = 96 * _MIB
    """All objects and deltas of one pack, and all blobs of one visit."""
    delta_chain: int = 512
    """Git itself makes 50; its older `gc --aggressive` made 250."""
    delta_steps: int = 3_000_000
    """Instructions of all deltas of one pack; git copies no less than 16 bytes with one."""
    sideband_bytes: int = 64 * 1024
    """Progress and error text of the server."""
    branches: int = 500
    """Read at once; the rest is named as skipped."""
    tags: int = 100
    requests: int = 50
    trees: int = 20_000
    entries: int = 300_000
    depth: int = 64
    path_bytes: int = 4_096
    paths_bytes: int = 64 * _MIB
    """Of all files and folders: whoever says whether a path is wanted takes time for every byte."""
    files: int = 20_000
    """Wanted files, counted once per commit and path."""
    sightings: int = 100_000
    """Wanted files, counted once per ref and path: many refs may name one commit."""
    blobs: int = 2_000
    """Distinct wanted files that are fetched in one visit."""
    guesses: int = 40
    """Of those, texts that are only wanted because they may be requirements files."""
    names_unvisited: bool = False
    """Whether each submodule is said, and that there are older commits: nobody visits them."""
    links: int = 512
    """Distinct targets of symbolic links that are read."""
    huge_bytes: int = 3 * _MIB
    """A file of more gives way to all others where not all have room. Fewer names than 32 are well-known,
    so that smaller files at a root have all room."""
    halvings: int = 12
    """Further requests, to read the other blobs where one of them is too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The tips of the refs that a visit reads; none at all is an empty repository."""

    heads: tuple[Head, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    left_out: frozenset[RefKind] = frozenset()
    """Kinds of refs that were asked for and are not all here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A wanted file in the tree of a commit: a regular one, or what a symbolic link leads to."""

    commit: str
    path: str
    oid: str
    worth: int = field(default=0, compare=False)
    """What its path is worth to who asked; it comes before all that is worth less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All wanted files of some commits, and what of their trees was not looked at."""

    files: tuple[ListedFile, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    root_only: bool = False
    """Whether there are folders below the root that nobody looked into."""
    committed: Mapping[str, datetime] = field(default_factory=dict)
    """Commit -> when it says it was made, UTC."""
    texts: tuple[str, ...] = ()
    """Blobs that are read to know where symbolic links lead."""
    follow: Follow | None = field(default=None, compare=False)
    """Given the content of `texts`, lists what lies at the other end of symbolic links; None for none."""


Follow: TypeAlias = Callable[[Mapping[str, bytes]], Listing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """The content of a file; `oid` was computed from `data`, never believed."""

    oid: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blobs:
    """What was asked for and came; everything else is in `skipped`, by oid, and perhaps more of why."""

    found: tuple[Blob, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class ObjectReader(Protocol):
    """Reads one repository: heads, then trees, then blobs.

    All three raise the errors of `crawler.errors`: Gone, Private, Blocked, Defer, Retry, Refused,
    TooLarge, Malformed, and Unsupported where another kind of reader may succeed.
    """

    def heads(self, url: str, refs: Refs) -> Heads:
        """Return the default branch, or all that `refs` says with the default one first."""
        ...

    def trees(self, url: str, commits: Collection[str], wanted: Callable[[str], int]) -> Listing:
        """Return the regular files under `commits` whose path is wanted.

        A reader that was told so looks at the root of each only, which the listing then says.
        """
        ...

    def blobs(self, url: str, oids: Collection[str]) -> Blobs:
        """Return the contents of `oids`; where not all can be had, those that come first.

        What is huge gives way to all others.
        """
        ...
