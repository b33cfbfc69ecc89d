"""Projects and releases by the names that a feed states."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.errors import Malformed
from crawler.fields import plain_name
from crawler.model import Ecosystem, ProjectKey, Subject, normalize_name, normalize_version
from crawler.model.version_ranges import VersionSpan, everything, is_range, range_of

__all__ = ["project_of", "release_of", "subjects_of", "version_of"]


_EVERY = "*"
_COMPARES = re.compile(r"[<>=~^*|,]")
"""No version has any of these; what has them is a range, in whatever grammar."""


def project_of(ecosystem: Ecosystem, name: str, path: str) -> ProjectKey:
    """Return the project that is called `name`; raises Malformed where none can be."""
    normalized = normalize_name(ecosystem, name)
    if normalized is None:
        msg = f"{path}: invalid project name {name[:60]!a}: expected one of {ecosystem}"
        raise Malformed(msg)
    return ProjectKey(ecosystem=ecosystem, name=normalized)


def version_of(project: ProjectKey, version: str, path: str) -> str:
    """Return the version in its canonical form; raises Malformed for what is no plain name, or a range."""
    if is_range(version) or _COMPARES.search(version):
        msg = (
            f"{path}: invalid version {version[:60]!a}: expected a version, got a range of versions"
        )
        raise Malformed(msg)
    return normalize_version(project.ecosystem, plain_name(version.strip(), path))


def release_of(project: ProjectKey, version: str, path: str) -> Subject:
    """Return the release, and for `*` the project; raises Malformed for what is no plain name, or a range."""
    if version.strip() == _EVERY:
        return Subject(project=project)
    return Subject(project=project, version=version_of(project, version, path))


def subjects_of(
    project: ProjectKey, spans: Sequence[VersionSpan], path: str
) -> tuple[Subject, ...]:
    """Return what `spans` of versions mean: the releases that they name, and the project or a range for the others.

    A span of one version names that release, also beside one of all. Raises Malformed where no version lies in them, or they cannot be kept.
    """
    single = {
        one.first for one in spans if one.first == one.last and one.included and not one.after
    }
    named = [release_of(project, version, path) for version in sorted(filter(None, single))]
    if everything(project.ecosystem, spans):
        return (*named, Subject(project=project))
    ranges = _ranges(project.ecosystem, [one for one in spans if one.first != one.last])
    if not named and not ranges:
        msg = f"{path}: invalid range of versions: expected one that holds any"
        raise Malformed(msg)
    return (*named, *(Subject(project=project, version=stated) for stated in ranges))


def _ranges(ecosystem: Ecosystem, spans: Sequence[VersionSpan]) -> tuple[str, ...]:
    """Return `spans` as one text, or as several where one would be too long; what cannot be read is left out."""
    stated = range_of(ecosystem, spans)
    if stated is not None or len(spans) <= 1:
        return () if stated is None else (stated,)
    middle = len(spans) // 2
    return _ranges(ecosystem, spans[:middle]) + _ranges(ecosystem, spans[middle:])
