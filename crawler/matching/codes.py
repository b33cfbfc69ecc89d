"""Why a finding is as strong as it is: stable codes, each with its sentence and its ceiling.

A code never changes its meaning; `docs/findings.md` explains each to a reader of a report.
"""

from __future__ import annotations

from enum import Enum

from crawler.model import Confidence, Doubt, Reason

__all__ = ["Code"]


class Code(Enum):
    """One reason: code, the strongest confidence it allows, and the sentence for people."""

    FILE_DIGEST = (
        "file-digest",
        Confidence.CONFIRMED,
        "a digest of the pinned file is that of a malicious distribution",
    )
    LISTED_RELEASE = (
        "listed-release",
        Confidence.CONFIRMED,
        "a record names exactly this version as malicious",
    )
    LISTED_RANGE = (
        "listed-range",
        Confidence.CONFIRMED,
        "a record names a range of versions as malicious, and this version lies in it",
    )

    DIGEST_CONFLICT = (
        "digest-conflict",
        Confidence.LIKELY,
        "the URL and the hashes of the lock describe different files",
    )
    RELEASE_LISTED = (
        "release-still-listed",
        Confidence.LIKELY,
        "the index still lists this release",
    )
    INDEX_UNKNOWN = (
        "index-state-unknown",
        Confidence.LIKELY,
        "what the index says of this release now is not known",
    )
    ONE_SOURCE_UNCHECKED = (
        Doubt.PROTECTED_UNKNOWN.value,
        Confidence.LIKELY,
        "one source alone accuses this file of a most used project, and the index was not asked yet",
    )
    ASKS_INDEX = (
        "asks-the-index",
        Confidence.LIKELY,
        "the lock states no file URL, so the install asks the index",
    )
    FEEDS_DISAGREE = (
        "feeds-disagree",
        Confidence.LIKELY,
        "another feed has taken back the same accusation",
    )

    REQUEST_ONLY = (
        "strangers-request",
        Confidence.LIKELY,
        "only a stranger's pull request has it: no branch and no tag that was read does",
    )

    ONE_SOURCE_LISTED = (
        Doubt.LISTED.value,
        Confidence.POSSIBLE,
        "one source alone accuses this file, and the index lists it",
    )
    ONE_SOURCE_OTHER_FILE = (
        Doubt.OTHER_FILE.value,
        Confidence.POSSIBLE,
        "one source alone states this digest, which is known as that of another release's file",
    )
    ONE_SOURCE_OTHER_NAME = (
        "one-source-other-name",
        Confidence.POSSIBLE,
        "one source alone states this digest, and the pinned file has the name of another release's",
    )
    ONE_SOURCE_PROTECTED = (
        Doubt.PROTECTED.value,
        Confidence.POSSIBLE,
        "one source alone accuses this file of a most used project, and the index lists the release",
    )
    EVERY_VERSION = (
        "every-version-record",
        Confidence.POSSIBLE,
        "the record speaks of every version and names none",
    )
    OPEN_RANGE = (
        "open-range",
        Confidence.POSSIBLE,
        "this version lies in a range without a first or a last version, and the index is not known to have removed it",
    )
    RANGE_UNKNOWN = (
        "version-not-comparable",
        Confidence.POSSIBLE,
        "a record names a range of versions, and whether the pinned version lies in it cannot be told",
    )
    QUARANTINE_ONLY = (
        "quarantine-only",
        Confidence.POSSIBLE,
        "the index has quarantined it, which is a suspicion and no verdict",
    )
    SUSPICIOUS_ONLY = (
        "suspicious-only",
        Confidence.POSSIBLE,
        "feeds call it suspicious (pentest, spam, hacking tool), not malicious",
    )
    NAME_REUSED = (
        "name-reused",
        Confidence.POSSIBLE,
        "the same name and version, but another file than the malicious one",
    )
    PRIVATE_REGISTRY = (
        "private-registry",
        Confidence.POSSIBLE,
        "it comes from a registry that is not the public one nor a known mirror",
    )
    OTHER_INDEX = (
        "other-index-asked",
        Confidence.POSSIBLE,
        "pip is configured with another index or a folder of files besides the public index, and may take this version from there",
    )
    BUNDLED = (
        "bundled-source",
        Confidence.POSSIBLE,
        "it comes inside the archive of another package, and no registry is asked for it",
    )
    FOREIGN_URL = (
        "foreign-url",
        Confidence.POSSIBLE,
        "it comes from a URL that is not of the public registry",
    )

    NEVER_INSTALLED = (
        "marker-holds-nowhere",
        Confidence.POSSIBLE,
        "its environment marker holds on no platform for any Python that its project allows, so that nobody installs it",
    )
    REFUSED = (
        "refused-by-its-tool",
        Confidence.POSSIBLE,
        "the tool of this lock refuses it as a document and installs nothing from it",
    )

    GIT_SOURCE = (
        "git-source",
        Confidence.CENSUS,
        "it comes from a Git repository that happens to have the same name",
    )
    PATH_SOURCE = (
        "path-source",
        Confidence.CENSUS,
        "it is a file or folder of the repository itself",
    )
    WORKSPACE_SOURCE = (
        "workspace-source",
        Confidence.CENSUS,
        "it is a member of the project's own workspace",
    )
    OWNER_REMOVED = (
        "owner-removed",
        Confidence.CENSUS,
        "its owner removed it, which accuses nobody",
    )
    UNKNOWN_GHOST = (
        "unknown-ghost",
        Confidence.CENSUS,
        "the index no longer lists it and no feed says why",
    )

    ORPHAN = (
        "orphan-entry",
        Confidence.CENSUS,
        "nothing that the project requires leads to this entry of its lock",
    )

    OTHER_PROJECT = (
        "wheel-of-another-project",
        Confidence.LIKELY,
        "the file belongs to another project than the entry says",
    )
    OTHER_RELEASE = (
        "tarball-of-another-release",
        Confidence.LIKELY,
        "the tarball is that of another release than the entry says",
    )
    FOREIGN_HOST = (
        "foreign-file-host",
        Confidence.LIKELY,
        "the entry names the public registry, but its file lies on another host",
    )
    LOOKALIKE_HOST = (
        "look-alike-file-host",
        Confidence.LIKELY,
        "the URL has the path of a registry's file, on a host whose name resembles the registry's",
    )
    NO_HASH = (
        "hash-removed",
        Confidence.LIKELY,
        "the entry of a public registry carries no hash, which its tool always writes",
    )

    def __init__(self, code: str, ceiling: Confidence, text: str) -> None:
        """Keep the three parts of the value."""
        self.code, self.ceiling, self.text = code, ceiling, text

    def reason(self) -> Reason:
        """Return it as findings carry it."""
        return Reason(code=self.code, text=self.text)
