"""What feeds say. Assertions are append-only; a retraction is one more assertion.

Terms: OSV schema (record id, withdrawn), PEP 792 (project status), warehouse journal (actions).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model.distribution import Distribution
    from crawler.model.names import Ecosystem

__all__ = ["Assertion", "Claim", "Level", "ProjectKey", "Record", "Subject"]


class Level(StrEnum):
    """How much of a project a statement is about."""

    PROJECT = "project"
    RELEASE = "release"
    FILE = "file"


class Claim(StrEnum):
    """What a feed says about a subject."""

    MALICIOUS = "malicious"
    SUSPICIOUS = "suspicious"
    """Pentest, spam, hacking tool: never enough for an accusation."""
    QUARANTINED = "quarantined"
    QUARANTINE_CLEARED = "quarantine_cleared"
    REMOVED = "removed"
    """The index has dropped it; by whom and why is not said."""
    OWNER_REMOVED = "owner_removed"
    CREATED = "created"
    """A project, release or file came into being; a later `created` after `removed` is a new incarnation."""
    YANKED = "yanked"
    UNYANKED = "unyanked"
    LISTED = "listed"
    """The index lists it now."""
    ARCHIVED = "archived"
    """The index lists it and expects no more releases of it (PEP 792); nothing is said against it."""
    DEPRECATED = "deprecated"
    """The index lists it, and its owners call it obsolete (PEP 792); nothing is said against it."""
    KNOWN = "known"
    """A file of this name and these digests exists or existed; nothing is said of it."""
    ALLOWED = "allowed"
    """A person of this installation vouches for it until `retracted_at`, for the reason in `reference`."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ProjectKey:
    """A project of a registry; the unit in which verdicts are computed."""

    ecosystem: Ecosystem
    name: str
    """Normalised; see `crawler.model.names.normalize_name`."""
    registry: str = field(default="", metadata={"omit_default": True})
    """Which of the configured registries; empty for the public one, of which all but its own feeds speak."""

    @property
    def unplaced(self) -> ProjectKey:
        """The same name in the public registry: what locks state is kept by it, whichever they mean."""
        return replace(self, registry="") if self.registry else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an assertion or a verdict is about."""

    project: ProjectKey
    version: str | None = None
    """Canonical, or a range of versions (`crawler.model.version_ranges`); None speaks of the whole project."""
    file: Distribution | None = None

    @property
    def level(self) -> Level:
        """How much of the project this is."""
        if self.file is not None:
            return Level.FILE
        return Level.PROJECT if self.version is None else Level.RELEASE

    def __str__(self) -> str:
        """Write it as a package URL, with a registry that is not the public one, and the file behind it."""
        version = "" if self.version is None else f"@{self.version}"
        file = "" if self.file is None else f" {self.file.filename}"
        project = self.project
        registry = f"?registry={project.registry}" if project.registry else ""
        return f"pkg:{project.ecosystem}/{project.name}{version}{registry}{file}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One statement of one feed, with its provenance."""

    feed: str
    record_id: str
    """The feed's own id of the record: `MAL-2026-2144`, a journal serial."""
    subject: Subject
    claim: Claim
    valid_from: datetime
    """UTC; when it became true: published, journal time."""
    observed_at: datetime
    """UTC; the state of the record that said so (OSV `modified`)."""
    root_source: str
    """Who found out. A record that only cites another has the other's root, and counts once."""
    reference: str | None = None
    retracted_at: datetime | None = None
    """UTC; set in the later assertion that takes this one back."""
    sequence: tuple[int, ...] = ()
    """Place of an event in its feed's own order, such as (serial, row) of a journal; empty where the
    feed has none. It, and not the date, says which of two events of one feed came first."""
    undated: bool = field(default=False, metadata={"omit_default": True})
    """Whether the feed states no date: `valid_from`, or `retracted_at`, is when it was seen, or a bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that a record says now. What an earlier state of it said and this one does not is retracted."""

    id: str
    assertions: tuple[Assertion, ...]
