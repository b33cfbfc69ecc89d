"""What the demo world is made of, and what is true in it.

Names are reserved ones (RFC 2606): `index.example`, `files.index.example`, `mirror.example`,
`private.example`, `github.example`, `forge.example`, `git.example`. One loopback server answers for all
of them by the Host header, and `crawler.net.Http(connect_to=...)` leads there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.model import CaseClass, Confidence, Tier
from workers.demo.objects import AUTHORED_AT

__all__ = [
    "Commit",
    "Expectation",
    "JournalEntry",
    "World",
    "WorldFile",
    "WorldProject",
    "WorldRepository",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFile:
    """A harmless stand-in for an uploaded distribution."""

    filename: str
    data: bytes = field(repr=False)
    uploaded_at: str
    """ISO 8601, UTC."""
    yanked: bool = False

    @property
    def sha256(self) -> str:
        """64 hex digits."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def blake2b_256(self) -> str:
        """64 hex digits; the URL path of the file is made of them."""
        return hashlib.blake2b(self.data, digest_size=32).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldProject:
    """A project as the index would show it now."""

    name: str
    status: str
    """`active`, `quarantined` (PEP 792), or `removed`: the Simple API answers 404."""
    listed: Mapping[str, tuple[WorldFile, ...]]
    """Version -> files that the Simple API lists now."""
    unlisted: Mapping[str, tuple[WorldFile, ...]] = field(default_factory=dict)
    """Version -> files that were removed from the index; the file host still serves them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One row of the index's change journal, as `changelog_since_serial` answers."""

    name: str
    version: str | None
    timestamp: int
    """Unix time, UTC."""
    action: str
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The tip of a branch."""

    files: Mapping[str, bytes]
    """Path -> content."""
    at: int = AUTHORED_AT
    """Unix time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldRepository:
    """A repository of a host of the world."""

    host: str
    path: str
    """`owner/name`."""
    branches: Mapping[str, Commit]
    default_branch: str = "main"
    fork_of: str | None = None
    description: str = ""
    created_at: str = "2026-06-01T00:00:00Z"
    pushed_at: str = "2026-06-02T00:00:00Z"
    archived: bool = False
    taken_down: bool = False
    """Its host answers 404; its id stays its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a correct ghostcrawl must say of one lock: this, and nothing stronger."""

    host: str
    repository: str
    path: str
    confidence: Confidence | None
    """None: no finding at all."""
    tier: Tier | None
    why: str
    """The case in a few words; the demo prints it for what was missed or wrong."""
    asked: bool = False
    """Whether a person must be asked before anybody is told of it."""
    case_class: CaseClass | None = None
    """What can be said of its repository by what is seen; None where nobody is told of the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that exists, and everything that is true."""

    projects: tuple[WorldProject, ...]
    journal: tuple[JournalEntry, ...]
    advisories: tuple[Mapping[str, object], ...]
    """OSV records, as the dump of an ecosystem holds them."""
    repositories: tuple[WorldRepository, ...]
    truth: tuple[Expectation, ...]
