"""What locks teach: a lock line carries both digests of a file, also of one that no feed has hashed.

Anybody can write a lock, so what it teaches is one more word to search for and never part of a verdict:
a made-up digest costs a search that finds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.matching import host_of
from crawler.model import (
    Algorithm,
    Distribution,
    Ecosystem,
    Level,
    VerdictState,
    digest_in_path,
    project_of_file,
)
from workers.ledger import postings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from crawler.model import Pin, ProjectKey, Registry, Subject, Verdict

__all__ = ["files_from_locks"]


def files_from_locks(
    conn: Connection, verdicts: Iterable[Verdict], registries: Mapping[Ecosystem, Registry]
) -> Mapping[Subject, tuple[Distribution, ...]]:
    """Return the files that stored locks state for the malicious releases among `verdicts`."""
    registry = registries.get(Ecosystem.PYPI)
    if registry is None:
        return {}
    accused = {
        v.subject: (v.subject.project, v.subject.version or "")
        for v in verdicts
        if _is_accused_release(v)
    }
    pinned = postings.pinned_releases(conn, accused.values())
    taught = {
        subject: _files(conn, *release, own)
        for subject, release in accused.items()
        if release in pinned
        if (own := registry.called(subject.project.registry)) is not None
    }
    return {subject: files for subject, files in taught.items() if files}


def _is_accused_release(verdict: Verdict) -> bool:
    subject = verdict.subject
    ours = subject.project.ecosystem is Ecosystem.PYPI and subject.level is Level.RELEASE
    return ours and verdict.state is VerdictState.MALICIOUS and verdict.explicit


def _files(
    conn: Connection, project: ProjectKey, version: str, registry: Registry
) -> tuple[Distribution, ...]:
    pins = postings.pins_naming(conn, project, version)
    files = (_stated(pin, project, version, registry) for pin in pins)
    known = {file for file in files if file is not None}
    return tuple(sorted(known, key=lambda file: (file.filename, file.digests)))


def _stated(pin: Pin, project: ProjectKey, version: str, registry: Registry) -> Distribution | None:
    """Return the file with both digests, where its URL is one of the index and its name fits."""
    if pin.url is None or pin.filename is None:
        return None
    carried = digest_in_path(pin.url)
    sha256 = next((d for d in pin.digests if d.algorithm is Algorithm.SHA256), None)
    if host_of(pin.url) not in registry.file_hosts or carried is None or sha256 is None:
        return None
    if project_of_file(pin.filename, project.name) != (project.name, version):
        return None
    return Distribution(filename=pin.filename, digests=tuple(sorted((carried, sha256))))
