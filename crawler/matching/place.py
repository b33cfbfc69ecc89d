"""Matches at a place: what the repository and the path around a lock say about it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.model import LOCAL, Confidence, Finding

if TYPE_CHECKING:
    from crawler.model import Match, Pin, Repository, Sighting, Tier

__all__ = ["finding_key", "place"]

_RESEARCH = re.compile(
    r"malware|threat[ _-]?intel|supply[ _-]?chain[ _-]?(?:attack|security|research)|"
    r"security[ _-]?research|\biocs?\b|honeypot|sample[ _-]?(?:collection|set)|advisor(?:y|ies)",
    re.IGNORECASE,
)
_FIXTURE = re.compile(
    r"(?:^|/)(?:tests?|testing|testdata|test[_-]data|fixtures?|__fixtures__|__tests__|examples?|samples?)/",
    re.IGNORECASE,
)


def place(match: Match, repository: Repository, sighting: Sighting, lock_format: str) -> Finding:
    """Return the finding that `match` is at this place, lowered by what the place says."""
    lowering = [
        code
        for code, pattern, text in (
            (Code.RESEARCH, _RESEARCH, f"{repository.path} {repository.description or ''}"),
            (Code.FIXTURE, _FIXTURE, sighting.path),
        )
        if pattern.search(text)
    ]
    lowered = min([match.confidence, *(c.ceiling for c in lowering)], key=_rank)
    return Finding(
        key=finding_key(repository, sighting.path, match.pin, match.tier),
        repository=repository,
        sighting=sighting,
        format=lock_format,
        match=replace(
            match, confidence=lowered, reasons=match.reasons + tuple(c.reason() for c in lowering)
        ),
    )


def finding_key(repository: Repository, path: str, pin: Pin, tier: Tier) -> str:
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
    )
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()


def _rank(confidence: Confidence) -> int:
    return confidence.rank
