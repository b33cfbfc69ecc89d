"""Projects and releases by the names that a feed states."""

from __future__ import annotations

from crawler.errors import Malformed
from crawler.fields import plain_name
from crawler.model import Ecosystem, ProjectKey, Subject, normalize_name, normalize_version

__all__ = ["project_of", "release_of", "version_of"]


def project_of(ecosystem: Ecosystem, name: str, path: str) -> ProjectKey:
    """Return the project that is called `name`; raises Malformed where none can be."""
    normalized = normalize_name(ecosystem, name)
    if normalized is None:
        msg = f"{path}: invalid project name {name[:60]!a}: expected one of {ecosystem}"
        raise Malformed(msg)
    return ProjectKey(ecosystem=ecosystem, name=normalized)


def version_of(project: ProjectKey, version: str, path: str) -> str:
    """Return the version in its canonical form; raises Malformed for what is no plain name."""
    return normalize_version(project.ecosystem, plain_name(version, path))


def release_of(project: ProjectKey, version: str, path: str) -> Subject:
    """Return the release; raises Malformed for what is no plain name."""
    return Subject(project=project, version=version_of(project, version, path))
