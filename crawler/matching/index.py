"""Verdicts, found by what a pin states: a digest, a release, a project."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_version

from crawler.model import Digest, Ecosystem, Level, ProjectKey, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crawler.matching.whole import WatchKeys

__all__ = ["VerdictIndex"]


class VerdictIndex:
    """An immutable look-up of current verdicts; as large as what it is given."""

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        """Sort `verdicts` by level; of two on one subject the later one counts."""
        self._files: dict[Digest, Verdict] = {}
        self._releases: dict[tuple[ProjectKey, str], Verdict] = {}
        self._projects: dict[ProjectKey, Verdict] = {}
        files_of_release: dict[tuple[ProjectKey, str], list[Verdict]] = defaultdict(list)
        for verdict in verdicts:
            subject = verdict.subject
            match subject.level:
                case Level.FILE if subject.file is not None:
                    self._take(subject.file.digests, verdict)
                    files_of_release[_release(subject.project, subject.version or "")].append(
                        verdict
                    )
                case Level.RELEASE if subject.version is not None:
                    self._releases[_release(subject.project, subject.version)] = verdict
                case _:
                    self._projects[subject.project] = verdict
        self._files_of_release: Mapping[tuple[ProjectKey, str], list[Verdict]] = files_of_release
        self._digests = frozenset(digest.hex for digest in self._files)
        released = (*self._releases, *files_of_release)
        self._named = frozenset((*self._projects, *(project for project, _ in released)))

    def _take(self, digests: Iterable[Digest], verdict: Verdict) -> None:
        """Find `verdict` by `digests`; what is only hearsay never stands before what is proven."""
        for digest in digests:
            known = self._files.get(digest)
            if known is None or known.is_hearsay or not verdict.is_hearsay:
                self._files[digest] = verdict

    @property
    def is_empty(self) -> bool:
        """Whether there is no verdict at all: so it is for nearly every lock."""
        return not self._named

    def concerns(self, keys: WatchKeys) -> bool:
        """Say whether any verdict is on a file of `keys`, or on anything of one of their projects."""
        return not (
            self._digests.isdisjoint(keys.digests) and self._named.isdisjoint(keys.projects)
        )

    def by_digest(self, digest: Digest) -> Verdict | None:
        """Return the verdict on the file with this digest."""
        return self._files.get(digest)

    def by_release(self, project: ProjectKey, version: str) -> Verdict | None:
        """Return the verdict on this release; `1.0` and `1.0.0` are one (PEP 440)."""
        return self._releases.get(_release(project, version))

    def by_project(self, project: ProjectKey) -> Verdict | None:
        """Return the verdict on the project as a whole."""
        return self._projects.get(project)

    def files_of(self, project: ProjectKey, version: str) -> tuple[Verdict, ...]:
        """Return the verdicts on all known files of this release."""
        return tuple(self._files_of_release.get(_release(project, version), ()))


def _release(project: ProjectKey, version: str) -> tuple[ProjectKey, str]:
    if project.ecosystem is not Ecosystem.PYPI:
        return project, version
    try:
        return project, canonicalize_version(version)
    except ValueError:  # numbers of more digits than Python converts
        return project, version
