"""The reasons of verdicts: stable codes, and a sentence for people."""

from __future__ import annotations

from datetime import datetime

from crawler.model import Reason

__all__ = ["REASONS", "reason"]

REASONS = {
    "exact-file": "A record names this very file.",
    "listed-version": "A record names this version.",
    "known-file": "Its digests are those of a file that is only said to be of this release.",
    "one-source-listed": "One source alone accuses this file, and the index lists it.",
    "one-source-other-file": (
        "One source alone states a digest of this file, which is known as that of another release's."
    ),
    "one-source-protected": (
        "One source alone accuses this file of a most used project, and the index still lists the release."
    ),
    "one-source-unchecked": (
        "One source alone accuses this file of a most used project; what the index says is not known."
    ),
    "version-range": "A record names a range of versions that this is, or that it lies in.",
    "open-range": "The range has no first or no last version, and the index is not known to have removed it.",
    "every-version": "A record speaks of every version of the project and names none.",
    "most-used-project": "It is one of the most used projects, which no record accuses by its name or a range alone.",
    "still-listed": "The index lists it now, although it has been told.",
    "name-reused": "The name has had more than one owner; the record is about another one's files.",
    "version-in-two-incarnations": "The same version existed under two owners of the name.",
    "uploaded-after-record": "It was uploaded after the record was written.",
    "quarantined": "The index has put it in quarantine: a suspicion, not a verdict.",
    "removed-after-quarantine": "It was removed while it was in quarantine, where its owner cannot remove it; no feed says why.",
    "collateral-quarantine": "The whole project is in quarantine, and the records name other versions of it.",
    "quarantine-cleared": "The index lifted the quarantine.",
    "record-withdrawn": "Every record that called it malicious was withdrawn.",
    "removed": "The index has dropped it; by whom and why is not said.",
    "owner-removed": "The owner removed it.",
    "yanked": "The owner yanked it.",
    "suspicious": "A feed calls it suspicious, and none calls it malicious.",
}
"""Code -> sentence."""


def reason(code: str, when: datetime | None = None) -> Reason:
    """Return the reason with this code; `when` is added as a date."""
    text = REASONS[code]
    return Reason(code=code, text=text if when is None else f"{text[:-1]} ({when:%Y-%m-%d}).")
