"""Are files of removed releases still served? A random sample of those that the ledger knows, one HEAD each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus

from crawler.errors import Defer
from crawler.model import Algorithm, Ecosystem, Liveness, Verdict, VerdictState, path_of
from workers.census.shares import Share, share_of

__all__ = ["GONE", "SampledFiles", "ask", "known_paths", "sample"]

GONE = (VerdictState.MALICIOUS, VerdictState.QUARANTINED, VerdictState.REMOVED)
"""What is sampled: files that an advisory names, and files that the index took away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledFiles:
    """What the file host answered."""

    known: int
    """Files of which the ledger knows the path, so that they can be asked about: what is sampled."""
    served: Share
    """Of those that were answered: 2xx."""
    not_answered: int
    why: str
    """Why it ended before the sample was through; empty where it was."""


def known_paths(verdicts: Iterable[Verdict]) -> frozenset[str]:
    """Return the paths of the files of the Python index that `verdicts` name with their BLAKE2b-256."""
    files = (
        one.subject.file
        for one in verdicts
        if one.subject.project.ecosystem is Ecosystem.PYPI and not one.is_hearsay
    )
    return frozenset(
        path_of(digest, file.filename)
        for file in files
        if file is not None and (digest := file.digest(Algorithm.BLAKE2B_256)) is not None
    )


def sample(paths: Iterable[str], most: int, seed: str) -> Sequence[str]:
    """Return at most `most` of `paths`, each as likely as any other; the same `seed` draws the same ones."""
    drawn = sorted(paths, key=lambda path: blake2b(f"{seed} {path}".encode()).digest())
    return drawn[:most]


def ask(paths: Sequence[str], known: int, head: Callable[[str], Liveness]) -> SampledFiles:
    """Ask about each of `paths`, drawn of `known`; where the host asks to wait, the rest is left out."""
    served = answered = not_answered = 0
    why = ""
    for path in paths:
        try:
            status = head(path).status
        except Defer as error:
            why = str(error)
            break
        if status is None:
            not_answered += 1
            continue
        answered += 1
        served += HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    return SampledFiles(
        known=known, served=share_of(served, answered), not_answered=not_answered, why=why
    )
