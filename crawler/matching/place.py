"""Matches at a place: what they are called there, what its ref says, and what its names ask."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.matching.lowering import lowered
from crawler.matching.questions import asked_by_name
from crawler.model import LOCAL, Finding, is_request

if TYPE_CHECKING:
    from crawler.model import Match, Pin, Repository, Sighting, Tier

__all__ = ["finding_key", "place"]


def place(
    match: Match,
    repository: Repository,
    sighting: Sighting,
    lock_format: str,
    *,
    renamed: bool = False,
) -> Finding:
    """Return the finding that `match` is at this place, with what its names ask a person.

    `renamed` says that the lock has a name under which its tool does not read it. What only a request
    leads to is not the doing of the owner.
    """
    return Finding(
        key=finding_key(repository, sighting.path, match.pin, match.tier, _registry(match)),
        repository=repository,
        sighting=sighting,
        format=lock_format,
        match=lowered(match, [Code.REQUEST_ONLY] if is_request(sighting.ref) else ()),
        questions=asked_by_name(repository, sighting, renamed=renamed),
    )


def _registry(match: Match) -> str:
    return "" if match.verdict is None else match.verdict.subject.project.registry


def finding_key(repository: Repository, path: str, pin: Pin, tier: Tier, registry: str = "") -> str:
    """Return the stable key of a finding: 64 hex digits; the same ghost at the same place is found once.

    The folder that a checkout of this machine happens to lie in is no part of its place.
    """
    parts = (
        repository.host,
        "" if repository.host == LOCAL else repository.path,
        path,
        pin.ecosystem,
        pin.name or "",
        pin.version or "",
        pin.filename or pin.url or "",
        tier,
        *([registry] if registry else []),
    )
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()
