"""Repositories, their heads, and what a visit brings home. Terms: git, forge APIs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Protocol

from crawler.model.refs import RefKind, Refs

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model.pin import Skipped

__all__ = [
    "LOCAL",
    "Head",
    "LockBlob",
    "LockId",
    "Outcome",
    "ReadRequest",
    "Reader",
    "Repository",
    "SeenFile",
    "Sighting",
    "Visit",
    "Worth",
]

LOCAL = "local"
"""The host of repositories and folders of this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository on a host; `native_id` survives renames where the host has one."""

    host: str
    """Name of the host in the configuration: `github.com`, `git.example`."""
    path: str
    """`owner/name`, or whatever follows the host in the clone URL, without `.git`."""
    clone_url: str
    native_id: str | None = None
    default_branch: str | None = None
    fork_of: str | None = None
    created_at: str | None = None
    pushed_at: str | None = None
    archived: bool = False
    description: str | None = None
    private: bool | None = None
    """Whether it is read with the token of its host alone; None: nobody has said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The tip of a ref."""

    ref: str
    """Full name: `refs/heads/main`."""
    commit: str
    """40 or 64 hex digits."""
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A lock seen in a repository: this blob at this path of this commit, reached by this ref."""

    ref: str
    commit: str
    path: str
    """As in the tree, `/` between parts; undecodable bytes as surrogate escapes."""
    oid: str


class Worth(IntEnum):
    """How much the name of a file tells that it is a lock. What is worth more is read sooner."""

    UNREAD = -1
    """It is none, but people write install commands or URLs into such files: they are counted and not read."""
    NONE = 0
    """It is none, or none that is wanted."""
    GUESS = 1
    """A text that may be a requirements file; few of them are read in one visit."""
    POSSIBLE = 2
    """The content decides, or it is a manifest: no lock, but it may pin all the same."""
    LIKELY = 3
    """Called as locks of a format may be called, or as copies of them are."""
    WELL_KNOWN = 4
    """The name that its tool writes by itself: `uv.lock`."""


class SeenFile(Protocol):
    """A file that a reader sees in a tree, before it is read."""

    @property
    def path(self) -> str:
        """As in the tree."""
        ...

    @property
    def oid(self) -> str:
        """Of its blob."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LockId:
    """Which lock: the same bytes under another name may be another lock, or none.

    Whatever is known of a lock holds wherever both are the same, and nowhere else.
    """

    oid: str
    """Of the blob."""
    reading: str
    """How a file of this name is read (`crawler.lockfiles.reading_of`): `uv`, `npm`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockBlob:
    """The bytes of a lock; `oid`, the sha1 over git's blob header and the data, was checked."""

    oid: str
    path: str
    """A path that it was seen at and by which it is read. Of a visit: one of them, see `Visit.blobs`."""
    data: bytes = field(repr=False)


class Outcome(StrEnum):
    """How a visit ended; each has its own next due time."""

    VISITED = "visited"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    GONE = "gone"
    PRIVATE = "private"
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """All that one visit of one repository brought home."""

    repository: Repository
    outcome: Outcome
    heads: tuple[Head, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    """Every lock at every head, also those whose blob was known already.

    What is not among them is not there, unless `skipped`, `root_only` or `refs_left_out` may hide it.
    """
    blobs: tuple[LockBlob, ...] = ()
    """Only blobs that were not known, each once; one that was seen under names of several formats is
    read once in each of them."""
    skipped: tuple[Skipped, ...] = ()
    """What was there and was not read, and why. Not empty means: partial."""
    defer_seconds: float | None = None
    """With DEFERRED: when it is due again."""
    refs: Refs = Refs.DEFAULT
    """Which refs were looked at."""
    refs_left_out: tuple[RefKind, ...] = ()
    """Kinds of refs of which the host has more than are in `heads`, though `refs` asks for all of them."""
    token_refused: str = ""
    """With PRIVATE: why the host refuses our token for it. Who asks without one may be answered."""
    root_only: bool = False
    """Whether only the root (and paths that a search had named) was looked at, not every folder."""
    submodules: tuple[str, ...] = ()
    """URLs of repositories that are checked out into this one, as far as they are to be visited."""
    committed: Mapping[str, datetime] = field(default_factory=dict)
    """Commit -> when it says it was made, UTC; only where commits are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """What a reader is asked to bring home."""

    wanted: Callable[[str], int]
    """Says by path alone what a file is worth (see `Worth`); 0: it is no lock."""
    known: Callable[[Collection[SeenFile]], Collection[str]]
    """Given files, returns the oids of those that were read before at every path that is given."""
    refs: Refs = Refs.DEFAULT
    heads: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Repository path -> ref -> commit of the last visit; equal heads are UNCHANGED."""


class Reader(Protocol):
    """Reads locks out of repositories of one host: over the git protocol, or through an API."""

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        """Yield one visit per repository, in order; never raises for a single repository's fault."""
        ...
