"""Malicious releases that files of a folder only mention: by a range, or where nothing is read of them.

They are no findings, since nobody knows whether an installer takes them; each is said by name, so that nobody takes
such a file for looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from crawler import lockfiles
from crawler.matching import WatchKeys, admitted, project_of_mention

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from crawler.model import Finding, LockBlob, Mention, ProjectKey, Verdict
    from crawler.pipeline import Lookup

__all__ = ["MentionReader", "MentionedGhost", "undecided"]

_MOST_OF_ONE_FILE = 20
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionedGhost:
    """A malicious release that a file may bring in."""

    path: str
    """As the scan calls the file."""
    below: str
    """Below the folder that is scanned."""
    mention: Mention
    version: str
    """Which one is known to be malicious, or `every version`."""

    @property
    def reason(self) -> str:
        """What is said of it."""
        stated, name = self.mention.stated, self.mention.name
        return (
            f"{self.mention.ecosystem} package {name} is named with {stated}, which may bring in "
            f"{self.version}, known to be malicious; not decided"
        )


@dataclass(slots=True)
class MentionReader:
    """Finds them in one file after the other; remembers what is known of each package."""

    lookup: Lookup
    _known: dict[ProjectKey, tuple[Verdict, ...]] = field(default_factory=dict)

    def of(self, path: str, below: str, blob: LockBlob) -> Iterator[MentionedGhost]:
        """Yield each release that the file mentions once, 20 at most."""
        found = list(lockfiles.mentions(below, blob.data))
        self._learn({project_of_mention(one) for one in found})
        first: dict[tuple[ProjectKey, str], MentionedGhost] = {}
        for one in found:
            key = project_of_mention(one)
            version = admitted(one, known) if (known := self._known[key]) else None
            if version is not None and (key, version) not in first:
                first[key, version] = MentionedGhost(
                    path=path, below=below, mention=one, version=version
                )
        return islice(first.values(), _MOST_OF_ONE_FILE)

    def _learn(self, projects: Collection[ProjectKey]) -> None:
        unknown = frozenset(projects - self._known.keys())
        if not unknown:
            return
        self._known.update(dict.fromkeys(unknown, ()))
        keys = WatchKeys(digests=_NOTHING, releases=frozenset(), projects=unknown, whole=unknown)
        for verdict in self.lookup(keys):
            key = verdict.subject.project
            if key in unknown:
                self._known[key] = (*self._known[key], verdict)


def undecided(
    mentioned: Sequence[MentionedGhost],
    found: Iterable[Finding],
    locks: Sequence[tuple[str, str]],
    read: Callable[[str], bytes],
) -> list[MentionedGhost]:
    """Return what of `mentioned` neither a finding speaks of nor a lock decides, with the package in it.

    `locks` are paths and formats, and `read` returns the bytes of one.
    """
    if not mentioned:
        return []
    said = {(f.match.pin.ecosystem, *name) for f in found if (name := _released(f)) is not None}
    return [
        one
        for one in mentioned
        if (one.mention.ecosystem, one.mention.name, one.version) not in said
        and not any(_is_decided(one, lock, read) for lock in locks)
    ]


def _released(finding: Finding) -> tuple[str, str | None] | None:
    pin = finding.match.pin
    return None if pin.name is None else (pin.name, pin.version)


def _is_decided(one: MentionedGhost, lock: tuple[str, str], read: Callable[[str], bytes]) -> bool:
    manifest = (one.path, lockfiles.reading_of(one.below))
    name = one.mention.name.encode()
    return lockfiles.decides(lock, manifest) and name in read(lock[0])
