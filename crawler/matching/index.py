"""Verdicts, found by what a pin states: a digest, a release, a project."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_version

from crawler.model import Digest, Ecosystem, Level, ProjectKey, Verdict
from crawler.model.version_ranges import in_range, is_range, may_hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crawler.model import Subject

__all__ = ["VerdictIndex", "WatchKeys", "release_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchKeys:
    """What to ask the ledger for, to judge all pins of a lock at once."""

    digests: frozenset[str]
    """Hex digits, of whatever algorithm: that is compared when it comes to a match."""
    releases: frozenset[tuple[ProjectKey, str]]
    projects: frozenset[ProjectKey]
    whole: frozenset[ProjectKey] = frozenset()
    """Projects of which every verdict is asked for."""


class VerdictIndex:
    """An immutable look-up of current verdicts; as large as what it is given."""

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        """Sort `verdicts` by level; of two on one subject the later one counts."""
        self._files: dict[Digest, dict[Subject, Verdict]] = defaultdict(dict)
        self._releases: dict[tuple[ProjectKey, str], Verdict] = {}
        self._ranges: dict[ProjectKey, dict[str, Verdict]] = defaultdict(dict)
        self._projects: dict[ProjectKey, Verdict] = {}
        files_of_release: dict[tuple[ProjectKey, str], list[Verdict]] = defaultdict(list)
        for verdict in verdicts:
            subject = verdict.subject
            match subject.level:
                case Level.FILE if subject.file is not None:
                    for digest in subject.file.digests:
                        self._files[digest][subject] = verdict
                    files_of_release[release_key(subject.project, subject.version or "")].append(
                        verdict
                    )
                case Level.RELEASE if subject.version is not None and is_range(subject.version):
                    self._ranges[subject.project][subject.version] = verdict
                case Level.RELEASE if subject.version is not None:
                    self._releases[release_key(subject.project, subject.version)] = verdict
                case _:
                    self._projects[subject.project] = verdict
        self._files_of_release: Mapping[tuple[ProjectKey, str], list[Verdict]] = files_of_release
        self._digests = frozenset(digest.hex for digest in self._files)
        released = (*self._releases, *files_of_release)
        stated = (project for project, _ in released)
        self._named = frozenset((*self._projects, *self._ranges, *stated))

    @property
    def is_empty(self) -> bool:
        """Whether there is no verdict at all: so it is for nearly every lock."""
        return not self._named

    def concerns(self, keys: WatchKeys) -> bool:
        """Say whether any verdict is on a file of `keys`, or on anything of one of their projects."""
        return not (
            self._digests.isdisjoint(keys.digests) and self._named.isdisjoint(keys.projects)
        )

    def by_digest(self, digest: Digest) -> tuple[Verdict, ...]:
        """Return the verdicts on files with this digest; hearsay only where nothing else is known."""
        found = tuple(self._files[digest].values()) if digest in self._files else ()
        return tuple(v for v in found if not v.is_hearsay) or found

    def by_release(self, project: ProjectKey, version: str) -> Verdict | None:
        """Return the verdict on this release; whatever its spelling."""
        return self._releases.get(release_key(project, version))

    def by_range(self, project: ProjectKey, version: str) -> tuple[Verdict, ...]:
        """Return the verdicts on ranges in which this release may lie.

        Of a release that has a verdict of its own that one counts, which was reached by its ranges as well. Of a
        version that has no place in the order of versions nobody can tell, so all ranges are returned.
        """
        if project not in self._ranges:
            return ()
        known = self.by_release(project, version) is not None
        return tuple(
            verdict
            for stated, verdict in self._ranges[project].items()
            if may_hold(stated, version) and not (known and in_range(stated, version))
        )

    def by_project(self, project: ProjectKey) -> Verdict | None:
        """Return the verdict on the project as a whole."""
        return self._projects.get(project)

    def files_of(self, project: ProjectKey, version: str) -> tuple[Verdict, ...]:
        """Return the verdicts on all known files of this release."""
        return tuple(self._files_of_release.get(release_key(project, version), ()))


def release_key(project: ProjectKey, version: str) -> tuple[ProjectKey, str]:
    """Return what two spellings of one release have in common: `1.0` and `1.0.0` (PEP 440)."""
    if project.ecosystem is not Ecosystem.PYPI:
        return project, version
    try:
        return project, canonicalize_version(version)
    except ValueError:  # numbers of more digits than Python converts
        return project, version
