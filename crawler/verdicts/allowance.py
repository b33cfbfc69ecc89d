"""What a person of this installation vouches for is accused of nothing, until the day that was set.

Only the installation's own list may vouch: the same words in a feed would be a way to hide malware.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from crawler.model import Assertion, Claim, Reason, Subject, VerdictState
from crawler.verdicts.dossier import Dossier, Ruling

__all__ = ["ALLOW_LIST", "apply_allowlist"]

ALLOW_LIST = "allow-list"
"""The feed in which `ghostcrawl ghosts allow` writes."""
_LONGEST_REASON = 200


def apply_allowlist(dossier: Dossier, subject: Subject, ruling: Ruling | None) -> Ruling | None:
    """Return `ruling`, or what takes its place while somebody vouches for `subject`.

    Vouching for a project holds for its releases and files, and for a release for its files. The
    grounds of what was ruled stay among the sources: a reader must see what is being overruled.
    """
    own = _vouched_on(dossier, subject)
    vouched = (*own, *(a for above in _above(subject) for a in _vouched_on(dossier, above)))
    if not vouched or (ruling is None and not own):
        return ruling
    match None if ruling is None else ruling.state:
        case (
            None
            | VerdictState.MALICIOUS
            | VerdictState.QUARANTINED
            | VerdictState.SUSPICIOUS
            | VerdictState.NAME_REUSED
        ):
            return _allowed(vouched, ruling)
        case (
            VerdictState.REMOVED
            | VerdictState.OWNER_REMOVED
            | VerdictState.YANKED
            | VerdictState.WITHDRAWN
            | VerdictState.ALLOWED
        ):
            return ruling
        case state:
            assert_never(state)


def _above(subject: Subject) -> tuple[Subject, ...]:
    """Return the release and the project that `subject` belongs to, itself left out."""
    project = Subject(project=subject.project)
    if subject.file is None or subject.version is None:
        return () if subject == project else (project,)
    return Subject(project=subject.project, version=subject.version), project


def _vouched_on(dossier: Dossier, subject: Subject) -> tuple[Assertion, ...]:
    said = dossier.statements.on(subject, Claim.ALLOWED)
    return tuple(a for a in said if a.feed == ALLOW_LIST)


def _allowed(vouched: Sequence[Assertion], ruling: Ruling | None) -> Ruling:
    """Rule that the nearest word of the list counts, and say why and until when."""
    vouching = vouched[0]
    ends = (
        "further notice" if vouching.retracted_at is None else f"{vouching.retracted_at:%Y-%m-%d}"
    )
    why = (vouching.reference or "no reason was given")[:_LONGEST_REASON]
    text = f"A person of this installation vouches for it until {ends}: {why}"
    return Ruling(
        state=VerdictState.ALLOWED,
        codes=(),
        more=(Reason(code="allowed", text=text),),
        grounds=(vouching,),
        against=() if ruling is None else (*ruling.grounds, *ruling.against),
        explicit=ruling is None or ruling.explicit,
        incarnation=None if ruling is None else ruling.incarnation,
    )
