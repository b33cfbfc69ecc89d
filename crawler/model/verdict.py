"""What all assertions on a subject amount to. Verdicts are computed, never stored by hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model.assertion import Subject
    from crawler.model.distribution import Digest

__all__ = [
    "RULES",
    "UNVERIFIED_FILE",
    "DigestSupport",
    "Doubt",
    "IndexState",
    "Reason",
    "Source",
    "Verdict",
    "VerdictState",
]

RULES = "4"
"""Version of the rules by which assertions become verdicts and pins become findings.

Raised whenever the same input would be judged otherwise; a ledger that was judged by another version is
judged again.
"""

UNVERIFIED_FILE = "known-file"
"""Code of the reason that makes a verdict hearsay."""


class VerdictState(StrEnum):
    """The judgement on a subject; only MALICIOUS can carry a confirmed finding."""

    MALICIOUS = "malicious"
    QUARANTINED = "quarantined"
    REMOVED = "removed"
    """Gone from the index, and nobody says why."""
    OWNER_REMOVED = "owner_removed"
    YANKED = "yanked"
    NAME_REUSED = "name_reused"
    """The name (and perhaps the version) has had another owner and other files."""
    WITHDRAWN = "withdrawn"
    """Every malicious record on it was taken back, or the quarantine was cleared."""
    SUSPICIOUS = "suspicious"
    ALLOWED = "allowed"
    """A person of this installation vouches for it; what it is accused of stands again afterwards."""

    @property
    def sentence(self) -> str:  # noqa: PLR0911 - one sentence per state
        """What it says of a file, for people who do not know these names; without capital and full stop."""
        match self:
            case VerdictState.MALICIOUS:
                return "an advisory lists this file as malicious"
            case VerdictState.QUARANTINED:
                return "the index holds this file in quarantine, and no advisory calls it malicious"
            case VerdictState.REMOVED:
                return "the index no longer lists this file, and nobody says why"
            case VerdictState.OWNER_REMOVED:
                return "the owner of this file has removed it, and no advisory calls it malicious"
            case VerdictState.YANKED:
                return "the owner of this file has yanked it, and no advisory calls it malicious"
            case VerdictState.NAME_REUSED:
                return "the advisory is about another file of this name"
            case VerdictState.WITHDRAWN:
                return "nobody calls this file malicious any more"
            case VerdictState.SUSPICIOUS:
                return "this file is called suspicious, but not malicious"
            case VerdictState.ALLOWED:
                return "we now regard this file as harmless"
            case _:
                assert_never(self)


class Doubt(StrEnum):
    """What speaks against a file that one root source alone accuses; the values are codes of reasons."""

    LISTED = "one-source-listed"
    """The index lists this very file."""
    OTHER_FILE = "one-source-other-file"
    """The index or another source knows the digest as that of another release's file."""
    PROTECTED = "one-source-protected"
    """The project is one of the most used, and the index still lists the release."""
    PROTECTED_UNKNOWN = "one-source-unchecked"
    """The project is one of the most used, and what the index says of the release is not known."""


class IndexState(StrEnum):
    """What the index says of a subject now."""

    LISTED = "listed"
    GONE = "gone"
    QUARANTINED = "quarantined"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a verdict or a finding is what it is: a stable code and a sentence for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed record behind a verdict, as a report names it."""

    feed: str
    record_id: str
    root_source: str
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSupport:
    """Who stands behind one digest of an accused file, and what speaks against it."""

    digest: Digest
    roots: tuple[str, ...]
    """Root sources by which the digest is that of this file, sorted; the index is one of them.

    None where the record that stated it has been withdrawn.
    """
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement on one subject, with all that supports it."""

    subject: Subject
    state: VerdictState
    since: datetime
    """UTC; when the state began."""
    reasons: tuple[Reason, ...]
    sources: tuple[Source, ...]
    index_state: IndexState = IndexState.UNKNOWN
    explicit: bool = True
    """False where the record speaks of every version of the project and names none, or of too wide a range."""
    incarnation_from: datetime | None = None
    """UTC; when the incarnation that this is about was created. A file uploaded earlier is not meant."""
    incarnation_until: datetime | None = None
    """UTC; when that incarnation was removed. A file uploaded later is not meant."""
    support: tuple[DigestSupport, ...] = ()
    """Of each digest of a file that is named as malicious; empty for all else."""

    @property
    def is_hearsay(self) -> bool:
        """Whether the digests are only said to be those of this file: by a link, by a lock.

        Anybody can say that, so they count for a file of this name, and against nothing.
        """
        return any(reason.code == UNVERIFIED_FILE for reason in self.reasons)
