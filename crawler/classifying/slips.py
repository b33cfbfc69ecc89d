"""Which well-known project a person may have meant who typed another name: one slip apart.

A slip is a letter left out, added, changed or moved, or another separator. Names share a slip when they
are the same after at most one letter is left out of each (the deletion neighbourhood of SymSpell).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from crawler.model import Ecosystem, ProjectKey

__all__ = ["Slips"]

_SHORTEST = 4
"""Letters; shorter names are near to too many others."""


@dataclass(frozen=True, slots=True)
class Slips:
    """Answers what was meant; made once for many names."""

    meant: Mapping[tuple[Ecosystem, str], str]
    """Ecosystem and what is left of a name -> the well-known project."""

    @classmethod
    def around(cls, known: Collection[ProjectKey]) -> Slips:
        """Return what finds the projects of `known`; of two that are as near the first by name is named."""
        return _around(frozenset(known))

    def of(self, project: ProjectKey) -> str | None:
        """Return the well-known project that `project` may be mistaken for; None for none, and for itself."""
        near = (self.meant.get((project.ecosystem, rest)) for rest in _rests(project.name))
        return next((name for name in near if name not in {None, project.name}), None)


@lru_cache(maxsize=1)
def _around(known: frozenset[ProjectKey]) -> Slips:
    """Every visit with a finding asks about the same thousands of names."""
    rests = {
        (project.ecosystem, rest): project.name
        for project in sorted(known, reverse=True)
        for rest in _rests(project.name)
    }
    return Slips(rests)


def _rests(name: str) -> Iterator[str]:
    letters = "".join(filter(str.isalnum, name))
    if len(letters) >= _SHORTEST:
        yield letters
        yield from (letters[:n] + letters[n + 1 :] for n in range(len(letters)))
