"""The lists `{file = "..", hash = ".."}` of poetry.lock and pdm.lock, of today and of their old layouts.

The old layouts keep the files apart from the packages, below `metadata`: by name (poetry 1.x), by
`name version` (pdm), or as bare sha256 that name no file (poetry before 1.0).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.version import Version

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import (
    Artifact,
    digest_of,
    file_name,
    location_of,
)
from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.fields import TableReader
from crawler.model import (
    Digest,
    Ecosystem,
    LineSpan,
    normalize_name,
    normalize_version,
    project_of_file,
)

__all__ = [
    "OldFiles",
    "check_metadata",
    "file_artifacts",
    "format_version",
    "from_source",
    "keeps_files_apart",
]

_LONGEST_FILE_NAME = 255
_MOST_READ = 50_000
"""Entries; the largest of 59 real locks has 6,000."""


def check_metadata(root: TableReader, file: str) -> None:
    """Note where the document `root` has no table `metadata`.

    Raises:
        Malformed: this is no `file` at all.
    """
    if not {"metadata", "package"} & root.values.keys():
        raise Malformed(f"no {file}: neither `metadata` nor `package`")
    if "metadata" not in root.values:
        root.skip("metadata", "missing")
    root.table("metadata")


def format_version(stated: object) -> Version | None:
    """Return the version of the format that is `stated`, as both tools read it: a text of PEP 440."""
    try:
        return Version(stated) if isinstance(stated, str) else None
    except ValueError:  # InvalidVersion, and numbers of more digits than Python converts
        return None


def keeps_files_apart(document: Mapping[str, object]) -> bool:
    """Say whether files of the packages stand below `metadata`: the old layouts."""
    metadata = document.get("metadata")
    return isinstance(metadata, dict) and not metadata.keys().isdisjoint({"files", "hashes"})


def file_artifacts(
    document: Document, fields: TableReader, at: tuple[str | int, ...], key: str = "files"
) -> list[Artifact]:
    """Return the artifacts of the list at `key` of the table `fields`, which stands at `at`."""
    return [
        _read(element, document.lines(*at, key, number)) for number, element in fields.tables(key)
    ]


def _read(table: TableReader, lines: LineSpan) -> Artifact:
    url = location_of(table.text("url"))
    named = table.text("file") or url
    if named is None:
        table.skip("file", "neither file nor url")
    stated = table.text("hash")
    return Artifact(
        lines=lines,
        url=url,
        filename=None if named is None else file_name(named),
        digests=() if stated is None else _digests(table, "hash", stated),
    )


def _digests(table: TableReader, key: str, stated: str) -> tuple[Digest, ...]:
    try:
        return (digest_of(stated),)
    except Malformed as error:
        table.skip(key, str(error))
        return ()


def from_source(artifact: Artifact, url: str, source: LineSpan) -> Artifact:
    """Return `artifact` as it comes from `url`, stated on the lines `source`, not from an index."""
    lines = artifact.lines
    return Artifact(
        lines=LineSpan(first=min(source.first, lines.first), last=max(source.last, lines.last)),
        url=url,
        filename=artifact.filename,
        digests=artifact.digests,
        uploaded_at=artifact.uploaded_at,
    )


@dataclass(slots=True)
class OldFiles:
    """The files that a lock of the old layouts keeps below `metadata`."""

    document: Document
    files: TableReader | None = None
    hashes: TableReader | None = None
    versions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """All locked versions of a name: poetry has one list for all of them."""
    read: int = 0
    """Entries read so far; one list under many packages must not be read without end."""

    @classmethod
    def of_lock(cls, document: Document, root: TableReader) -> OldFiles:
        """Return those of the lock `document`, which has the entries of `root`."""
        stated = root.values.get("metadata")
        if not isinstance(stated, dict) or not keeps_files_apart(root.values):
            return cls(document)
        metadata = root.inner("metadata", stated)
        versions: defaultdict[str, set[str]] = defaultdict(set)
        unreported = TableReader(values=root.values, path="", skipped=[])
        for _, package in unreported.tables("package"):
            name, version = _release(package)
            versions[name].add(version)
        return cls(
            document,
            metadata.table("files"),
            metadata.table("hashes"),
            {name: frozenset(known) for name, known in versions.items()},
        )

    def of_package(self, package: TableReader) -> Iterator[Artifact]:
        """Yield the artifacts of the entry `package`; not those that state another locked version."""
        name, version = package.values.get("name"), package.values.get("version")
        if not isinstance(name, str) or (self.files is None and self.hashes is None):
            return
        if self.read > _MOST_READ:
            package.skip("files", f"more than {_MOST_READ} entries below `metadata`")
            return
        keys = (name, normalize_name(Ecosystem.PYPI, name) or name, f"{name} {version}")
        known, own = _release(package)
        others = self.versions.get(known, frozenset()) - {own}
        for artifact in self._listed(tuple(dict.fromkeys(keys))):
            self.read += 1
            stated = _release_of(artifact.filename, known) if others else None
            if stated is None or stated[1] not in others:
                yield artifact

    def _listed(self, keys: Sequence[str]) -> Iterator[Artifact]:
        for key in keys:
            if self.files is not None and key in self.files.values:
                yield from file_artifacts(self.document, self.files, ("metadata", "files"), key)
            if self.hashes is not None and key in self.hashes.values:
                yield from _bare_hashes(self.document, self.hashes, key)


def _release(package: TableReader) -> tuple[str, str]:
    """Return the name and the version of the entry `package`, normalised; empty where it has none."""
    name, version = package.values.get("name"), package.values.get("version")
    stated = name if isinstance(name, str) else ""
    return (
        normalize_name(Ecosystem.PYPI, stated) or stated,
        normalize_version(Ecosystem.PYPI, version) if isinstance(version, str) else "",
    )


def _release_of(filename: str | None, name: str) -> tuple[str, str] | None:
    """Return the release that the file of the project `name` states, or None."""
    if filename is None or len(filename) > _LONGEST_FILE_NAME:
        return None
    return project_of_file(filename, name)


def _bare_hashes(document: Document, hashes: TableReader, key: str) -> Iterator[Artifact]:
    for number, value in enumerate(hashes.entries(key)):
        if not isinstance(value, str):
            hashes.skip(f"{key}[{number}]", "expected str")
            continue
        stated = value if ":" in value else f"sha256:{value}"
        yield Artifact(
            lines=document.lines("metadata", "hashes", key, number),
            digests=_digests(hashes, f"{key}[{number}]", stated),
        )
