"""Findings, the evidence for them, and the report that both make."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.model.names import (
    Ecosystem,
    normalize_name,
    normalize_version,
    project_of_file,
    release_of_tarball,
)
from crawler.model.version_ranges import is_range

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model.case import Classification
    from crawler.model.history import PinHistory
    from crawler.model.pin import LineSpan, Pin
    from crawler.model.repository import Repository, Sighting
    from crawler.model.verdict import Reason, Verdict

__all__ = [
    "Confidence",
    "Evidence",
    "Finding",
    "FindingStatus",
    "Liveness",
    "Match",
    "Report",
    "Surroundings",
    "Tier",
]


class Tier(StrEnum):
    """What kind of evidence binds a pin to a verdict; see docs/architecture.md, "Identity"."""

    A = "A"
    """A digest of the pinned file is that of a malicious distribution."""
    B = "B"
    """The same project and explicitly listed version, from the public registry or a mirror."""
    C = "C"
    """The name only, an every-version record, or quarantine only."""
    T = "T"
    """The lock itself was tampered with."""
    U = "U"
    """The index no longer lists it, and no feed says why."""
    N = "N"
    """Nothing in the lock or beside it requires the entry; accuses nobody."""


class Confidence(StrEnum):
    """How sure a finding is. Only CONFIRMED and LIKELY may ever stand in a letter."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    POSSIBLE = "possible"
    CENSUS = "census"

    @property
    def rank(self) -> int:
        """0 for CENSUS up to 3 for CONFIRMED."""
        return ("census", "possible", "likely", "confirmed").index(self.value)


class FindingStatus(StrEnum):
    """Whether a finding still holds, and who said so."""

    NEW = "new"
    """Holds; no person has decided about it."""
    PROMOTED = "promoted"
    """Holds; a person answered its questions and stands behind it."""
    GONE_AT_REFS = "gone-at-refs"
    """None of the refs of its repository has the pin at this path any more."""
    GONE = "gone"
    """Its repository is not there any more: deleted, emptied, blocked, renamed."""
    RETRACTED = "retracted"
    """The verdict or the rules no longer say so."""
    DISMISSED = "dismissed"
    """A person says that it is none."""

    @property
    def is_open(self) -> bool:
        """Whether the finding holds, so that it may stand in a report."""
        return self in {FindingStatus.NEW, FindingStatus.PROMOTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A pin bound to a verdict, before it is known where the lock lies."""

    pin: Pin
    tier: Tier
    confidence: Confidence
    reasons: tuple[Reason, ...]
    """First what binds it, then each named reason that lowers it."""
    verdict: Verdict | None
    """None for tiers T and N, which need no feed."""

    @property
    def release(self) -> tuple[str | None, str | None]:
        """Name and version of what is accused, whatever the entry of the lock is called.

        A verdict names its own project; only where it is the pin's, or there is no verdict, the pin does. Where it
        names no version, what the pinned file states counts before what its entry does.
        """
        pin, verdict = self.pin, self.verdict
        if verdict is None:
            return pin.name, pin.version
        project, judged = verdict.subject.project, verdict.subject.version
        version = judged if judged and not is_range(judged) else _pinned(pin, project.name)
        if pin.name is not None and normalize_name(pin.ecosystem, pin.name) == project.name:
            return pin.name, version
        return project.name, version


def _pinned(pin: Pin, name: str) -> str | None:
    """Return the version of `name` that the file of `pin` states, or else that of the entry."""
    in_file = None
    if pin.ecosystem is Ecosystem.NPM and pin.url is not None:
        in_file = release_of_tarball(pin.url)
    elif pin.ecosystem is Ecosystem.PYPI and pin.filename is not None:
        in_file = project_of_file(pin.filename, name)
    if in_file is None or in_file[0] != name:
        return pin.version
    same = pin.version and normalize_version(pin.ecosystem, pin.version) == in_file[1]
    return pin.version if same else in_file[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A match at a place: this repository, commit and path."""

    key: str
    """Stable: digest of host, repository, path, pinned artifact and tier; the same ghost is found once."""
    repository: Repository
    sighting: Sighting
    format: str
    match: Match
    questions: tuple[Reason, ...] = ()
    """What a person answers before anybody is told, such as research or a fixture; they lower nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """The answer to one HEAD of the file; the file itself is never fetched."""

    method: str
    url: str
    status: int | None
    """None where nothing answered or nothing was asked; `why` says which."""
    content_length: int | None
    checked_at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What lies around a lock at one commit, as far as somebody looked; questions rest on it."""

    commit: str
    lacks: tuple[str, ...] = ()
    """Names of manifests of which the lock's tool needs one beside it, where none is there."""
    twins: int = 0
    """Folders beside that of the lock that hold files of the very same names."""
    namesakes: int = 0
    """Folders beside that of the lock that hold a lock of the same name."""
    tools: int = 0
    """Tools whose locks lie in the folder of this one, its own included."""
    tests: str = ""
    """Path of test code that lies around the lock; empty where none was seen."""
    readmes: tuple[str, ...] = ()
    """Paths of READMEs around the lock that speak of research or samples, or against installing."""
    ghosts: int = 0
    """Projects of which the repository pins malicious releases, as far as is known."""
    readme_sketch: str = field(default="", metadata={"omit_default": True})
    """Of the topmost README around the lock, see `crawler.linking.readme_sketch`; never its text."""
    sets_task: bool | None = field(default=None, metadata={"omit_default": True})
    """Whether a README in the folder of the lock, or above, sets a task to candidates; False also where there
    is none, None where not all were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a third party needs to check a finding without trusting us."""

    permalink: str | None
    """To the commit, never to a branch, with line numbers where the host has them; None on a host
    without web pages."""
    blob_oid: str
    lock_sha256: str
    lock_size: int
    """Bytes."""
    lines: LineSpan | None
    """Of the pin; None where the parser could not tell them."""
    excerpt: str
    """The lines themselves, credentials redacted, at most 40 of them; empty where they are unknown."""
    liveness: Liveness | None
    still_at_head: bool | None
    """Whether a ref still had the same pin when verified; None where that could not be seen."""
    collected_at: datetime
    """UTC; when the lock was read."""
    verified_at: datetime | None = None
    """UTC; when repository and file host were last asked again; None where never."""
    surroundings: Surroundings | None = None
    """None where nobody looked around yet."""
    viewer_url: str | None = None
    """Safe view of the file on the registry's own viewer, where it has one."""
    history: PinHistory | None = None
    """Since when the pin is there, as commits say; None where nobody asked yet."""
    required: bool | None = None
    """Whether anything in the lock or beside it requires the entry; None where that cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A finding with its evidence, as exports receive it."""

    finding: Finding
    evidence: Evidence | None
    first_seen: datetime
    last_seen: datetime
    run_id: str
    status: FindingStatus = FindingStatus.NEW
    status_reason: Reason | None = None
    """Why the status is what it is, with a code; None for NEW."""
    status_at: datetime | None = None
    """UTC; when it became so; None where no ledger knows."""
    repository_number: int | None = None
    """Number of the repository in the ledger, which no other has; None where it comes from no ledger."""
    classification: Classification | None = None
    """What the repository is; None where nobody has looked, which is no reason to accuse anybody."""

    @property
    def needs_decision(self) -> bool:
        """Whether a person has to answer its questions before anybody may be told of it."""
        confirmed = self.finding.match.confidence is Confidence.CONFIRMED
        return self.status is FindingStatus.NEW and confirmed and bool(self.finding.questions)
