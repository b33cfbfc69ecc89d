"""Malicious releases that files of a folder only mention: by a range, or where nothing is read of them.

They are no findings, since nobody knows whether an installer takes them; each is said by name, so that nobody takes
such a file for looked at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler import lockfiles
from crawler.matching import EVERY_VERSION, WatchKeys, admitted, project_of_mention
from crawler.model import ProjectKey, Verdict
from workers.cli.traces import KNOWN_MALWARE, Trace, named, text_of
from workers.ledger.sql.keys import release, written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from crawler.model import Finding, LockBlob, Mention
    from workers.cli.open_verdicts import OpenVerdicts

__all__ = ["TOO_LARGE", "DecidingLock", "MentionReader", "MentionedGhost", "undecided"]

_MOST_OF_ONE_FILE = 20
_RANGE = re.compile(r"[\s|<>,;]|(?<=\.)[xX]\b")
_NOTHING: frozenset[str] = frozenset()
TOO_LARGE = "larger than 1 MiB: not searched for names"
_TOO_MANY = f"names packages with known malware more than {lockfiles.MOST_OF_MENTIONS} times: the rest is not compared"
_MORE = (
    f"mentions more than {_MOST_OF_ONE_FILE} releases that are known malware: the rest is not said"
)


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
        project = project_of_mention(self.mention)
        if (exact := self._exact) is not None:
            package = named(project, exact)
            return f"names {package}, {KNOWN_MALWARE}; whether it is installed is not decided"
        return f"`{self.mention.stated}` of {named(project)} allows {self.version}, {KNOWN_MALWARE}; not decided"

    @property
    def _exact(self) -> str | None:
        """Return the one version that is stated, None where a range is."""
        stated = self.mention.stated.removeprefix("npm:").lstrip("=v ")
        ecosystem, wild = self.mention.ecosystem, "*" in stated or not stated[:1].isdigit()
        if wild or (self.is_every and _RANGE.search(stated)):
            return None
        same = self.is_every or release(ecosystem, stated) == release(ecosystem, self.version)
        return stated if same else None

    @property
    def is_every(self) -> bool:
        """Whether a verdict is on the whole project."""
        return self.version == EVERY_VERSION

    @property
    def where(self) -> str:
        """The path, and the line."""
        return f"{self.path} line {self.mention.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingLock:
    """A lock that was read, and which packages with malicious releases it has; none where it was not read fully."""

    path: str
    format: str
    packages: frozenset[str]
    """As columns have them: `pypi/zz-ghost`."""


@dataclass(slots=True)
class MentionReader:
    """Finds them in one file after the other; only names of projects with known malware are asked about."""

    known: OpenVerdicts

    def of(self, path: str, below: str, blob: LockBlob) -> Iterator[MentionedGhost | Trace]:
        """Yield each release that the file mentions once, 20 at most, and say what was not compared."""
        if len(blob.data) > lockfiles.MOST_OF_COMMANDS:
            yield Trace(path=path, reason=TOO_LARGE)
            return
        ghosts = self.known.ghosts()
        found = lockfiles.mentions(
            below, text_of(blob.data), lambda e, name: f"{e}/{name}" in ghosts
        )
        if len(found) > lockfiles.MOST_OF_MENTIONS:
            yield Trace(path=path, reason=_TOO_MANY)
        verdicts = self._verdicts({project_of_mention(one) for one in found})
        first: dict[tuple[ProjectKey, str], MentionedGhost] = {}
        for one in found:
            key = project_of_mention(one)
            version = admitted(one, verdicts[key]) if key in verdicts else None
            if version is not None and (key, version) not in first:
                if len(first) == _MOST_OF_ONE_FILE:
                    yield Trace(path=path, reason=_MORE)
                    break
                ghost = MentionedGhost(path=path, below=below, mention=one, version=version)
                first[key, version] = ghost
        yield from first.values()

    def _verdicts(self, projects: Collection[ProjectKey]) -> Mapping[ProjectKey, Sequence[Verdict]]:
        verdicts = defaultdict[ProjectKey, list[Verdict]](list)
        if projects:
            wanted = frozenset(projects)
            keys = WatchKeys(digests=_NOTHING, releases=frozenset(), projects=wanted, whole=wanted)
            for verdict in self.known.lookup(keys):
                verdicts[verdict.subject.project].append(verdict)
        return verdicts


def undecided(
    mentioned: Sequence[MentionedGhost], found: Iterable[Finding], locks: Sequence[DecidingLock]
) -> list[MentionedGhost]:
    """Return what of `mentioned` no lock decides that has the package and governs the file, and no finding speaks of.

    A finding speaks for its own file, and for what its lock decides.
    """
    if not mentioned:
        return []
    having: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for lock in locks:
        for package in lock.packages:
            having[package, lock.path.rpartition("/")[0]].add(lock.format)
    said = {(one.sighting.path, *_released(one)) for one in found}
    return [one for one in mentioned if not (_is_said(one, said) or _is_decided(one, having))]


def _released(finding: Finding) -> tuple[str, str | None]:
    name, version = finding.match.release
    ecosystem = finding.match.pin.ecosystem
    return f"{ecosystem}/{name}", None if version is None else release(ecosystem, version)


def _is_said(one: MentionedGhost, said: Collection[tuple[str, str, str | None]]) -> bool:
    version = one.mention.stated.lstrip("=v ") if one.is_every else one.version
    package = written(project_of_mention(one.mention))
    return (one.path, package, release(one.mention.ecosystem, version)) in said


def _is_decided(one: MentionedGhost, having: Mapping[tuple[str, str], Collection[str]]) -> bool:
    """Say whether a lock in the folder of the file, or above it, has the package; pins of pip decide over no project."""
    manifest = (one.path, lockfiles.reading_of(one.below))
    package, folder = written(project_of_mention(one.mention)), one.path
    while folder:
        folder = folder.rpartition("/")[0]
        for named_by in having.get((package, folder), ()):
            of_pip = named_by == "requirements" and manifest[1] != "requirements-input"
            if not of_pip and lockfiles.decides((f"{folder}/", named_by), manifest):
                return True
    return False
